import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createRandomStream } from '../../src/random.ts';
import type { RandomStream } from '../../src/random.ts';
import { finished, startCli } from './child.ts';

/** A small run with all that a checkpoint must get right. */
export const smallRun = [
  'train', '--config', 'sample.yaml', '--set', 'data.limit=60', '--set', 'data.maxLength=20', '--set', 'model.hiddenSize=4',
  '--set', 'model.dropoutRate=0.5', '--set', 'model.layers=2', '--set', 'training.batchSize=8',
];

export interface Kills {
  kills: number;
  /** Kills that left a checkpoint half-written. */
  withinCheckpoint: number;
  /** Standard error of the lives that were not killed, and of those that were. */
  stderr: string;
}

/** A checkpoint after every step, so that many a kill falls into one. */
const always = ['--set', 'training.checkpointSeconds=1e-6'];

/**
 * Trains to the end in `experiments/<name>` of `cwd`, killed with SIGKILL `most` times at random moments; each time before it has got
 * far, so that there is something left to kill.
 */
export async function trainThroughKills(cwd: string, name: string, epochs: number, most: number, random: RandomStream): Promise<Kills> {
  const counted: Kills = { kills: 0, withinCheckpoint: 0, stderr: '' };
  const folder = join(cwd, 'experiments', name);
  for (;;) {
    const child = startCli(
      cwd,
      ...smallRun,
      ...always,
      '--set',
      `training.epochs=${epochs}`,
      '--name',
      name,
      ...(existsSync(folder) ? ['--resume'] : []),
    );
    const farEpoch = Math.floor(epochs * (counted.kills + 1) / (most + 1));
    let training: () => void = () => undefined, far: () => void = () => undefined;
    const started = new Promise<void>((resolve) => { training = resolve; });
    const isFar = new Promise<void>((resolve) => { far = resolve; });
    const ended = finished(child, (stdout) => {
      if (stdout.includes('parameters')) training();
      if (Number([...stdout.matchAll(/^epoch +(\d+)\//gm)].at(-1)?.[1] ?? 0) >= farEpoch) far();
    });
    if (counted.kills < most) {
      // Most of the kills while it trains, some while it starts.
      if (random.below(5) > 0) await Promise.race([started, ended]);
      await Promise.race([sleep(random.below(700)), isFar, ended]);
      child.kill('SIGKILL');
    }
    const { status, stderr } = await ended;
    counted.stderr += stderr;
    if (status !== null) {
      if (status !== 0) throw new Error(`exit ${status}: ${stderr}`);
      return counted;
    }
    counted.kills += 1;
    if (existsSync(join(folder, 'checkpoints', 'building'))) counted.withinCheckpoint += 1;
  }
}

export const killTimes = (seed: number): RandomStream => createRandomStream({ seed, purpose: 'sample' });
