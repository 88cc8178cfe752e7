import { expect, it } from 'vitest';
import { describeMajority, describeResolution } from '../../src/measure/accuracy.ts';

it.each([
  [190, 200, 'always answering positive gives 95.00 %'],
  [10, 200, 'always answering negative gives 95.00 %'],
  [11, 20, 'always answering positive gives 55.00 %'],
  [100, 200, null],
  [0, 0, null],
])('the majority of %i positive among %i', (positive, reviews, described) => {
  expect(describeMajority({ positive, reviews })).toBe(described);
});

it.each([
  [25_000, null], [1000, null],
  [40, 'only 40 test reviews: chance alone moves an accuracy by up to ±15.5 points (95 %)'],
  [1, 'only 1 test review: chance alone moves an accuracy by up to ±98.0 points (95 %)'],
])('%i test reviews', (reviews, described) => {
  expect(describeResolution(reviews)).toBe(described);
});
