import { expect, it } from 'vitest';
import { judgeScores } from '../../../src/training/linear/loss.ts';

it('takes an even score for the label 0, as predictions of the same probability are taken', () => {
  const even = Float64Array.of(0, -0, 1e-30);
  expect(judgeScores(even, Uint8Array.of(0, 0, 0))).toEqual({ lossSum: expect.closeTo(3 * Math.LN2, 12) as number, correct: 3, examples: 3 });
  expect(judgeScores(even, Uint8Array.of(1, 1, 1)).correct).toBe(0);
  expect(judgeScores(Float64Array.of(0.1, -0.1), Uint8Array.of(1, 0)).correct).toBe(2);
});
