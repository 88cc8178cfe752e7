import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import {
  calculateParameters, modelTypes, countKeptByArticles, countStepByArticles, countGateWeights, countWithOneBias, countWithTwoBiases,
  countTransformerByClosedForm, countTransformerByArticles, countTransformerExactly,
} from '../../src/articles/formulas.ts';
import {
  countKeptParameters, countKeptByRecurrence, countLayerForward, countUnread, countBuiltLayer,
} from '../../src/models/layer-counts.ts';
import { computeWorkedExamples, judgeExample } from '../../src/articles/worked-examples.ts';

const sizes = (inputSize: number, hiddenSize: number) => ({ inputSize, hiddenSize });
const cellNames = ['rnn', 'gru', 'lstm'] as const;

describe('parameters of a recurrent layer', () => {
  // By hand for D = 3, H = 2: matrices (3 + 2)·2 = 10 a gate, a bias 2 a gate.
  it.each([['rnn', 10, 12, 14], ['gru', 30, 36, 42], ['lstm', 40, 48, 56]] as const)('%s of D = 3, H = 2', (cell, weights, one, two) => {
    expect([countGateWeights(cell, sizes(3, 2)), countWithOneBias(cell, sizes(3, 2)), countWithTwoBiases(cell, sizes(3, 2))]).toEqual([
      weights,
      one,
      two,
    ]);
  });

  it.each([['lstm', 131_072], ['gru', 98_304]] as const)('C1: %s weights of D = H = 128 are %i', (cell, expected) => {
    expect(countGateWeights(cell, sizes(128, 128))).toBe(expected);
  });

  // PyTorch: sum(p.numel() for p in nn.LSTM(256, 128).parameters()), and so on; C2.
  it.each([['lstm', 197_632], ['gru', 148_224], ['rnn', 49_408]] as const)('nn.%s(256, 128) has %i', (cell, expected) => {
    expect(countWithTwoBiases(cell, sizes(256, 128))).toBe(expected);
    const built = countBuiltLayer(cell, sizes(256, 128));
    expect(built.weights + built.biases).toBe(expected);
  });

  it('the formula with two biases is what is built, and ratios are 1 : 3 : 4, for any sizes', () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 600 }), fc.integer({ min: 1, max: 600 }), (inputSize, hiddenSize) => {
      const shape = { inputSize, hiddenSize };
      for (const cell of cellNames) {
        const { weights, biases } = countBuiltLayer(cell, shape);
        expect([weights, weights + biases]).toEqual([countGateWeights(cell, shape), countWithTwoBiases(cell, shape)]);
      }
      expect(countWithOneBias('gru', shape)).toBe(3 * countWithOneBias('rnn', shape));
      expect(countWithOneBias('lstm', shape)).toBe(4 * countWithOneBias('rnn', shape));
    }), { numRuns: 30 });
  });
});

describe('multiply-adds', () => {
  it.each([
    ['rnn', 524_288],
    ['gru', 1_572_864],
    ['lstm', 2_097_152],
  ] as const)('C12: a %s step of D = H = 512 takes %i', (cell, expected) => {
    expect(countStepByArticles(cell, sizes(512, 512))).toBe(expected);
  });

  it('of a layer are the step\'s times the tokens, less where tokens share input products', () => {
    expect(countLayerForward('gru', sizes(3, 2), { tokens: 10, inputRows: 10 })).toBe(10 * 3 * (3 + 2) * 2);
    expect(countLayerForward('gru', sizes(3, 2), { tokens: 10, inputRows: 4 })).toBe(4 * 3 * 3 * 2 + 10 * 3 * 2 * 2);
  });

  it('of a printed GRU are two input products and three recurrent ones', () => {
    expect(countLayerForward('gru-printed', sizes(3, 2), { tokens: 10, inputRows: 4 })).toBe(4 * 2 * 3 * 2 + 10 * 3 * 2 * 2);
    expect(countStepByArticles('gru-printed', sizes(512, 512))).toBe(countStepByArticles('gru', sizes(512, 512)));
  });
});

describe('activations kept of a token', () => {
  it.each([
    ['rnn', 256 + 128],
    ['gru', 256 + 128 + 2 * 128],
    ['lstm', 256 + 128 + 4 * 128 + 128],
  ] as const)('C14: %s of D = 256, H = 128 keeps %i values', (cell, expected) => {
    expect(countKeptByArticles(cell, sizes(256, 128))).toBe(expected);
  });

  it.each([['rnn', 1 + 0], ['gru', 1 + 4], ['lstm', 1 + 5]] as const)('the ops of %s keep %i·H besides the input', (cell, expected) => {
    expect(countKeptByRecurrence(cell, 128, 7)).toBe(7 * 128 * expected);
  });

  it('C9: the printed GRU has a GRU\'s parameters, by formula and as built, and reads two thirds of them', () => {
    const { weights, biases } = countBuiltLayer('gru-printed', sizes(256, 128));
    expect([weights + biases, countWithTwoBiases('gru-printed', sizes(256, 128))]).toEqual([148_224, 148_224]);
    expect(countUnread('gru-printed', sizes(256, 128))).toBe(148_224 / 3);
    expect(cellNames.map((cell) => countUnread(cell, sizes(256, 128)))).toEqual([0, 0, 0]);
    expect(countKeptByArticles('gru-printed', sizes(256, 128))).toBe(256 + 128 + 2 * 128);
    expect(countKeptByRecurrence('gru-printed', 128, 7)).toBe(7 * 128 * (1 + 3));
    expect(countKeptParameters('gru-printed', sizes(256, 128))).toBe(148_224 * 2 / 3);
  });
});

