import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import type { Environment } from '../../src/experiment/records.ts';
import { packTar } from '../data/archives.ts';
import { callCli } from '../support/call-cli.ts';
import { createWorkFolder } from '../support/cli.ts';

/** Two finished runs of a linear model: `imdb` on an unpacked folder, `own` on a CSV; what moves afterwards are their reviews. */
const cwd = createWorkFolder();
const at = (...path: string[]): string => join(cwd, ...path);
const environmentOf = (name: string): Environment =>
  JSON.parse(readFileSync(at('experiments', name, 'environment.json'), 'utf8')) as Environment;
const train = (...args: string[]): ReturnType<typeof callCli> => callCli(cwd, 'train', ...args);
const small = ['--config', 'bag-of-words.yaml', '--set', 'training.strengths=[1]', '--quiet'];

const entries = (['train', 'test'] as const).flatMap((part) =>
  (['neg', 'pos'] as const).flatMap((label) =>
    Array.from({ length: 10 }, (_, i) => ({
      name: `aclImdb/${part}/${label}/${i}_${label === 'pos' ? 9 : 2}.txt`,
      content: `${part} ${label} film ${i}`,
    })),
  ),
);
const rows = Array.from({ length: 40 }, (_, i) => `film number ${i},${i % 2 === 0 ? 'positive' : 'negative'}\n`).join('');

/** Makes a copy of a run that has still something to do, and changes what it recorded. */
function reopen(
  from: string,
  name: string,
  change: (environment: Environment) => object = (environment) => environment,
  source?: string,
): void {
  cpSync(at('experiments', from), at('experiments', name), { recursive: true });
  rmSync(at('experiments', name, 'summary.json'));
  const file = at('experiments', name, 'environment.json');
  writeFileSync(file, JSON.stringify(change(environmentOf(from))));
  if (source === undefined) return;
  const config = at('experiments', name, 'config.yaml');
  writeFileSync(
    config,
    readFileSync(config, 'utf8')
      .replace(/^ {2}source: .*$/m, `  source: ${source}`)
      .replace(/^ {2}tokenizer: .*\n/m, ''),
  );
}

/** As version 0.1 wrote it: the file's hash for a fingerprint, and nothing else. */
function asBefore({ dataset: { location, synthetic, counts, sourceHash = '', kind }, ...environment }: Environment): object {
  return { ...environment, dataset: { kind: kind === 'file' ? 'csv' : kind, location, fingerprint: sourceHash, synthetic, counts } };
}

beforeAll(async () => {
  for (const { name, content } of entries) {
    mkdirSync(join(at('first', name), '..'), { recursive: true });
    writeFileSync(at('first', name), content);
  }
  writeFileSync(at('own.csv'), `review,sentiment\n${rows}`);
  expect(await train(...small, '--data', 'first/aclImdb', '--name', 'imdb')).toMatchObject({ status: 0, stderr: '' });
  expect(await train(...small, '--data', 'own.csv', '--name', 'own')).toMatchObject({ status: 0, stderr: '' });
}, 300_000);

