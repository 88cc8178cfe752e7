import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { loadPredictions, predictLabels, renderPredictions } from '../../src/experiment/predictions.ts';
import { createExperimentWriter } from '../../src/experiment/writer.ts';
import { makeTemporaryFolder, userErrorOf } from './temporary-folder.ts';

const root = makeTemporaryFolder();
const some = {
  reviewIds: ['test/neg/0_2', 'test/pos/1_10', 'row/3'],
  labels: Uint8Array.of(0, 1, 1),
  classes: 2,
  probabilities: Float64Array.of(0.123456789, 1 - 2 ** -30, 0),
};

describe('the predictions of a run', () => {
  it('are a line a review, with six digits and no text', () => {
    expect(renderPredictions(some, {})).toBe('reviewId,label,probability\ntest/neg/0_2,0,0.123457\ntest/pos/1_10,1,1\nrow/3,1,0\n');
  });

  it('keep the label that the model gave, also where six digits would turn it into the other', () => {
    const close = { reviewIds: ['a', 'b', 'c'], labels: [0, 1, 1], classes: 2, probabilities: [0.5, 0.5 + 1e-9, 0.5 - 1e-9] };
    expect(renderPredictions(close, {}).split('\n').slice(1, 4)).toEqual(['a,0,0.5', 'b,1,0.500000001', 'c,1,0.5']);
  });

  it.each([true, false])('read back as they were written, synthetic or not (%s)', (synthetic) => {
    const path = join(root, `written-${synthetic}`);
    mkdirSync(path);
    createExperimentWriter({ name: '', path }, { synthetic }).writePredictions(some);
    const { reviewIds, labels, probabilities } = loadPredictions(path);
    expect({ reviewIds, labels }).toEqual({ reviewIds: some.reviewIds, labels: some.labels });
    expect([...probabilities as Float64Array]).toEqual([0.123457, 1, 0]);
  });

  it('of a model that lost itself are not numbers, and still read back', () => {
    const path = join(root, 'lost');
    mkdirSync(path);
    createExperimentWriter({ name: '', path }, { synthetic: false }).writePredictions({ ...some, probabilities: [NaN, 0.25, 1e-9] });
    expect([...loadPredictions(path).probabilities as Float64Array]).toEqual([NaN, 0.25, 1e-9]);
  });

  it('of more than two classes have a column for each of them, and keep the class that the model gave', () => {
    const three = {
      reviewIds: ['row/1', 'row/2'], labels: Uint8Array.of(2, 0), classes: 3,
      probabilities: Float64Array.of(0.1, 0.2, 0.7, 0.399999999, 0.400000001, 0.2),
    };
    const path = join(root, 'three');
    mkdirSync(path);
    createExperimentWriter({ name: '', path }, { synthetic: false }).writePredictions(three);
    expect(readFileSync(join(path, 'predictions.csv'), 'utf8')).toBe('reviewId,label,probability0,probability1,probability2\n'
      + 'row/1,2,0.1,0.2,0.7\nrow/2,0,0.399999999,0.400000001,0.2\n');
    const read = loadPredictions(path);
    expect(read).toEqual(three);
    expect([...predictLabels(read)]).toEqual([2, 1]);
  });

  const header = 'reviewId,label,probability\n';
  it.each<[string, string | null, string]>([
    ['that are not there', null, 'tmp: has no predictions.csv; a run writes it after its first epoch; train it again'],
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
