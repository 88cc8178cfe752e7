// Kills training with SIGKILL at random moments, also in the middle of checkpoints, resumes it, and compares every run that got to
// its end with one never killed: node --import tsx scripts/kill-test.ts [kills, 50] [seed, 1]
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';

import { killTimes, trainThroughKills } from '../test/support/kill.ts';
import { fingerprintRun } from '../test/support/run-fingerprint.ts';

const EPOCHS = 40;
const KILLS_OF_A_RUN = 10;
const kills = Number(process.argv[2] ?? 50);
const random = killTimes(Number(process.argv[3] ?? 1));
const folder = mkdtempSync(join(tmpdir(), 'gatelab-kill-'));
const fingerprintOf = (name: string) => fingerprintRun(join(folder, 'experiments', name));

await trainThroughKills(folder, 'whole', EPOCHS, 0, random);
const whole = fingerprintOf('whole');
const total = { runs: 0, kills: 0, withinCheckpoint: 0, equal: 0 };
while (total.kills < kills) {
  const name = `killed-${++total.runs}`;
  const counted = await trainThroughKills(folder, name, EPOCHS, Math.min(KILLS_OF_A_RUN, kills - total.kills), random);
  const isEqual = isDeepStrictEqual(fingerprintOf(name), whole);
  total.kills += counted.kills;
  total.withinCheckpoint += counted.withinCheckpoint;
  total.equal += Number(isEqual);
  console.log(JSON.stringify({ name, kills: counted.kills, withinCheckpoint: counted.withinCheckpoint, isEqual }));
}
console.log(JSON.stringify({ ...total, whole: whole.last }));
rmSync(folder, { recursive: true });
process.exitCode = total.equal === total.runs ? 0 : 1;
