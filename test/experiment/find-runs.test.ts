import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

import { findRuns, publishedFolders } from '../../src/experiment/find-runs.ts';
import { makeTemporaryFolder, userErrorOf } from './temporary-folder.ts';

const folder = makeTemporaryFolder();

function makeFolder(name: string, ...files: readonly string[]): string {
  mkdirSync(join(folder, name), { recursive: true });
  for (const file of files) writeFileSync(join(folder, name, file), '{}');
  return join(folder, name);
}

describe('runs are found', () => {
  it('below a folder, in the order of their numbers, and nothing else that lies there', () => {
    const runs = ['gru-seed1', 'gru-seed2', 'gru-seed10'].map((name) => makeFolder(`published/${name}`, 'summary.json'));
    makeFolder('published/notes', 'text.md');
    makeFolder('published', 'claims.json');
    expect(findRuns([join(folder, 'published')])).toEqual({ runs: runs.map((path) => ({ path, isNamed: false })), deeper: [] });
  });

  it('in the published folder and the folders of runs in it', () => {
    const root = join(folder, 'results');
    expect(publishedFolders(root)).toEqual([root]); // not there yet
    makeFolder('results/gru-seed1', 'summary.json');
    makeFolder('results/dropout/gru-seed1', 'summary.json');
    makeFolder('results/empty');
    expect(publishedFolders(root)).toEqual([root, join(root, 'dropout')]);
  });

  it('where one is named itself', () => {
    const [b, a] = ['b', 'a'].map((name) => makeFolder(name, 'summary.json'));
    expect(findRuns([b!, a!]).runs).toEqual([{ path: b, isNamed: true }, { path: a, isNamed: true }]);
  });

  it('once, however often they are named, and folders of runs further below are told', () => {
    const [first, second] = ['mixed/gru-seed1', 'mixed/gru-seed2'].map((name) => makeFolder(name, 'summary.json'));
    const deeper = makeFolder('mixed/dropout');
    makeFolder('mixed/dropout/gru-seed1', 'summary.json');
    const mixed = join(folder, 'mixed');
    expect(findRuns([mixed, second!, `${mixed}/`])).toEqual({ runs: [{ path: first, isNamed: false }, { path: second, isNamed: true }], deeper: [{ path: deeper, runs: 1 }] });
    expect(findRuns([mixed, deeper]).deeper).toEqual([]);
  });

  it.each([
    ['nowhere', 'tmp/nowhere: is not a folder; name a run, or a folder of runs, for example experiments/published'],
    ['hollow', 'tmp/hollow: holds no run; npm run compare makes some'],
    ['above', 'tmp/above: holds no run; there are some in tmp/above/one and tmp/above/two; name that folder'],
  ])('or %s is refused', (name, line) => {
    makeFolder('hollow');
    for (const run of ['one/a', 'two/b']) makeFolder(`above/${run}`, 'summary.json');
    expect(userErrorOf(() => findRuns([join(folder, name)]), folder)).toBe(line);
  });
});
