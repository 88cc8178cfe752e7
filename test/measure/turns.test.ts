import { expect, it } from 'vitest';
import { takeTurns } from '../../src/measure/clock.ts';

it('every player is measured in each turn, another one first each time, a slow one less often', async () => {
  const order: string[] = [];
  const times = await takeTurns(['a', 'b', 'c'], 3, (player, turn) => order.push(`${player}${turn}`), (player) => (player === 'c' ? 1 : 3));
  expect(order).toEqual(['a0', 'b0', 'c0', 'b1', 'a1', 'a2', 'b2']);
  expect(Object.fromEntries(times)).toEqual({ a: [1, 5, 6], b: [2, 4, 7], c: [3] });
});
