import { appendFileSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { describeData } from '../../src/experiment/checkpoint.ts';
import type { Checkpoint } from '../../src/experiment/checkpoint.ts';
import { createCheckpointStore, loadCheckpoint } from '../../src/experiment/checkpoint-store.ts';
import { callCli } from '../support/call-cli.ts';
import { createWorkFolder } from '../support/cli.ts';
import { smallRun } from '../support/kill.ts';

/** Two finished runs of two epochs, copied and changed: `two` on the sample, `read` on a CSV. */
const cwd = createWorkFolder();
const at = (name: string): string => join(cwd, 'experiments', name);
const epochs = (count: number): string[] => ['--set', `training.epochs=${count}`];
const rows = Array.from({ length: 40 }, (_, i) => `film number ${i},${i % 2 === 0 ? 'positive' : 'negative'}\n`);
const writeReviews = (name: string, count: number): void => {
  writeFileSync(join(cwd, name), `review,sentiment\n${rows.slice(0, count).join('')}`);
};

function copy(from: string, name: string): void {
  cpSync(at(from), at(name), { recursive: true });
  rmSync(join(at(name), 'summary.json'));
}

function changeCheckpoint(name: string, change: (checkpoint: Checkpoint) => Checkpoint): void {
  const folder = { name, path: at(name) };
  const checkpoint = loadCheckpoint(folder, 'last', (line) => { throw new Error(line); }) ?? expect.fail('none');
  createCheckpointStore(folder, checkpoint).write('last', change(checkpoint));
}

beforeAll(async () => {
  writeReviews('reviews.csv', 40);
  writeReviews('fewer.csv', 38);
  const onCsv = smallRun.map((word) => (word === 'sample.yaml' ? 'gru.yaml' : word));
  expect(await callCli(cwd, ...smallRun, ...epochs(2), '--name', 'two')).toMatchObject({ status: 0, stderr: '' });
  expect(
    await callCli(
      cwd,
      ...onCsv,
      '--set',
      'model.embeddingSize=4',
      '--set',
      'data.limit=16',
      ...epochs(2),
      '--data',
      'reviews.csv',
      '--name',
      'read',
    ),
  ).toMatchObject({ status: 0, stderr: '' });

  copy('two', 'broken');
  for (const name of ['last-1-0', 'last-2-0']) rmSync(join(at('broken'), 'checkpoints', name, 'manifest.json'));
  copy('two', 'reworded');
  changeCheckpoint('reworded', (checkpoint) => {
    const { dataset } = checkpoint.state;
    const words = checkpoint.words.map((word, id) => (id === 5 ? 'marvellous' : word));
    return { ...checkpoint, words, state: { ...checkpoint.state, ...describeData(words, dataset.fingerprint, dataset.classes) } };
  });
  copy('two', 'retokenized');
  changeCheckpoint('retokenized', ({ state, ...rest }) => ({
    ...rest,
    state: { ...state, dataset: { ...state.dataset, tokenizerVersion: 99 } },
  }));
  copy('two', 'edited');
  const config = readFileSync(join(at('edited'), 'config.yaml'), 'utf8');
  writeFileSync(join(at('edited'), 'config.yaml'), config.replace('hiddenSize: 4', 'hiddenSize: 8'));
  copy('read', 'moved');
  const environment = readFileSync(join(at('moved'), 'environment.json'), 'utf8');
  writeFileSync(join(at('moved'), 'environment.json'), environment.replace('reviews.csv', 'gone.csv'));
  copy('read', 'unreadable');
  appendFileSync(join(at('unreadable'), 'environment.json'), '}');
  mkdirSync(at('begun'));
  mkdirSync(at('photos'));
  for (const file of ['lock', 'holiday.jpg']) writeFileSync(join(at('photos'), file), '');
  for (const file of readdirSync(at('photos'))) utimesSync(join(at('photos'), file), 1, 1);
  mkdirSync(at('locksmith'));
  writeFileSync(join(at('locksmith'), 'lock'), 'three keys');
  copy('two', 'blocked');
  mkdirSync(join(at('blocked'), 'lock'));
});

const other = (name: string): string => `experiments/${name} cannot go on with another config: `;
const only = '; only training.epochs may grow';
const sha = '[0-9a-f]{12}…';
const gone = 'name a folder that a run made, for example experiments/gru-1';

describe('a run that cannot go on is refused with the difference in one line, and nothing changes', () => {
  it.each<[string, string[], number, string | RegExp]>([
    ['another architecture', ['--resume', 'experiments/two', '--set', 'model.hiddenSize=5'], 1, `${other('two')}model.hiddenSize is 4 `
      + `there and 5 here${only}`],
    ['another seed and length', ['--resume', 'experiments/two', '--set', 'seed=2', '--set', 'data.maxLength=9'], 1, `${other('two')}seed `
      + `is 1 there and 2 here, data.maxLength is 20 there and 9 here${only}`],
    ['another learning rate', ['--resume', 'experiments/two', '--set', 'training.learningRate=0.5'], 1, /^gatelab: experiments\/two cannot go on with another config: training\.learningRate is 0\.\d+ there and 0\.5 here; only training\.epochs may grow\n$/],
    ['fewer epochs', ['--resume', 'experiments/two', ...epochs(1)], 1, `${other('two')}training.epochs is 2 there and 1 here${only}`],
    ['another config', ['--config', 'gru.yaml', '--name', 'two', '--resume'], 1, /^gatelab: experiments\/two cannot go on with another config: .*model\.embeddingSize is 32 there and 256 here.*; only training\.epochs may grow\n$/],
    ['an edited config', ['--resume', 'experiments/edited', ...epochs(3)], 1, `${other('edited')}model.hiddenSize is 4 there and 8 `
      + `here${only}`],
    ['another vocabulary', ['--resume', 'experiments/reworded', ...epochs(3)], 1, /^gatelab: experiments\/reworded has another vocabulary: word 5 is "marvellous" there and "\S+" here; train again under another --name, or go on with the gatelab it began with\n$/],
    ['another tokenizer', ['--resume', 'experiments/retokenized', ...epochs(3)], 1, /^gatelab: experiments\/retokenized has another vocabulary: tokenizer 99 there and \d+ here; train again under another --name, or go on with the gatelab it began with\n$/],
    ['other data', ['--resume', 'experiments/read', ...epochs(3), '--data', 'fewer.csv'], 1, new RegExp(`^gatelab: experiments/read was `
      + `trained on other reviews: SHA-256 ${sha} there and ${sha} here; name the same data with --data\n$`)],
    ['data that is gone', ['--resume', 'experiments/moved', ...epochs(3)], 1, 'experiments/moved was trained on the reviews in gone.csv, '
      + 'which no longer exist; if they have moved, name their new place: --data NEW_PATH'],
    ['no checkpoint that is whole', ['--resume', 'experiments/broken'], 1, /^(gatelab: experiments\/broken\/checkpoints\/last-\d-0 is damaged \(manifest\.json is missing\); looking for the one before\n){2}gatelab: experiments\/broken\/checkpoints: no checkpoint is whole; train again under another --name, or remove experiments\/broken\/checkpoints to start this run from the beginning\n$/],
    ['a damaged environment', ['--resume', 'experiments/unreadable'], 1, 'experiments/unreadable/environment.json: not valid JSON; was '
      + 'it edited by hand?'],
    ['a run that never began', ['--resume', 'experiments/begun'], 1, '--resume: experiments/begun was stopped before it began; name its '
      + '--config too'],
    ['a folder that is not there', ['--resume', 'experiments/none'], 1, '--resume: experiments/none does not exist; omit --resume to '
      + 'start a run'],
    ['a config never trained', ['--config', 'lstm.yaml', '--resume'], 1, '--resume: experiments/lstm-1 does not exist; omit --resume to '
      + 'start a run'],
    ['a folder of something else', ['--resume', 'experiments'], 1, `--resume: experiments has no config.yaml or no environment.json; `
      + gone],
    ['a folder of something else with an empty file called '
      + 'lock', ['--resume', 'experiments/photos', '--config', 'gru.yaml'], 1, `--resume: experiments/photos has no config.yaml or no `
      + `environment.json; ${gone}`],
    ['a file called lock that is not ours', ['--resume', 'experiments/locksmith', '--config', 'gru.yaml'], 1, 'experiments/locksmith/lock: is not a lock that gatelab wrote, but gatelab keeps its lock in a file of that name; move it away'],
    ['a folder called lock', ['--resume', 'experiments/blocked'], 1, 'experiments/blocked/lock: is a folder, but gatelab keeps its lock '
      + 'in a file of that name; move it away'],
    ['a name with ../', ['--name', '../two', '--resume'], 1, '--name "../two": a name holds letters, digits, spaces and _ - . , + = @ '
      + '(100 at most), starts with a letter, digit or _, ends with no full stop, comma or space, and has no two full stops in a row'],
    ['no folder named', ['--resume'], 2, '--resume needs a folder, for example --resume experiments/gru-1, or --name, or --config'],
    ['a folder and a name', ['--resume', 'experiments/two', '--name', 'two'], 2, '--resume takes a folder or --name, not both'],
  ])('%s', async (_, args, status, message) => {
    const before = listFiles();
    const { stderr, stdout, ...rest } = await callCli(cwd, 'train', ...args);
    const said = stdout.replace(/^fewer\.csv: neither a column nor a file is named for the test part: .*\n/, '');
    if (typeof message === 'string') expect(stderr).toBe(`gatelab: ${message}\n`);
    else expect(stderr).toMatch(message);
    expect({ ...rest, stdout: said }).toEqual({ status, stdout: '' });
    expect(listFiles()).toEqual(before);
  });

  it('other data in the same place', async () => {
    writeReviews('reviews.csv', 38);
    const { stderr, status } = await callCli(cwd, 'train', '--resume', 'experiments/read', ...epochs(3));
    expect(stderr).toMatch(
      new RegExp(
        `^gatelab: experiments/read was trained on other reviews: SHA-256 ${sha} there and ${sha} here; name the same data with --data\n$`,
      ),
    );
    expect(status).toBe(1);
    writeReviews('reviews.csv', 40);
  });
});

it('a run that is finished says so and exits 0', async () => {
  const line = 'experiments/two is finished: 2 of 2 epochs. To train on, raise them: --set training.epochs=…\n';
  expect(await callCli(cwd, 'train', '--name', 'two', '--resume')).toEqual({ status: 0, stdout: line, stderr: '' });
  expect(existsSync(join(at('two'), 'lock'))).toBe(false);
});

function listFiles(): string[] {
  return readdirSync(join(cwd, 'experiments'), { recursive: true }).map(String).sort();
}
