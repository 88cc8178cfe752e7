import { expect, it } from 'vitest';
import { computeWorkedExamples, judgeExample } from '../../src/articles/worked-examples.ts';

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
    [2_100_352, 2_099_200, 2_101_248], [1_574_400, 1_574_400, 1_575_936], [57_084_928, 57_084_928, 44_514_304], [25_600_000, 25_600_000, 25_600_000],
  ]);
});

it('whatever does not simply agree says why', () => {
  expect(examples.filter((example) => judgeExample(example) !== 'agrees' && example.why === '')).toEqual([]);
});
