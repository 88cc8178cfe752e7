import { describe, expect, it } from 'vitest';

import { encodePart, computeOffsets } from '../../../src/text/encode.ts';
import type { EncodedPart } from '../../../src/text/encode.ts';
import { createVocabulary } from '../../../src/text/vocabulary.ts';
import { createNgramFeatures, restoreNamedFeatures, restoreNgramFeatures } from '../../../src/training/linear/ngram-features.ts';
import { arePairs, createPairIndex, hashKey } from '../../../src/training/linear/pair-index.ts';
import { multiply, multiplyTransposed, scaleColumns } from '../../../src/training/linear/sparse-rows.ts';
import type { SparseRows } from '../../../src/training/linear/sparse-rows.ts';
import { toSparseRows, last } from './sparse-fixture.ts';
import { judgeScores, logisticLoss, squaredHingeLoss } from '../../../src/training/linear/loss.ts';
import { createRandomStream } from '../../../src/random.ts';
import { descend } from '../../../src/training/linear/dual-descent.ts';
import type { DescentOptions, LinearProblem } from '../../../src/training/linear/dual-descent.ts';
import { interpolate } from '../../../src/training/linear/nb-svm.ts';

const words = ['good', 'not', 'bad', 'odd'];
const vocabulary = createVocabulary(['<pad>', '<unk>', 'good', 'not', 'bad']);

/** Reviews of words; `odd` is not in the vocabulary. */
function encode(reviews: readonly string[]): EncodedPart {
  const rows = reviews.map((review) => review.split(' ').filter((word) => word !== '').map((word) => words.indexOf(word)));
  const part = {
    wordIds: Int32Array.from(rows.flat()), offsets: computeOffsets(rows.map((row) => row.length)),
    labels: new Uint8Array(rows.length), ids: reviews.map((_, i) => String(i)),
  };
  return encodePart(words, part, vocabulary, { maxLength: 100, truncate: 'start' });
}

function toMatrix({ columns, values, offsets, width }: SparseRows): number[][] {
  return Array.from({ length: offsets.length - 1 }, (_, row) => {
    const dense = new Array<number>(width).fill(0);
    for (let k = offsets[row]!; k < offsets[row + 1]!; k++) dense[columns[k]!] = values[k]!;
    return dense;
  });
}

describe('n-gram features', () => {
  const train = encode(['not bad not bad', 'good', 'odd bad', '']);

  it('are a column for each word, and ones', () => {
    const rows = createNgramFeatures(train, 1).toRows(train, 'counts');
    expect(toMatrix(rows)).toEqual([[0, 2, 2, 1], [1, 0, 0, 1], [0, 0, 1, 1], [0, 0, 0, 1]]);
  });

  it('count presence once', () => {
    expect(toMatrix(createNgramFeatures(train, 1).toRows(train, 'presence'))[0]).toEqual([0, 1, 1, 1]);
  });

  it('pair neighbours within a review, never over an unknown word or from one review to the next', () => {
    const features = createNgramFeatures(train, 2);
    expect(features.width).toBe(3 + 2 + 1); // "not bad", "bad not"
    expect(toMatrix(features.toRows(train, 'counts'))[0]).toEqual([0, 2, 2, 2, 1, 1]);
  });

  it('leave out pairs that the training part does not have', () => {
    const rows = createNgramFeatures(train, 2).toRows(encode(['good bad not', 'bad odd not']), 'counts');
    expect(toMatrix(rows)).toEqual([[1, 1, 1, 0, 1, 1], [0, 1, 1, 0, 0, 1]]);
  });
});

