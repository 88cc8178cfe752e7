import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { findPredictions, loadPredictions, predictLabels, renderPredictions, writePredictions } from '../../src/experiment/predictions.ts';
import { createRandomStream } from '../../src/random.ts';
import { createExperimentWriter } from '../../src/experiment/writer.ts';
import { readPredictions } from '../support/run-fingerprint.ts';
import { makeTemporaryFolder, userErrorOf } from './temporary-folder.ts';

const root = makeTemporaryFolder();
const some = {
  reviewIds: ['test/neg/0_2', 'test/pos/1_10', 'row/3'],
  labels: Uint8Array.of(0, 1, 1),
  classes: 2,
  probabilities: Float64Array.of(0.123456789, 1 - 2 ** -30, 0),
};

describe('the predictions of a run', () => {
  it('are a line a review, sorted by id, with four digits and no text', () => {
    expect(renderPredictions(some, {})).toBe('reviewId,label,probability\nrow/3,1,0\ntest/neg/0_2,0,0.1235\ntest/pos/1_10,1,1\n');
  });

  it('keep the label that the model gave, also where four digits would turn it into the other', () => {
    const close = { reviewIds: ['a', 'b', 'c'], labels: [0, 1, 1], classes: 2, probabilities: [0.5, 0.5 + 1e-9, 0.5 - 1e-9] };
    expect(renderPredictions(close, {}).split('\n').slice(1, 4)).toEqual(['a,0,0.5', 'b,1,0.500000001', 'c,1,0.5']);
  });

  it.each([true, false])('read back as they were written, synthetic or not (%s)', (synthetic) => {
    const path = join(root, `written-${synthetic}`);
    mkdirSync(path);
    createExperimentWriter({ name: '', path }, { synthetic }).writePredictions(some);
    const { reviewIds, labels, probabilities } = loadPredictions(path);
    expect({ reviewIds, labels }).toEqual({ reviewIds: ['row/3', 'test/neg/0_2', 'test/pos/1_10'], labels: Uint8Array.of(1, 0, 1) });
    expect([...probabilities as Float64Array]).toEqual([0, 0.1235, 1]);
  });

  it('of a model that lost itself are not numbers, and still read back', () => {
    const path = join(root, 'lost');
    mkdirSync(path);
    createExperimentWriter({ name: '', path }, { synthetic: false }).writePredictions({ ...some, probabilities: [NaN, 0.25, 1e-9] });
    expect([...loadPredictions(path).probabilities as Float64Array]).toEqual([1e-9, NaN, 0.25]);
  });

  it('of more than two classes have a column for each of them, and keep the class that the model gave', () => {
    const three = {
      reviewIds: ['row/1', 'row/2'], labels: Uint8Array.of(2, 0), classes: 3,
      probabilities: Float64Array.of(0.1, 0.2, 0.7, 0.399999999, 0.400000001, 0.2),
    };
    const path = join(root, 'three');
    mkdirSync(path);
    createExperimentWriter({ name: '', path }, { synthetic: false }).writePredictions(three);
    expect(readPredictions(path)).toBe('reviewId,label,probability0,probability1,probability2\n'
      + 'row/1,2,0.1,0.2,0.7\nrow/2,0,0.399999999,0.400000001,0.2\n');
    const read = loadPredictions(path);
    expect(read).toEqual(three);
    expect([...predictLabels(read)]).toEqual([2, 1]);
  });

  it('are read as an older version wrote them, and replaced by the newer file', () => {
    const path = join(root, 'older');
    mkdirSync(path);
    expect(findPredictions(path)).toBe(null);
    const older = join(path, 'predictions.csv');
    writeFileSync(older, 'reviewId,label,probability\ntest/pos/1_10,1,0.654321\nrow/3,0,0.123456\n');
    expect(findPredictions(path)).toBe(older);
    expect(loadPredictions(path)).toEqual({
      reviewIds: ['row/3', 'test/pos/1_10'], labels: Uint8Array.of(0, 1), classes: 2, probabilities: Float64Array.of(0.123456, 0.654321),
    });
    writePredictions(path, some, {});
    expect(readdirSync(path)).toEqual(['predictions.csv.gz']);
  });

  it('are compressed without a time, a name or a system, so that every machine writes the same', () => {
    const path = join(root, 'bytes');
    mkdirSync(path);
    writePredictions(path, some, {});
    // RFC 1952: magic, deflate, no flags, four bytes of time, best compression, unknown system.
    expect([...readFileSync(join(path, 'predictions.csv.gz')).subarray(0, 10)]).toEqual([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 255]);
    expect(readPredictions(path)).toBe(renderPredictions(some, {}));
  });

  it('of 25,000 reviews take at most 150 kB', () => {
    const path = join(root, 'large');
    mkdirSync(path);
    const count = 25_000, random = createRandomStream({ seed: 1, purpose: 'sample' });
    const reviewIds = Array.from({ length: count }, (_, i) =>
      `test/${i < count / 2 ? 'neg' : 'pos'}/${i % (count / 2)}_${(i < count / 2 ? 1 : 7) + random.below(4)}`);
    const logits = Array.from({ length: count }, (_, i) => (i < count / 2 ? -1 : 1) * 8 * (random.uniform() - 0.15));
    writePredictions(path, {
      reviewIds, labels: reviewIds.map((_, i) => Number(i >= count / 2)), classes: 2,
      probabilities: logits.map((logit) => 1 / (1 + Math.exp(-logit))),
    }, {});
    expect(statSync(join(path, 'predictions.csv.gz')).size).toBeLessThan(150_000);
    expect(loadPredictions(path).reviewIds).toHaveLength(count);
  });

  it('that are damaged are refused in one line', () => {
    const path = join(root, 'damaged');
    mkdirSync(path);
    writePredictions(path, some, {});
    const file = join(path, 'predictions.csv.gz');
    writeFileSync(file, readFileSync(file).subarray(0, 40));
    expect(userErrorOf(() => loadPredictions(path), path)).toBe('tmp/predictions.csv.gz: is damaged or cut short; train the run again');
  });

  const header = 'reviewId,label,probability\n';
  it.each<[string, string | null, string]>([
    ['that are not there', null, 'tmp: has no predictions.csv.gz; a run writes it after its first epoch; train it again'],
    ['without a header', 'a,0,0.5\n', 'tmp/predictions.csv:1: must begin with the columns reviewId,label,probability'],
    ['that are empty', '', 'tmp/predictions.csv:1: must begin with the columns reviewId,label,probability'],
    ['that are cut short', `${header}a,0,0.5\nb,1,0.`, 'tmp/predictions.csv: its last line is cut short; train the run again'],
    ['with a review without a name', `${header}a,0,0.5\n,0,0.5\n`, 'tmp/predictions.csv:3: has no reviewId; was it edited by hand?'],
    ['with an odd label', `${header}a,2,0.5\n`, 'tmp/predictions.csv:2: label must be 0 or 1, got "2"'],
    ['with a label beyond its classes', 'reviewId,label,probability0,probability1,probability2\na,3,0.5,0.25,0.25\n',
      'tmp/predictions.csv:2: label must be a number from 0 to 2, got "3"'],
    ['above one', `${header}a,1,1.5\n`, 'tmp/predictions.csv:2: probability must be a number from 0 to 1, got "1.5"'],
    ['without a probability', `${header}a,1\n`, 'tmp/predictions.csv:2: probability must be a number from 0 to 1, got ""'],
    ['that are no number', `${header}a,1,<script>\n`, 'tmp/predictions.csv:2: probability must be a number from 0 to 1, got "<script>"'],
  ])('%s are refused in one line', (name, content, message) => {
    const path = join(root, name);
    mkdirSync(path);
    if (content !== null) writeFileSync(join(path, 'predictions.csv'), content);
    expect(userErrorOf(() => loadPredictions(path), path)).toBe(message);
  });
});
