import { cpSync, existsSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadExperiment } from '../../src/experiment/load.ts';
import { createWorkFolder, finished, runCli, startCli, startFaultyCli } from '../support/cli.ts';
import { killTimes, smallRun, trainThroughKills } from '../support/kill.ts';
import { fingerprintRun } from '../support/run-fingerprint.ts';

/** Real processes, faults and all; in one folder, so that the sample's tokens are cached once. */
const cwd = createWorkFolder();
const at = (name: string): string => join(cwd, 'experiments', name);
const epochs = (count: number): string[] => ['--set', `training.epochs=${count}`];
const train = (name: string, count = 4): string[] => [...smallRun, ...epochs(count), '--name', name];
const EPOCHS = 12;
let whole: object;

beforeAll(async () => {
  expect(await runCli(cwd, ...train('four'))).toMatchObject({ status: 0, stderr: '' });
  expect(await runCli(cwd, ...train('whole', EPOCHS))).toMatchObject({ status: 0, stderr: '' });
  whole = fingerprintRun(at('whole'));
}, 30_000);

describe('a run that is resumed ends as one never interrupted', () => {
  it('killed at random moments, also within checkpoints', { timeout: 60_000 }, async () => {
    const { kills, stderr } = await trainThroughKills(cwd, 'killed', EPOCHS, 5, killTimes(1));
    expect(fingerprintRun(at('killed'))).toEqual(whole);
    expect(readdirSync(join(at('killed'), 'checkpoints'))).toHaveLength(3);
    expect(readdirSync(at('killed')).filter((name) => name === 'lock' || name.endsWith('.tmp'))).toEqual([]);
    if (kills > 0) expect(stderr).toMatch(/^(gatelab: experiments\/killed: process \d+ on .+ ended without closing it; taking over\n)*$/);
  });

  it.each([['SIGTERM', 143]] as const)('stopped by %s, which writes a checkpoint and exits %i', async (signal, code) => {
    const child = startCli(cwd, ...smallRun, ...epochs(EPOCHS), '--name', signal);
    const { status } = await finished(child, (stdout) => { if (stdout.includes('epoch  1/12') && !child.killed) child.kill(signal); });
    expect(status).toBe(code);
    expect(loadExperiment(at(signal)).summary.status).toBe('interrupted');
    const { status: resumed, stderr, stdout } = await runCli(cwd, 'train', '--resume', `experiments/${signal}`);
    expect({ resumed, stderr }).toEqual({ resumed: 0, stderr: '' });
    expect(stdout).toMatch(new RegExp(`^experiments/${signal} goes on after \\d+ epochs?( and \\d+ steps?)?$`, 'm'));
    expect(fingerprintRun(at(signal))).toEqual(whole);
  });

  it('on a disk that was full during a checkpoint', async () => {
    const full = await finished(startFaultyCli(cwd, 'ENOSPC optimizer.safetensors 3', ...train('full', EPOCHS)));
    expect(full.stderr).toMatch(/^gatelab: experiments\/full\/checkpoints\/last-\d+-\d+: cannot be written: the disk is full; make room and start again \(ENOSPC\)\n$/);
    expect(full.status).toBe(1);
    expect(readdirSync(join(at('full'), 'checkpoints'))).not.toContain('building');
    expect(loadExperiment(at('full')).summary.status).toBe('failed');
    expect(await runCli(cwd, 'train', '--resume', 'experiments/full')).toMatchObject({ status: 0, stderr: '' });
    expect(fingerprintRun(at('full'))).toEqual(whole);
  });

  it('with a clock that goes back, and no duration below zero', async () => {
    expect(await finished(startFaultyCli(cwd, 'clock', ...train('clock', EPOCHS)))).toMatchObject({ status: 0, stderr: '' });
    expect(fingerprintRun(at('clock'))).toEqual(whole);
    for (const { epochSeconds } of loadExperiment(at('clock')).epochs) expect(epochSeconds).toBeGreaterThan(0);
  });

  it('from the beginning where there is no checkpoint, and says so', async () => {
    cpSync(at('four'), at('early'), { recursive: true });
    for (const lost of ['checkpoints', 'summary.json', 'metrics.jsonl']) rmSync(join(at('early'), lost), { recursive: true });
    const { status, stdout, stderr } = await runCli(cwd, ...smallRun, ...epochs(4), '--name', 'early', '--resume');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toContain('experiments/early has no checkpoint yet; starting from the beginning\n');
    expect(fingerprintRun(at('early'))).toEqual(fingerprintRun(at('four')));
  });

  it('from the checkpoint before the newest where that is damaged, with a warning', async () => {
    cpSync(at('four'), at('damaged'), { recursive: true });
    rmSync(join(at('damaged'), 'summary.json'));
    truncateSync(join(at('damaged'), 'checkpoints/last-4-0/weights.safetensors'), 50);
    const { status, stderr } = await runCli(cwd, 'train', '--resume', 'experiments/damaged');
    expect(stderr).toMatch(/^gatelab: experiments\/damaged\/checkpoints\/last-4-0 is damaged \(weights\.safetensors has 50 bytes, not \d+\); looking for the one before\n$/);
    expect(status).toBe(0);
    expect(fingerprintRun(at('damaged'))).toEqual(fingerprintRun(at('four')));
  });
});

