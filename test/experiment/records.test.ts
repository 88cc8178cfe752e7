import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { typedCommand } from '../../src/typed-command.js';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { createSummary, convergenceDefinition, summarizeEpochs, summarySchema } from '../../src/experiment/records.ts';
import { facts, makeEpoch, makeEpochs } from './examples.ts';
import { officialArchiveHashes, officialFingerprint } from '../../src/data/imdb-layout.ts';
import { areSameReviews, describeOtherReviews, findOtherReviews } from '../../src/experiment/same-reviews.ts';
import type { ReviewsIdentity } from '../../src/experiment/same-reviews.ts';
import { findRuns, publishedFolders } from '../../src/experiment/find-runs.ts';
import { makeTemporaryFolder, userErrorOf } from './temporary-folder.ts';

const withTest = (...accuracies: number[]) => accuracies.map((testAccuracy, i) => makeEpoch(i + 1, { testAccuracy }));
const withValidation = (...pairs: [validation: number | null, test: number][]) =>
  pairs.map(([validationAccuracy, testAccuracy], i) => makeEpoch(i + 1, { validationAccuracy, testAccuracy }));

describe('the summary of a run', () => {
  it('takes the best epoch by validation and reports the test accuracy of that epoch', () => {
    expect(summarizeEpochs(withValidation([0.8, 0.81], [0.88, 0.86], [0.87, 0.9]))).toMatchObject({
      epochs: 3, bestEpoch: 2, testAccuracyAtBestValidation: 0.86, bestTestAccuracy: 0.9, bestTestEpoch: 3,
    });
  });

  it('takes the first of equals', () => {
    expect(summarizeEpochs(withValidation([0.8, 0.7], [0.9, 0.85], [0.9, 0.85]))).toMatchObject({ bestEpoch: 2, bestTestEpoch: 2 });
  });

  it('has no best epoch without a validation part', () => {
    expect(summarizeEpochs(withValidation([null, 0.7], [null, 0.8]))).toMatchObject({
      bestEpoch: null, testAccuracyAtBestValidation: null, bestTestAccuracy: 0.8, bestTestEpoch: 2,
    });
  });

  it.each([
    ['the first epoch within 0.5 points of the best', [0.8, 0.866, 0.87, 0.86], 2],
    ['exactly 0.5 points below counts, whatever binary fractions make of it', [0.8, 0.865, 0.87], 2],
    ['half of a tenth of a point too low does not', [0.8, 0.8649, 0.87], 3],
    ['a later fall does not undo it', [0.87, 0.5, 0.5], 1],
    ['one epoch', [0.5], 1],
  ])('converges: %s', (_, accuracies, epoch) => {
    expect(summarizeEpochs(withTest(...accuracies)).convergenceEpoch).toBe(epoch);
  });

  it('says what it means by convergence', () => {
    expect(summarizeEpochs([]).convergenceDefinition).toBe(convergenceDefinition);
    expect(convergenceDefinition).toBe(
      'first epoch whose test accuracy is within 0.5 percentage points of the best test accuracy of the run',
    );
  });

  it.each([
    [[3], 3, 3],
    [[1, 5], 3, 3],
    [[9, 1, 2], 4, 2],
    [[4, 1, 10, 3], 4.5, 3.5],
  ])('of %j seconds: mean %d, median %d', (seconds, mean, median) => {
    const records = seconds.map((epochSeconds, i) => makeEpoch(i + 1, { epochSeconds }));
    expect(summarizeEpochs(records)).toMatchObject({ meanEpochSeconds: mean, medianEpochSeconds: median });
  });

  it('is empty before the first epoch, and still fits its schema', () => {
    const summary = createSummary({ ...facts, status: 'running' }, []);
    expect(summary).toMatchObject({ epochs: 0, bestEpoch: null, bestTestAccuracy: null, convergenceEpoch: null, meanEpochSeconds: null });
    expect(summarySchema.parse(summary)).toEqual(summary);
  });

  it('holds for any run: convergence is not after the best test epoch, and nothing given is changed', () => {
    fc.assert(fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 30 }), (accuracies) => {
      const records = Object.freeze(withTest(...accuracies).map((record) => Object.freeze(record)));
      const { convergenceEpoch, bestTestEpoch, bestTestAccuracy } = summarizeEpochs(records);
      expect(bestTestAccuracy).toBe(Math.max(...accuracies));
      expect(convergenceEpoch).toBeLessThanOrEqual(bestTestEpoch ?? 0);
    }));
  });

  it('fits its schema after some epochs', () => {
    const summary = createSummary(facts, makeEpochs(4));
    expect(summarySchema.parse(summary)).toEqual(summary);
  });
});

