import { cpSync, rmSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadExperiment } from '../../src/experiment/load.ts';
import { callCli } from '../support/call-cli.ts';
import { createWorkFolder, finished, startCli, startFaultyCli } from '../support/cli.ts';
import { smallRun } from '../support/kill.ts';
import { fingerprintRun } from '../support/run-fingerprint.ts';

/** Real processes where one dies, is signalled or has faults; in one folder, so that the sample's tokens are cached once. */
const cwd = createWorkFolder();
const at = (name: string): string => join(cwd, 'experiments', name);
const epochs = (count: number): string[] => ['--set', `training.epochs=${count}`];
const EPOCHS = 8;
const train = (name: string, count = EPOCHS): string[] => [...smallRun, ...epochs(count), '--name', name];
let whole: object;

beforeAll(async () => {
  expect(await callCli(cwd, ...train('whole'))).toMatchObject({ status: 0, stderr: '' });
  whole = fingerprintRun(at('whole'));
});

describe('a run that is resumed ends as one never interrupted', () => {
  it.each([['SIGTERM', 143]] as const)('stopped by %s, which writes a checkpoint and exits %i', async (signal, code) => {
    const child = startCli(cwd, ...smallRun, ...epochs(EPOCHS), '--name', signal);
    const { status } = await finished(child, (stdout) => {
      if (stdout.includes(`epoch 1/${EPOCHS}`) && !child.killed) child.kill(signal);
    });
    expect(status).toBe(code);
    expect(loadExperiment(at(signal)).summary.status).toBe('interrupted');
    const { status: resumed, stderr, stdout } = await callCli(cwd, 'train', '--resume', `experiments/${signal}`);
    expect({ resumed, stderr }).toEqual({ resumed: 0, stderr: '' });
    expect(stdout).toMatch(new RegExp(`^experiments/${signal} goes on after \\d+ epochs?( and \\d+ steps?)?$`, 'm'));
    expect(fingerprintRun(at(signal))).toEqual(whole);
  });

  it('with a clock that goes back, and no duration below zero', async () => {
    expect(await finished(startFaultyCli(cwd, 'clock', ...train('clock')))).toMatchObject({ status: 0, stderr: '' });
    expect(fingerprintRun(at('clock'))).toEqual(whole);
    for (const { epochSeconds } of loadExperiment(at('clock')).epochs) expect(epochSeconds).toBeGreaterThan(0);
  });

  it('from the beginning where there is no checkpoint, and says so', async () => {
    cpSync(at('whole'), at('early'), { recursive: true });
    for (const lost of ['checkpoints', 'summary.json', 'metrics.jsonl']) rmSync(join(at('early'), lost), { recursive: true });
    const { status, stdout, stderr } = await callCli(cwd, ...train('early'), '--resume');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toContain('experiments/early has no checkpoint yet; starting from the beginning\n');
    expect(fingerprintRun(at('early'))).toEqual(whole);
  });

  it('from the checkpoint before the newest where that is damaged, with a warning', async () => {
    cpSync(at('whole'), at('damaged'), { recursive: true });
    rmSync(join(at('damaged'), 'summary.json'));
    truncateSync(join(at('damaged'), 'checkpoints/last-8-0/weights.safetensors'), 50);
    const { status, stderr } = await callCli(cwd, 'train', '--resume', 'experiments/damaged');
    expect(stderr).toMatch(
      /^gatelab: experiments\/damaged\/checkpoints\/last-8-0 is damaged \(weights\.safetensors has 50 bytes, not \d+\); looking for the one before\n$/,
    );
    expect(status).toBe(0);
    expect(fingerprintRun(at('damaged'))).toEqual(whole);
  });
});

it('trains on when given more epochs', async () => {
  expect(await callCli(cwd, ...train('more', 4))).toMatchObject({ status: 0, stderr: '' });
  expect(await callCli(cwd, 'train', '--resume', 'experiments/more', ...epochs(EPOCHS))).toMatchObject({ status: 0, stderr: '' });
  expect(fingerprintRun(at('more'))).toEqual(whole);
});

it('has one writer a folder: a living one is left alone, a dead one\'s lock is taken over', async () => {
  const child = startCli(cwd, ...train('owned', 5000));
  let second: ReturnType<typeof callCli> | undefined;
  const ended = finished(child, (stdout) => {
    if (stdout.includes('epoch    1/5000')) second ??= callCli(cwd, 'train', '--resume', 'experiments/owned');
  });
  while (second === undefined) await new Promise((resolve) => { setTimeout(resolve, 20); });
  const { status, stderr } = await second;
  expect(stderr).toMatch(
    new RegExp(`^gatelab: experiments/owned: process ${child.pid ?? 0} on .+ is writing it; wait for it to end, or stop it first\n$`),
  );
  expect(status).toBe(1);
  child.kill('SIGKILL');
  await ended;
  expect((await callCli(cwd, 'train', '--resume', 'experiments/owned', '--set', 'seed=9')).stderr).toMatch(
    new RegExp(`^gatelab: experiments/owned: process ${child.pid ?? 0} on .+ ended without closing it; taking over\ngatelab: .*seed.*\n$`),
  );
});
