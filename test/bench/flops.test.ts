import { expect, it } from 'vitest';
import { matMulFlops, recurrentFlops } from '../../src/bench/measure-model.ts';
import { articlesModel } from '../../src/bench/settings.ts';

it('counts the products in the recurrent kernels of the articles’ models', () => {
  const tokens = 64 * 300;
  expect(recurrentFlops(articlesModel('lstm'), tokens)).toEqual({ forward: 3 * 2 * tokens * 512 * 128, backward: 6 * 2 * tokens * 512 * 128 });
  const forward = (...model: Parameters<typeof articlesModel>): number => recurrentFlops(articlesModel(...model), tokens).forward;
  expect(forward('lstm', true)).toBe(2 * 4 * 2 * tokens * 512 * 128); // the second layer reads both directions of the first
  expect(forward('gru')).toBe(0.75 * forward('lstm'));
  expect(forward('rnn')).toBe(0.25 * forward('lstm'));
  expect(matMulFlops(2048)).toBe(17_179_869_184);
});