/** A run of before 0.2 recorded its file alone. */
const old = (hash: string): ReviewsIdentity => ({ fingerprint: hash });
const now = (fingerprint: string, sourceHash: string): ReviewsIdentity => ({ fingerprint, sourceHash });

describe('reviews are the same', () => {
  it.each<[string, ReviewsIdentity, ReviewsIdentity, boolean]>([
    ['the same file', now('reviews', 'file'), now('reviews', 'file'), true],
    ['a copy, another packing, the unpacked folder', now('reviews', 'file'), now('reviews', 'folder'), true],
    ['a file that another version reads otherwise', now('reviews', 'file'), now('others', 'file'), false],
    ['other reviews', now('reviews', 'file'), now('others', 'other file'), false],
    ['a run of before, and its file now', old('file'), now('reviews', 'file'), true],
    ['a run of before, and another file', old('file'), now('reviews', 'folder'), false],
    ['two runs of before', old('file'), old('file'), true],
    ['two runs of before on two files', old('file'), old('other file'), false],
    ['a published run, and the unpacked folder now', old(officialArchiveHashes[1]!), now(officialFingerprint, 'folder'), true],
    [
      "a run of before on the authors' archive, and the folder now",
      old(officialArchiveHashes[0]!),
      now(officialFingerprint, 'folder'),
      true,
    ],
    ['a published run, and other reviews', old(officialArchiveHashes[1]!), now('reviews', 'folder'), false],
  ])('%s: %#', (_, a, b, same) => {
    expect(areSameReviews(a, b)).toBe(same);
    expect(areSameReviews(b, a)).toBe(same);
  });

  it('in any number, where one of them has read the file that another one knows alone', () => {
    expect(findOtherReviews([old('file'), now('reviews', 'folder'), now('reviews', 'file')])).toBe(-1);
    expect(findOtherReviews([now('reviews', 'file'), old('file'), now('others', 'x')])).toBe(2);
    expect(findOtherReviews([])).toBe(-1);
  });

  it('or differ in hashes of one kind', () => {
    const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((letter) => letter.repeat(64)) as [string, string, string, string];
    expect(describeOtherReviews(old(a), now(c, d))).toBe('SHA-256 aaaaaaaaaaaa… there and dddddddddddd… here');
    expect(describeOtherReviews(now(a, b), now(c, d))).toBe('SHA-256 aaaaaaaaaaaa… there and cccccccccccc… here');
  });
});

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
    expect(findRuns([mixed, second!, `${mixed}/`])).toEqual({
      runs: [
        { path: first, isNamed: false },
        { path: second, isNamed: true },
      ],
      deeper: [{ path: deeper, runs: 1 }],
    });
    expect(findRuns([mixed, deeper]).deeper).toEqual([]);
  });

  it.each([
    ['nowhere', 'tmp/nowhere: not a folder; name a run, or a folder of runs, for example experiments/published'],
    ['hollow', `tmp/hollow: holds no run; ${typedCommand('compare')} makes some`],
    ['above', 'tmp/above: holds no run; there are some in tmp/above/one and tmp/above/two; name that folder'],
  ])('or %s is refused', (name, line) => {
    makeFolder('hollow');
    for (const run of ['one/a', 'two/b']) makeFolder(`above/${run}`, 'summary.json');
    expect(userErrorOf(() => findRuns([join(folder, name)]), folder)).toBe(line);
  });
});
