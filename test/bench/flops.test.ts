import { expect, it } from 'vitest';
import { matMulFlops, recurrentFlops } from '../../src/bench/flops.ts';
import { documentsModel } from '../../src/bench/settings.ts';

it('counts the recurrent products of the documents’ models', () => {
  const tokens = 64 * 300;
  expect(recurrentFlops(documentsModel('lstm'), tokens)).toEqual({ forward: 5_033_164_800, backward: 10_066_329_600 });
  const forward = (...model: Parameters<typeof documentsModel>): number => recurrentFlops(documentsModel(...model), tokens).forward;
  expect(forward('lstm', true)).toBe(2 * forward('lstm'));
  expect(forward('gru')).toBe(0.75 * forward('lstm'));
  expect(forward('rnn')).toBe(0.25 * forward('lstm'));
  expect(matMulFlops(2048)).toBe(17_179_869_184);
});