describe('stored features', () => {
  const train = encode(['not bad not bad good', 'good bad', 'bad bad']), others = encode(['good bad not', 'bad odd not bad', 'bad bad good']);
  const features = createNgramFeatures(train, 2), { starts, seconds, numbers } = features.pairs();
  const wordsOf = (first: number): string[] =>
    [...seconds.subarray(starts[first], starts[first + 1])].map((second) => `${vocabulary.words[first]} ${vocabulary.words[second]}`);
  const sorted = [...starts.keys()].flatMap(wordsOf);

  it('are sorted by the first word and then the second, each with its number in the order of appearance', () => {
    expect(sorted).toEqual(['good bad', 'not bad', 'bad good', 'bad not', 'bad bad']);
    expect([...numbers]).toEqual([3, 0, 2, 1, 4]);
  });

  it('find every pair again, and none that was not there', () => {
    const restored = restoreNgramFeatures({ starts, seconds }, vocabulary.size) ?? expect.fail('not restored');
    const columns = [0, 1, 2, ...[...numbers].map((number) => 3 + number), features.width - 1]; // of a restored column
    for (const part of [train, others]) {
      const own = toMatrix(features.toRows(part, 'counts'));
      expect(toMatrix(restored.toRows(part, 'counts'))).toEqual(own.map((row) => columns.map((column) => row[column])));
    }
    expect(restored.pairs()).toEqual({ starts, seconds, numbers: Int32Array.of(0, 1, 2, 3, 4) });
  });

  it('are read by their names too, in whatever order', () => {
    const names = ['good', 'not', 'bad', ...[...numbers.keys()].sort((a, b) => numbers[a]! - numbers[b]!).map((place) => sorted[place]!)];
    expect(names.slice(3)).toEqual(['not bad', 'bad not', 'bad good', 'good bad', 'bad bad']);
    expect(toMatrix(restoreNamedFeatures(names, vocabulary)!.toRows(others, 'counts'))).toEqual(toMatrix(features.toRows(others, 'counts')));
    for (const wrong of [
      ['not', 'good', 'bad'], ['good', 'not'], ['good', 'not', 'bad', 'good'], ['good', 'not', 'bad', 'good odd'],
      ['good', 'not', 'bad', 'good bad', 'good bad'], ['good', 'not', 'bad', 'good bad not'],
    ]) expect(restoreNamedFeatures(wrong, vocabulary), wrong.join()).toBeNull();
  });

  it.each<[string, number[], number[]]>([
    ['of another vocabulary', [0, 0, 0, 0, 1], [4]], ['with a count that is not there', [0, 0, 0, 1, 2, 3], [4, 4]],
    ['of no word', [0, 0, 1, 1, 1, 1], [4]], ['with a second that is no word', [0, 0, 0, 1, 1, 1], [1]],
    ['beyond the words', [0, 0, 0, 1, 1, 1], [5]], ['twice', [0, 0, 0, 2, 2, 2], [4, 4]],
    ['in another order', [0, 0, 0, 2, 2, 2], [4, 3]], ['that end before they begin', [0, 0, 0, 3, 1, 2], [3, 4]],
  ])('are none: pairs %s', (_, begins, ends) => {
    expect(restoreNgramFeatures({ starts: Int32Array.from(begins), seconds: Int32Array.from(ends) }, vocabulary.size)).toBeNull();
    expect(arePairs({ starts: Int32Array.of(0, 0, 0, 2, 2, 2), seconds: Int32Array.of(3, 4) }, 2)).toBe(true);
  });
});

describe('the index of pairs', () => {
  it.each([20_000, 2 ** 15, 2 ** 16])('spreads the pairs of a vocabulary of %i words over its slots', (vocabularySize) => {
    const pairs = Array.from({ length: 2 ** 16 }, (_, i) => (i >> 8) * vocabularySize + (i & 0xff));
    const slots = new Set(pairs.map((key) => hashKey(key) & (2 ** 17 - 1)));
    expect(slots.size / pairs.length).toBeGreaterThan(0.7); // of random slots 0.79
  });

  it('numbers 100,000 keys in their order, through every growth, and knows those that are not there', () => {
    const index = createPairIndex();
    const key = (i: number): number => (i * 7919) % 100_003 * 1_000_003 + i;
    for (let i = 0; i < 100_000; i++) index.add(key(i));
    for (let i = 0; i < 100_000; i += 7) index.add(key(i));
    expect(index.size()).toBe(100_000);
    expect(Array.from({ length: 100_000 }, (_, i) => index.find(key(i))).every((number, i) => number === i)).toBe(true);
    expect([index.find(-1), index.find(3), index.find(2 ** 52)]).toEqual([-1, -1, -1]);
  });
});

describe('sparse rows', () => {
  const rows = toSparseRows([[1, 0, 2], [0, 0, 0], [0, 3, -1]]);

  it('multiply as the dense matrix does', () => {
    expect([...multiply(rows, Float64Array.of(1, 10, 100))]).toEqual([201, 0, -70]);
    expect([...multiplyTransposed(rows, Float64Array.of(1, 5, 2))]).toEqual([1, 6, 0]);
    expect(toMatrix(scaleColumns(rows, Float64Array.of(2, 3, 4)))).toEqual([[2, 0, 8], [0, 0, 0], [0, 9, -4]]);
  });
});

it('takes an even score for the label 0, as predictions of the same probability are taken', () => {
  const even = Float64Array.of(0, -0, 1e-30);
  expect(judgeScores(even, Uint8Array.of(0, 0, 0))).toEqual({
    lossSum: expect.closeTo(3 * Math.LN2, 12) as number,
    correct: 3,
    examples: 3,
  });
  expect(judgeScores(even, Uint8Array.of(1, 1, 1)).correct).toBe(0);
  expect(judgeScores(Float64Array.of(0.1, -0.1), Uint8Array.of(1, 0)).correct).toBe(2);
});

const losses = { 'the logistic loss': logisticLoss, 'the squared hinge loss': squaredHingeLoss };

