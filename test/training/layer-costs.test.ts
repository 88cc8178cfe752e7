import { expect, it } from 'vitest';
import { experimentSchema } from '../../src/experiment-schema.ts';
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
