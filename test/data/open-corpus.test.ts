import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { acceptedData } from '../../src/typed-command.js';
import { openCorpus } from '../../src/data/open-corpus.ts';
import { UserError } from '../../src/errors.ts';
import { goodEntries, packTar, writeArchive } from './archives.ts';

const root = mkdtempSync(join(tmpdir(), 'gatelab-open-'));
afterAll(() => { rmSync(root, { recursive: true }); });

const imdb = { source: 'imdb', allowSampleFallback: false } as const;
const nowhere = { fileName: 'aclImdb_v1.tar.gz', url: 'http://127.0.0.1:1/aclImdb_v1.tar.gz', md5: '' };
const accepted = `--data takes ${acceptedData}`;

function makeFolder(name: string): string {
  const folder = join(root, name);
  mkdirSync(folder, { recursive: true });
  return folder;
}

function makeFile(name: string, content: string | Buffer): string {
  const path = join(root, name);
  writeFileSync(path, content);
  return path;
}

describe('--data', () => {
  it('takes an archive under any name', async () => {
    const path = await writeArchive(root, goodEntries, 'reviews.bin');
    const source = await openCorpus({ ...imdb, dataPath: path });
    expect(source).toMatchObject({ kind: 'imdb', synthetic: false, location: path });
    expect((await source.load()).train).toHaveLength(4);
  });

  it.each(['', 'aclImdb'])('takes the unpacked folder, as the folder above it: %j', async (given) => {
    const above = makeFolder('unpacked');
    makeFolder('unpacked/aclImdb/train/pos');
    expect(await openCorpus({ ...imdb, dataPath: join(above, given) })).toMatchObject({ kind: 'imdb', location: join(above, 'aclImdb') });
  });

  it('takes a CSV under any name', async () => {
    const path = makeFile('reviews.txt', 'review,sentiment\na,positive\nb,positive\nc,negative\nd,negative\n');
    const source = await openCorpus({ ...imdb, dataPath: path });
    expect(source).toMatchObject({ kind: 'file', synthetic: false, location: path });
    expect((await source.load()).test).toHaveLength(2);
  });

  it.each<[string, string | Buffer, string]>([
    ['empty.csv', '', `is empty; expected ${acceptedData}`],
    ['page.tar.gz', '\n<!DOCTYPE html><html>', 'is a web page (or XML) saved under this name; download the file itself'],
    ['page.csv', '\ufeff<html>', 'is a web page (or XML) saved under this name; download the file itself'],
    ['weights.bin', Buffer.from([1, 2, 0, 3]), `is a binary file of an unknown kind; expected ${acceptedData}`],
    [
      'text.tar.gz',
      'hello',
      'is not a gzip archive; download it again from https://ai.stanford.edu/~amaas/data/sentiment/aclImdb_v1.tar.gz',
    ],
  ])('refuses %s', async (name, content, message) => {
    const path = makeFile(name, content);
    await expect(openCorpus({ ...imdb, dataPath: path })).rejects.toThrow(new UserError(`${path}: ${message}`));
  });

  it('refuses a tar without gzip, a folder of something else, and what is not there', async () => {
    const tar = makeFile('aclImdb.tar', await packTar(goodEntries));
    const other = makeFolder('photos'), missing = join(root, 'missing');
    await expect(openCorpus({ ...imdb, dataPath: tar })).rejects
      .toThrow(new UserError(`${tar}: is a tar file without gzip; unpack it and name the folder`));
    await expect(openCorpus({ ...imdb, dataPath: other })).rejects
      .toThrow(new UserError(`${other}: neither aclImdb (no train folder in it) nor the folder above it; ${accepted}`));
    await expect(openCorpus({ ...imdb, allowSampleFallback: true, dataPath: missing })).rejects
      .toThrow(new UserError(`${missing}: no such file or folder; ${accepted}`));
  });
});

describe('without --data', () => {
  it('takes the archive of the data folder, before the unpacked folder there', async () => {
    const dataFolder = makeFolder('both');
    makeFolder('both/aclImdb/train');
    expect((await openCorpus({ ...imdb, dataFolder })).location).toBe(join(dataFolder, 'aclImdb'));
    const archive = await writeArchive(dataFolder, goodEntries, 'aclImdb_v1.tar.gz');
    expect((await openCorpus({ ...imdb, dataFolder })).location).toBe(archive);
  });

  it('and without network is an error that says where to put the archive', async () => {
    const dataFolder = join(root, 'none');
    await expect(openCorpus({ ...imdb, dataFolder, remote: nowhere })).rejects
      .toThrow(`put it at ${join(dataFolder, 'aclImdb_v1.tar.gz')}, or name it with --data PATH`);
  });

  it('and without network falls back to the sample where that is allowed, with a warning', async () => {
    const warnings: string[] = [];
    const dataFolder = join(root, 'none');
    const source = await openCorpus({
      source: 'imdb', allowSampleFallback: true, dataFolder, remote: nowhere, onWarning: (line) => { warnings.push(line); },
    });
    expect(source).toMatchObject({ kind: 'sample', synthetic: true });
    expect(warnings.join('\n')).toContain(`put it at ${join(dataFolder, 'aclImdb_v1.tar.gz')}`);
    expect(warnings.join('\n')).toContain('SYNTHETIC SAMPLE');
  });
});

describe('the sample', () => {
  it('is opened by name, and not together with --data', async () => {
    expect(await openCorpus({ source: 'sample', allowSampleFallback: false })).toMatchObject({ kind: 'sample', synthetic: true });
    await expect(openCorpus({ source: 'sample', dataPath: 'x.csv', allowSampleFallback: true })).rejects
      .toThrow(new UserError('--data x.csv: data.source is sample, the built-in synthetic sample; omit --data, or add --set data.source=file'));
  });
});

describe('the memory task', () => {
  it('is opened by name, and not with a length that would cut its texts', async () => {
    const recall = { distance: 50, maxLength: 60 };
    expect(await openCorpus({ source: 'recall', recall, allowSampleFallback: false })).toMatchObject({ kind: 'recall', synthetic: true });
    await expect(openCorpus({ source: 'recall', recall, dataPath: 'x.csv', allowSampleFallback: false })).rejects
      .toThrow(/^--data x.csv: data.source is recall, the built-in memory task, .*; omit --data/);
    await expect(openCorpus({ source: 'recall', recall: { distance: 51, maxLength: 60 }, allowSampleFallback: false })).rejects
      .toThrow(new UserError('data.distance: 51 makes texts of up to 61 tokens, and data.maxLength: 60 would cut them; '
        + 'set data.maxLength=61 or more, or a shorter distance'));
  });
});

describe('data.source file', () => {
  it('is what --data names, and an error without it that says what to type', async () => {
    const path = makeFile('own.csv', 'review,sentiment\na,positive\nb,positive\nc,negative\nd,negative\n');
    expect(await openCorpus({ source: 'file', dataPath: path, allowSampleFallback: true })).toMatchObject({ kind: 'file', location: path });
    await expect(openCorpus({ source: 'file', allowSampleFallback: true })).rejects
      .toThrow(new UserError('data.source is file: name the file with --data, for example --data reviews.csv'));
  });
});