/** 100 noisy rows of 12 columns. */
function makeProblem(loss: LinearProblem['loss'], strength: number): LinearProblem {
  const random = createRandomStream({ seed: 3, purpose: 'sample' });
  const matrix = Array.from({ length: 100 }, () => Array.from({ length: 12 }, () => (random.uniform() < 0.4 ? random.uniform() : 0)));
  const signs = Float64Array.from(matrix, (row) => (row[0]! * 3 - row[1]! + random.uniform() > 0.9 ? 1 : -1));
  return { rows: toSparseRows(matrix), signs, loss, strength };
}

const solve = (problem: LinearProblem, options: Partial<DescentOptions> = {}) =>
  last(descend(problem, { tolerance: 1e-11, maxPasses: 10_000, seed: 1, ...options }));

describe.each(Object.entries(losses))('dual coordinate descent with %s', (_, loss) => {
  it.each([0.01, 1, 5])('is within the gap it reports of the least objective, at C = %d', (strength) => {
    const problem = makeProblem(loss, strength);
    const best = solve(problem);
    const early = solve(problem, { tolerance: 0.01 });
    expect(best.converged && early.converged).toBe(true);
    expect(early.passes).toBeLessThan(best.passes);
    expect(early.gap).toBeLessThanOrEqual(0.01);
    expect(early.objective - best.objective).toBeLessThanOrEqual(early.gap * early.objective);
    const distance = early.weights.reduce((sum, weight, j) => sum + (weight - best.weights[j]!) ** 2, 0);
    expect(distance / 2).toBeLessThanOrEqual(early.gap * early.objective);
  });

  it('finds a point from which no direction goes down', () => {
    const problem = makeProblem(loss, 1);
    const { weights, objective } = solve(problem, { tolerance: 1e-13 });
    const objectiveAt = (w: Float64Array): number => {
      const { rows: { columns, values, offsets }, signs } = problem;
      return w.reduce((sum, weight) => sum + weight * weight / 2, 0) + signs.reduce((sum, sign, i) => {
        let score = 0;
        for (let k = offsets[i]!; k < offsets[i + 1]!; k++) score += values[k]! * w[columns[k]!]!;
        return sum + loss.value(sign * score);
      }, 0);
    };
    expect(objectiveAt(weights)).toBeCloseTo(objective, 9);
    for (const step of [1e-3, -1e-3]) {
      weights.forEach((_weight, j) => { expect(objectiveAt(weights.map((w, k) => (k === j ? w + step : w)))).toBeGreaterThan(objective); });
    }
  });

  it('gives the same bits from the same seed, and the same solution from another', () => {
    const problem = makeProblem(loss, 1);
    expect(solve(problem).weights).toEqual(solve(problem).weights);
    const other = solve(problem, { seed: 2 });
    expect(other.weights).not.toEqual(solve(problem).weights);
    other.weights.forEach((weight, j) => { expect(weight).toBeCloseTo(solve(problem).weights[j]!, 4); });
  });

  it('says so when the passes do not suffice', () => {
    expect(solve(makeProblem(loss, 100), { maxPasses: 2 })).toMatchObject({ passes: 2, converged: false });
  });

  it('does not mind a row without features, nor one label alone', () => {
    const rows = toSparseRows([[0, 0], [1, 1], [2, 1]]);
    const { weights, converged } = solve({ rows, signs: Float64Array.of(1, 1, 1), loss, strength: 1 });
    expect(converged).toBe(true);
    expect(weights.every((weight) => weight > 0)).toBe(true);
  });
});

describe('losses', () => {
  it.each([[-800, 800], [800, 0], [0, Math.LN2]])('the logistic loss of a margin of %d is %d', (margin, value) => {
    expect(logisticLoss.value(margin)).toBeCloseTo(value, 12);
  });

  it.each(Object.entries(losses))('%s is never below its dual bound, and meets it at the best α', (_, loss) => {
    for (const margin of [-30, -2, -0.1, 0, 0.4, 0.99, 1, 3, 30]) {
      // With ‖x‖² = 0 the best α maximises −α·m + dualValue(α), whose maximum is C·ξ(m).
      const best = loss.bestAlpha(0.1, margin, 0, 2);
      const bound = (alpha: number): number => loss.dualValue(alpha, 2) - alpha * margin;
      expect(bound(best)).toBeCloseTo(2 * loss.value(margin), 10);
      for (const share of [0, 0.2, 0.7, 1]) expect(bound(2 * share)).toBeLessThanOrEqual(2 * loss.value(margin) + 1e-12);
    }
  });
});

describe('interpolation', () => {
  it('is the SVM at 1, naive Bayes at 0, with the bias of each', () => {
    const weights = Float64Array.of(1, -3, 0.5);
    const signs = Float64Array.of(1, 1, 1, -1);
    expect([...interpolate(weights, 1, signs)]).toEqual([1, -3, 0.5]);
    expect([...interpolate(weights, 0, signs)]).toEqual([2, 2, 2 * Math.log(3)]);
    expect([...interpolate(weights, 0.25, Float64Array.of(1, -1))]).toEqual([1.75, 0.75, 0.125]);
  });
});