it('says that a finished run is finished, and trains on when given more epochs', async () => {
  const { status, stdout } = await runCli(cwd, 'train', '--name', 'four', '--resume');
  expect(stdout).toBe('experiments/four is finished: 4 of 4 epochs. To train on, raise them: --set training.epochs=…\n');
  expect(status).toBe(0);
  cpSync(at('four'), at('more'), { recursive: true });
  expect(await runCli(cwd, 'train', '--resume', 'experiments/more', ...epochs(EPOCHS))).toMatchObject({ status: 0, stderr: '' });
  expect(fingerprintRun(at('more'))).toEqual(whole);
});

it('has one writer a folder: a living one is left alone, a dead one\'s lock is taken over', async () => {
  const child = startCli(cwd, ...train('owned', 5000));
  let second: ReturnType<typeof runCli> | undefined;
  const ended = finished(child, (stdout) => { if (stdout.includes('epoch    1/5000')) second ??= runCli(cwd, 'train', '--resume', 'experiments/owned'); });
  while (second === undefined) await new Promise((resolve) => { setTimeout(resolve, 20); });
  const { status, stderr } = await second;
  expect(stderr).toMatch(new RegExp(`^gatelab: experiments/owned: process ${child.pid ?? 0} on .+ is writing it; wait for it to end, or stop it first\n$`));
  expect(status).toBe(1);
  child.kill('SIGKILL');
  await ended;
  expect((await runCli(cwd, 'train', '--resume', 'experiments/owned', '--set', 'seed=9')).stderr)
    .toMatch(new RegExp(`^gatelab: experiments/owned: process ${child.pid ?? 0} on .+ ended without closing it; taking over\ngatelab: .*seed.*\n$`));
});

describe('what cannot go on ends in one line and changes nothing', () => {
  beforeAll(() => {
    cpSync(at('four'), at('broken'), { recursive: true });
    for (const name of ['last-3-0', 'last-4-0']) rmSync(join(at('broken'), 'checkpoints', name, 'manifest.json'));
    rmSync(join(at('broken'), 'summary.json'));
    cpSync(at('four'), at('elsewhere'), { recursive: true });
    rmSync(join(at('elsewhere'), 'summary.json'));
    const environment = readFileSync(join(at('elsewhere'), 'environment.json'), 'utf8');
    writeFileSync(join(at('elsewhere'), 'environment.json'), environment.replace(/"fingerprint": "\w+"/, '"fingerprint": "0123456789abcdef"'));
  });
  const cannot = 'experiments/four cannot go on with another config: ';

  it.each<[string[], number, RegExp | string]>([
    [['--resume', 'experiments/four', '--set', 'model.hiddenSize=5'], 1, `${cannot}model.hiddenSize is 4 there and 5 here; only training.epochs may grow`],
    [['--resume', 'experiments/four', '--set', 'seed=2', '--set', 'data.maxLength=9'], 1, `${cannot}seed is 1 there and 2 here, data.maxLength is 20 there and 9 here; only training.epochs may grow`],
    [['--resume', 'experiments/four', ...epochs(3)], 1, `${cannot}training.epochs is 4 there and 3 here; only training.epochs may grow`],
    [['--config', 'gru.yaml', '--name', 'four', '--resume'], 1, /^gatelab: experiments\/four cannot go on with another config: .*model\.embeddingSize is 32 there and 256 here/],
    [['--resume', 'experiments/elsewhere'], 1, /^gatelab: experiments\/elsewhere was trained on other reviews: SHA-256 0123456789ab… there and [0-9a-f]{12}… here; name the same data with --data\n$/],
    [['--resume', 'experiments/broken'], 1, /(^gatelab: .*\/last-\d-\d is damaged \(manifest\.json is missing\); looking for the one before\n){2}gatelab: experiments\/broken\/checkpoints: no checkpoint is whole; .*\n$/m],
    [['--resume', 'experiments/none'], 1, '--resume: experiments/none is not there; leave --resume out to start a run'],
    [['--config', 'gru.yaml', '--resume'], 1, '--resume: experiments/gru-1 is not there; leave --resume out to start a run'],
    [['--resume', 'experiments'], 1, '--resume: experiments has no config.yaml or no environment.json; name a folder that a run made, for example experiments/gru-1'],
    [['--name', '../four', '--resume'], 1, /^gatelab: --name "\.\.\/four": a name starts with .*\n$/],
    [['--resume'], 2, '--resume needs a folder, for example --resume experiments/gru-1, or --name, or --config'],
    [['--resume', 'experiments/four', '--name', 'four'], 2, '--resume takes a folder or --name, not both'],
  ])('%j', async (args, code, line) => {
    const before = readdirSync(join(cwd, 'experiments'));
    const { status, stdout, stderr } = await runCli(cwd, 'train', ...args);
    if (typeof line === 'string') expect(stderr).toBe(`gatelab: ${line}\n`);
    else expect(stderr).toMatch(line);
    expect(stdout).toBe('');
    expect(status).toBe(code);
    expect(readdirSync(join(cwd, 'experiments'))).toEqual(before);
    expect(existsSync(join(cwd, 'experiments', 'lock'))).toBe(false);
  });

  it('an output folder that is read-only', async () => {
    const { status, stderr } = await finished(startFaultyCli(cwd, 'EROFS lock', 'train', '--resume', 'experiments/elsewhere'));
    expect(stderr).toBe('gatelab: experiments/elsewhere: cannot be locked: the disk is read-only (EROFS)\n');
    expect(status).toBe(1);
  });
});