describe('parameters of a Transformer layer', () => {
  const shape = { embeddingSize: 512, feedForwardSize: 2048 };
  // By hand with d = 2, ff = 3: 16 + 24 + 3 + 10, 32 + 24 + 3 + 12; 48 + 54 + 28, 56 + 54 + 30.
  it.each([
    ['encoder', 53, 130],
    ['decoder', 71, 140],
  ] as const)('C18: %s, d = 2, ff = 3, by derivation and by closed form', (part, derived, closed) => {
    const tiny = { embeddingSize: 2, feedForwardSize: 3 };
    expect([countTransformerByArticles(part, tiny), countTransformerByClosedForm(part, tiny)]).toEqual([derived, closed]);
  });

  // PyTorch: sum(p.numel() for p in nn.TransformerEncoderLayer(512, 8, 2048).parameters()), and the decoder's.
  it.each([['encoder', 3_152_384], ['decoder', 4_204_032]] as const)('torch.nn\'s %s layer has %i', (part, expected) => {
    expect(countTransformerExactly(part, shape)).toBe(expected);
  });
});

describe('calculateParameters', () => {
  const articles = { embeddingSize: 512, hiddenSize: 512, feedForwardSize: 2048, layers: 1, vocabularySize: 50_000 };

  it.each([
    ['rnn', 1, 524_800, 525_312], ['lstm', 1, 2_099_200, 2_101_248], ['gru', 1, 1_574_400, 1_575_936],
    ['transformer-encoder', 6, 31_484_928, 18_914_304], ['transformer-decoder', 6, 37_779_456, 25_224_192],
  ] as const)('C19: %s × %i', (type, layers, byArticles, exact) => {
    const counted = calculateParameters(type, { ...articles, layers });
    expect(counted.articles).toEqual({ embedding: 25_600_000, layers: byArticles, total: 25_600_000 + byArticles });
    expect(counted.exact).toEqual({ embedding: 25_600_000, layers: exact, total: 25_600_000 + exact });
  });

  it('gives later layers the hidden size as input: nn.LSTM(256, 128, num_layers=2) has 329,728', () => {
    expect(calculateParameters('lstm', { ...articles, embeddingSize: 256, hiddenSize: 128, layers: 2 }).exact.layers).toBe(329_728);
  });

  it('leaves the embedding out for a vocabulary of 0', () => {
    expect(calculateParameters('gru', { ...articles, vocabularySize: 0 }).exact).toEqual({
      embedding: 0,
      layers: 1_575_936,
      total: 1_575_936,
    });
  });

  it.each([
    ['hiddenSize', 0],
    ['layers', 1.5],
    ['vocabularySize', -1],
    ['embeddingSize', Number.NaN],
  ] as const)('refuses %s %d', (name, value) => {
    for (const type of modelTypes) expect(() => calculateParameters(type, { ...articles, [name]: value })).toThrow(RangeError);
  });
});

const examples = computeWorkedExamples();
const of = (claim: string) => examples.filter((example) => example.claim === claim);

it('cover the claims with worked examples', () => {
  expect([...new Set(examples.map(({ claim }) => claim))]).toEqual(['C1', 'C2', 'C11', 'C12', 'C13', 'C17', 'C18', 'C19']);
});

it.each([
  ['C1', ['agrees', 'agrees']], ['C2', ['agrees', 'agrees']], ['C11', ['about', 'about', 'about']], ['C12', ['about', 'about', 'about']],
  ['C13', ['differs']], ['C17', ['differs', 'differs']], ['C18', ['differs', 'differs', 'differs', 'differs']],
  ['C19', ['differs', 'differs', 'differs', 'agrees']],
])('%s: %j', (claim, verdicts) => {
  expect(of(claim).map(judgeExample)).toEqual(verdicts);
});

it('C19 has figures, formulas and exact counts as worked out by hand', () => {
  expect(of('C19').map(({ figure, byFormula, exact }) => [figure, byFormula, exact])).toEqual([
    [2_100_352, 2_099_200, 2_101_248],
    [1_574_400, 1_574_400, 1_575_936],
    [57_084_928, 57_084_928, 44_514_304],
    [25_600_000, 25_600_000, 25_600_000],
  ]);
});

it('whatever does not simply agree says why', () => {
  expect(examples.filter((example) => judgeExample(example) !== 'agrees' && example.why === '')).toEqual([]);
});
