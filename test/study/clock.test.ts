import { describe, expect, it } from 'vitest';

import { createStudyClock } from '../../src/study/clock.ts';
import { computeMakespan } from '../../src/study/makespan.ts';

const gru = { name: 'gru', epochs: 4, work: 3 }, lstm = { name: 'lstm', epochs: 2, work: 4 };

function makeClock(jobs = 1) {
  let seconds = 0;
  const clock = createStudyClock(jobs, () => seconds);
  return { clock, pass: (passed: number) => { seconds += passed; } };
}

it('knows nothing before the second step, then goes by the share of the first epoch, without the time to start', () => {
  const { clock, pass } = makeClock();
  const { note } = clock.begin(gru, null);
  expect(clock.secondsLeft([lstm])).toBeNaN();
  pass(100);
  note(0, 0.25);
  expect(clock.secondsLeft([lstm])).toBeNaN();
  pass(3);
  note(0, 0.5);
  expect(clock.secondsLeft([])).toBe(3.5 * 12);
  expect(clock.secondsLeft([lstm])).toBe(3.5 * 12 + 2 * 16);
  expect(clock.secondsLeft([{ name: 'nb-svm', epochs: 1, work: 0 }])).toBe(3.5 * 12);
});

it('takes runs of one config to last as long as those before, and others by their work at the mean rate', () => {
  const { clock, pass } = makeClock();
  const first = clock.begin(gru, null);
  for (const epoch of [0, 1, 2, 3, 4]) { pass(10); first.note(epoch, 0); }
  first.end();
  const { note } = clock.begin(lstm, null);
  note(0, 0);
  expect(clock.secondsLeft([gru])).toBeCloseTo(2 * 10 * 4 / 3 + 4 * 10, 9);
  pass(30);
  note(1, 0);
  expect(clock.secondsLeft([gru, lstm])).toBe(30 + 40 + 60);
  expect(clock.secondsLeft([{ name: 'rnn', epochs: 1, work: 1 }])).toBeCloseTo(30 + (10 / 3 + 30 / 4) / 2, 9);
});

it('does not count the first epoch of a run that goes on, which began before', () => {
  const { clock, pass } = makeClock();
  const { note } = clock.begin(gru, 2);
  pass(1);
  note(3, 0);
  expect(clock.secondsLeft([])).toBeNaN();
  pass(10);
  note(4, 0);
  expect(clock.secondsLeft([gru])).toBe(40);
});

describe('of runs side by side', () => {
  it('each has its own time, and a later one begins as soon as one ends', () => {
    const { clock, pass } = makeClock(2);
    const first = clock.begin(gru, null), second = clock.begin(lstm, null);
    first.note(0, 0);
    second.note(0, 0);
    pass(10);
    first.note(1, 0); // 30 to go
    second.note(0, 0.5); // 30 to go, an epoch 20
    expect(clock.secondsLeft([])).toBe(30);
    expect(clock.secondsLeft([lstm])).toBe(30 + 40);
    expect(clock.secondsLeft([lstm, lstm])).toBe(30 + 40);
    second.end();
    expect(clock.secondsLeft([lstm, lstm])).toBeCloseTo(2 * 2 * 10 * 4 / 3, 9);
  });

  it.each([
    [[], [], 2, 0], [[5], [], 2, 5], [[5], [1, 1, 1], 2, 5], [[], [3, 2, 2], 2, 4], [[], [3, 2, 2], 1, 7], [[], [3, 2, 2], 9, 3],
    [[4, 1], [Number.NaN], 2, Number.NaN],
  ])('%j under way and %j to come take, with %d jobs, %d', (running, waiting, jobs, seconds) => {
    expect(computeMakespan(running, waiting, jobs)).toBe(seconds);
  });
});
