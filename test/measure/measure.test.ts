import { expect, it } from 'vitest';

import { describeMajority, describeResolution } from '../../src/measure/statistics.ts';
import { readPeakRssBytes, readRssBytes } from '../../src/measure/memory.ts';
import { takeTurns } from '../../src/measure/clock.ts';

it.each([
  [190, 200, 'always answering positive gives 95.00 %'],
  [10, 200, 'always answering negative gives 95.00 %'],
  [11, 20, 'always answering positive gives 55.00 %'],
  [100, 200, null],
  [0, 0, null],
])('the majority of %i positive among %i', (positive, reviews, described) => {
  expect(describeMajority([reviews - positive, positive], ['negative', 'positive'])).toBe(described);
});

it('the majority of three classes is told from a tenth above their even share on', () => {
  expect(describeMajority([30, 36, 34], ['a', 'b', 'c'])).toBeNull();
  expect(describeMajority([30, 37, 33], ['a', 'b', 'c'])).toBe('always answering b gives 37.00 %');
});

it.each([
  [25_000, null], [1000, null],
  [40, 'only 40 test reviews: chance alone moves an accuracy by up to ±15.5 points (95 %)'],
  [1, 'only 1 test review: chance alone moves an accuracy by up to ±98.0 points (95 %)'],
])('%i test reviews', (reviews, described) => {
  expect(describeResolution(reviews)).toBe(described);
});

const MEBIBYTE = 2 ** 20;

it('the peak keeps what has been given back', () => {
  const before = readPeakRssBytes();
  const size = before - readRssBytes() + 64 * MEBIBYTE;
  let block: Uint8Array | null = new Uint8Array(size).fill(1);
  expect(block[size - 1]).toBe(1);
  const peak = readPeakRssBytes();
  block = null;
  expect(peak).toBeGreaterThan(before + 32 * MEBIBYTE);
  expect(peak).toBeLessThan(before + 512 * MEBIBYTE);
  expect(readPeakRssBytes()).toBeGreaterThanOrEqual(peak);
});

it('is in bytes, and never below the resident set of the moment', () => {
  expect(readRssBytes()).toBeGreaterThan(20 * MEBIBYTE);
  expect(readPeakRssBytes()).toBeGreaterThanOrEqual(readRssBytes() - MEBIBYTE);
});

it('everyone is measured in each turn, another one first each time, a slow one less often', async () => {
  const order: string[] = [];
  const times = await takeTurns(['a', 'b', 'c'], 3, (one, turn) => order.push(`${one}${turn}`), (one) => (one === 'c' ? 1 : 3));
  expect(order).toEqual(['a0', 'b0', 'c0', 'b1', 'a1', 'a2', 'b2']);
  expect(Object.fromEntries(times)).toEqual({ a: [1, 5, 6], b: [2, 4, 7], c: [3] });
});
