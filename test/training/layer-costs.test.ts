import { expect, it } from 'vitest';
import { experimentSchema, neuralSchema } from '../../src/experiment-schema.ts';
import { computeLayerCosts, sumCosts } from '../../src/training/layer-costs.ts';

const shape = { rows: 64, tokens: 64 * 300, distinctTokens: 64 * 300 };
const costs = (model: object) => computeLayerCosts(experimentSchema.parse({ model }), 20_000, shape);

it('go through the model layer by layer, both directions together', () => {
  const layers = costs({ cell: 'lstm', bidirectional: true });
  expect(layers.map(({ name }) => name)).toEqual(['embedding', 'BiLSTM layer 1', 'BiLSTM layer 2', 'head and loss']);
  expect(layers.map(({ parameters }) => parameters.exact)).toEqual([5_120_000, 2 * 197_632, 2 * 197_632, 514]);
  expect(layers.map(({ parameters }) => parameters.articles)).toEqual([5_120_000, 2 * 197_120, 2 * 197_120, null]);
});

it('sum to the parameters of the built model', () => {
  expect(sumCosts(costs({ cell: 'gru' })).parameters.exact).toBe(5_367_554);
});

it('have the articles\' multiply-adds where no token is shared, and three passes a training step where they have two', () => {
  const [, layer] = costs({ cell: 'gru' });
  expect(layer?.forwardMultiplyAdds).toEqual({ articles: 19_200 * 3 * (256 + 128) * 128, exact: 19_200 * 3 * (256 + 128) * 128 });
  expect(layer?.trainingMultiplyAdds).toEqual({ articles: 2 * 19_200 * 147_456, exact: 3 * 19_200 * 147_456 });
});

it('C8, C14: at the articles\' shape an LSTM keeps more than a GRU, and a GRU more than an RNN, by formula and in truth', () => {
  const kept = (['lstm', 'gru', 'rnn'] as const).map((cell) => sumCosts(costs({ cell })).keptBytes);
  for (const by of ['articles', 'exact'] as const) {
    const [lstm = 0, gru = 0, rnn = 0] = kept.map((cost) => cost[by] ?? 0);
    expect(lstm).toBeGreaterThan(gru);
    expect(gru).toBeGreaterThan(rnn);
  }
  const [, layer] = costs({ cell: 'gru' });
  expect(layer?.keptBytes.articles).toBe(4 * 19_200 * (256 + 3 * 128));
});

it('of a Transformer have the articles\' count of parameters, and exact products of each token and of each pair of tokens in a row', () => {
  const config = neuralSchema.parse({ model: { type: 'transformer', embeddingSize: 256, heads: 4, feedForwardSize: 1024, layers: 2 } });
  const layers = computeLayerCosts(config, 20_000, shape);
  expect(layers.map(({ name }) => name)).toEqual(
    ['embedding', 'positions', 'Transformer layer 1', 'Transformer layer 2', 'final norm', 'head and loss']);
  const [, , layer] = layers;
  expect(layer?.parameters).toEqual({ articles: 4 * 256 ** 2 + 4 * 256 * 1024 + 1024 + 5 * 256, exact: 789_760 }); // torch.nn's
  expect(layer?.forwardMultiplyAdds).toEqual({
    articles: null, exact: 19_200 * (4 * 256 ** 2 + 2 * 256 * 1024) + 64 * 2 * 300 ** 2 * 256,
  });
  expect(sumCosts(layers).forwardMultiplyAdds.articles).toBeNull();
});
