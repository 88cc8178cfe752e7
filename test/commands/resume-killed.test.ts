import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { callCli } from '../support/call-cli.ts';
import { createWorkFolder } from '../support/cli.ts';
import { killTimes, smallRun, trainThroughKills } from '../support/kill.ts';
import { fingerprintRun } from '../support/run-fingerprint.ts';

const EPOCHS = 6, KILLS = 2;

it('a run that is killed at random moments, also within checkpoints, ends as one never interrupted', async () => {
  const cwd = createWorkFolder();
  const at = (name: string): string => join(cwd, 'experiments', name);
  const killed = await trainThroughKills(cwd, 'killed', EPOCHS, KILLS, killTimes(1));
  expect(killed.kills).toBe(KILLS);
  expect(await callCli(cwd, ...smallRun, '--set', `training.epochs=${EPOCHS}`, '--name', 'not-killed')).toMatchObject({
    status: 0,
    stderr: '',
  });
  expect(fingerprintRun(at('killed'))).toEqual(fingerprintRun(at('not-killed')));
  expect(readdirSync(join(at('killed'), 'checkpoints'))).toHaveLength(3);
  expect(readdirSync(at('killed')).filter((name) => name === 'lock' || name.endsWith('.tmp'))).toEqual([]);
  expect(killed.stderr).toMatch(/^(gatelab: experiments\/killed: process \d+ on .+ ended without closing it; taking over\n)+$/);
});