describe('a run goes on with the same reviews, wherever they are now', () => {
  const goesOn = (line: { status: number | null; stderr: string }): void => { expect(line).toMatchObject({ status: 0, stderr: '' }); };

  it('records what was read, and from where', () => {
    expect(environmentOf('imdb').dataset).toMatchObject({
      kind: 'imdb',
      location: 'first/aclImdb',
      tokenizer: 'words 1',
      classCounts: { train: [9, 9], validation: [1, 1], test: [10, 10] },
    });
    expect(environmentOf('own').dataset).toMatchObject({
      kind: 'file', location: 'own.csv', sourceHash: createHash('sha256').update(readFileSync(at('own.csv'))).digest('hex'),
    });
    expect(readFileSync(at('experiments/own/config.yaml'), 'utf8')).toContain('\n  source: file\n');
  });

  it('in a copy of the folder, and remembers it', async () => {
    reopen('imdb', 'copied');
    cpSync(at('first'), at('second'), { recursive: true });
    goesOn(await train('--resume', 'experiments/copied', '--data', 'second', '--quiet'));
    const { dataset } = environmentOf('copied');
    expect(dataset).toMatchObject({ location: 'second/aclImdb', fingerprint: environmentOf('imdb').dataset.fingerprint });
    rmSync(at('experiments/copied/summary.json'));
    goesOn(await train('--resume', 'experiments/copied', '--quiet'));
    expect(environmentOf('copied').dataset).toEqual(dataset);
  });

  it('in an archive beside the folder, packed twice', async () => {
    reopen('imdb', 'packed');
    writeFileSync(at('a.tar.gz'), gzipSync(await packTar(entries)));
    writeFileSync(at('b.tar.gz'), gzipSync(await packTar([...entries].reverse()), { level: 1 }));
    goesOn(await train('--resume', 'experiments/packed', '--data', 'a.tar.gz', '--quiet'));
    rmSync(at('experiments/packed/summary.json'));
    goesOn(await train('--resume', 'experiments/packed', '--data', 'b.tar.gz', '--quiet'));
    const { stderr } = await callCli(cwd, 'compare', '--from', 'experiments/imdb', 'experiments/packed', '--format', 'csv');
    expect(stderr).toContain('seed'); // that the same config and seed are there twice, and not that the reviews are others
    expect(stderr).not.toContain('data set');
  });

  it('in a table written otherwise', async () => {
    reopen('own', 'rewritten');
    writeFileSync(at('own.tsv.gz'), gzipSync(`Text\tLabel\n${rows.replaceAll(',', '\t')}`));
    const { status, stderr, stdout } = await train('--resume', 'experiments/rewritten', '--data', 'own.tsv.gz');
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toContain(
      'own.tsv.gz: read as unpacked with gzip, tab-separated; reviews are taken from the column "Text", labels from "Label"\n',
    );
  });

  it.each(['own', 'imdb'])('a run of version 0.1 on the same source, whose records are brought up to date: %s', async (name) => {
    reopen(name, `${name}-before`, asBefore, 'imdb');
    goesOn(await train('--resume', `experiments/${name}-before`, '--quiet'));
    expect(environmentOf(`${name}-before`).dataset).toEqual(environmentOf(name).dataset);
  });

  it('and not with others, nor where nothing is any more', async () => {
    reopen('own', 'others');
    writeFileSync(at('others.csv'), `review,sentiment\n${rows.replace('film number 3,', 'film number 33,')}`);
    expect((await train('--resume', 'experiments/others', '--data', 'others.csv')).stderr).toMatch(
      /^gatelab: experiments\/others was trained on other reviews: SHA-256 [0-9a-f]{12}… there and [0-9a-f]{12}… here; name the same data with --data\n$/,
    );
    renameSync(at('own.csv'), at('moved.csv'));
    expect(await train('--resume', 'experiments/others')).toEqual({
      status: 1,
      stdout: '',
      stderr:
        'gatelab: experiments/others was trained on the reviews in own.csv, which no longer exist; if they have moved, name their new '
          + 'place: --data NEW_PATH\n',
    });
    goesOn(await train('--resume', 'experiments/others', '--data', 'moved.csv', '--quiet'));
    renameSync(at('moved.csv'), at('own.csv'));
  });

  it('a run of version 0.1 on a table that is split otherwise now is refused with the counts', async () => {
    reopen('own', 'resplit', (environment) => {
      const before = asBefore(environment) as Environment;
      return { ...before, dataset: { ...before.dataset, counts: { ...before.dataset.counts, test: 19 } } };
    });
    expect((await train('--resume', 'experiments/resplit')).stderr).toBe(
      'gatelab: experiments/resplit has 19 test reviews, and this version of gatelab would split the same file into 20; train again '
        + 'under another --name, or go on with the gatelab it began with\n',
    );
  });
});

it('a comparison goes on where its table is named again, and asks for it where it is not', async () => {
  const compare = (...args: string[]): ReturnType<typeof callCli> =>
    callCli(
      cwd,
      'compare',
      '--configs',
      'bag-of-words.yaml',
      '--seeds',
      '1',
      '--set',
      'training.strengths=[1]',
      '--into',
      'experiments/comparison',
      ...args,
    );
  mkdirSync(at('experiments/comparison'));
  cpSync(at('experiments/own'), at('experiments/comparison/bag-of-words-seed1'), { recursive: true });
  expect(await compare('--data', 'own.csv', '--format', 'csv')).toMatchObject({ status: 0, stderr: '' });
  expect((await compare('--set', 'data.source=file', '--configs', 'nb-svm.yaml')).stderr).toContain(
    'data.source is file: name the file with --data',
  );
  expect((await compare('--configs', 'nb-svm.yaml', '--data', 'others.csv')).stderr).toContain(
    'experiments/comparison/bag-of-words-seed1 was trained on other reviews: ',
  );
});

it('a table is checked before an engine is fetched and built', async () => {
  writeFileSync(at('wrong.csv'), 'titles,year,sentiment\nGood.,1999,positive\n');
  vi.stubEnv('XDG_CACHE_HOME', at('empty-cache'));
  const { status, stderr } = await train('--config', 'gru.yaml', '--data', 'wrong.csv');
  vi.unstubAllEnvs();
  expect(stderr).toMatch(/^gatelab: wrong\.csv, line 1: holds "titles", "year", "sentiment"; the first line must name the columns review .*\n$/);
  expect([status, existsSync(at('empty-cache'))]).toEqual([1, false]);
});
