import { expect, it } from 'vitest';

import { createStudyClock } from '../../src/study/progress.ts';

const gru = { name: 'gru', epochs: 4, work: 3 }, lstm = { name: 'lstm', epochs: 2, work: 4 };

function makeClock() {
  let seconds = 0;
  const clock = createStudyClock(() => seconds);
  return { clock, pass: (passed: number) => { seconds += passed; } };
}

it('knows nothing before the second step, then goes by the share of the first epoch, without the time to start', () => {
  const { clock, pass } = makeClock();
  clock.begin(gru, null);
  expect(clock.secondsLeft([lstm])).toBeNaN();
  pass(100);
  clock.note(0, 0.25);
  expect(clock.secondsLeft([lstm])).toBeNaN();
  pass(3);
  clock.note(0, 0.5);
  expect(clock.secondsLeft([])).toBe(3.5 * 12);
  expect(clock.secondsLeft([lstm])).toBe(3.5 * 12 + 2 * 16);
  expect(clock.secondsLeft([{ name: 'nb-svm', epochs: 1, work: 0 }])).toBe(3.5 * 12);
});

it('takes runs of one config to last as long as those before, and others by their work at the mean rate', () => {
  const { clock, pass } = makeClock();
  clock.begin(gru, null);
  for (const epoch of [0, 1, 2, 3, 4]) { pass(10); clock.note(epoch, 0); }
  clock.begin(lstm, null);
  clock.note(0, 0);
  expect(clock.secondsLeft([gru])).toBeCloseTo(2 * 10 * 4 / 3 + 4 * 10, 9);
  pass(30);
  clock.note(1, 0);
  expect(clock.secondsLeft([gru, lstm])).toBe(30 + 40 + 60);
  expect(clock.secondsLeft([{ name: 'rnn', epochs: 1, work: 1 }])).toBeCloseTo(30 + (10 / 3 + 30 / 4) / 2, 9);
});

it('does not count the first epoch of a run that goes on, which began before', () => {
  const { clock, pass } = makeClock();
  clock.begin(gru, 2);
  pass(1);
  clock.note(3, 0);
  expect(clock.secondsLeft([])).toBeNaN();
  pass(10);
  clock.note(4, 0);
  expect(clock.secondsLeft([gru])).toBe(40);
});
