import { constants } from 'node:os';
import { afterEach, beforeEach, expect, it, vi, describe } from 'vitest';

import { catchStopSignals, isStopCode, describeRemaining, describeRest } from '../../src/study/stop-signals.ts';
import type { StopSignals } from '../../src/study/stop-signals.ts';
import { LISTENING } from '../../src/study/process.ts';
import { experimentSchemas, experimentSchema } from '../../src/experiment-schema.ts';

const stream = vi.hoisted(() => ({ isTerminal: true }));
vi.mock('../../src/has-terminal.js', () => ({ hasTerminal: () => stream.isTerminal }));

let signals: StopSignals;
const exit = vi.spyOn(process, 'exit').mockImplementation(() => undefined as never);
const onFirst = vi.fn();

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] });
  signals = catchStopSignals(onFirst);
});
afterEach(() => {
  signals.release();
  vi.useRealTimers();
  vi.clearAllMocks();
});

it.each([
  ['SIGHUP', 129], ['SIGINT', 130], ['SIGTERM', 143],
  ...(['SIGUSR1', 'SIGUSR2', 'SIGXCPU'] as const).map((signal) => [signal, 128 + constants.signals[signal]] as const),
] as const)('the first %s asks for a clean end', (signal, code) => {
  expect([signals.isStopRequested(), signals.exitCode()]).toEqual([false, null]);
  process.emit(signal, signal);
  expect([signals.isStopRequested(), signals.exitCode()]).toEqual([true, code]);
  expect(onFirst).toHaveBeenCalledOnce();
  expect(exit).not.toHaveBeenCalled();
  expect(isStopCode(code)).toBe(true);
});

it('one Ctrl-C that arrives twice, from the terminal and through npm, counts once', () => {
  process.emit('SIGINT', 'SIGINT');
  vi.advanceTimersByTime(3);
  process.emit('SIGINT', 'SIGINT');
  expect(onFirst).toHaveBeenCalledOnce();
  expect(exit).not.toHaveBeenCalled();
});

it.each([['the same, a second later', 'SIGINT', 1000, 130], ['another one, at once', 'SIGTERM', 0, 143]] as const)(
  'a second signal ends the process at once: %s', (_which, signal, afterMs, code) => {
    process.emit('SIGINT', 'SIGINT');
    vi.advanceTimersByTime(afterMs);
    process.emit(signal, signal);
    expect(exit).toHaveBeenCalledExactlyOnceWith(code);
  },
);

it('the warnings that processor time runs out, one a second, count once', () => {
  for (let second = 0; second < 5; second++) {
    process.emit('SIGXCPU', 'SIGXCPU');
    vi.advanceTimersByTime(1000);
  }
  expect(signals.isStopRequested()).toBe(true);
  expect(exit).not.toHaveBeenCalled();
});

it('without a terminal a hangup is not caught, so that nohup holds', () => {
  signals.release();
  stream.isTerminal = false;
  signals = catchStopSignals(onFirst);
  expect([process.listenerCount('SIGHUP'), process.listenerCount('SIGTERM')]).toEqual([0, 1]);
  stream.isTerminal = true;
});

it('a parent that listened and is gone asks for a clean end too', () => {
  const { connected } = process, send: unknown = Reflect.get(process, 'send');
  vi.stubEnv(LISTENING, '1');
  Object.assign(process, { send: () => true, connected: true });
  const before = signals.isStopRequested();
  Object.assign(process, { connected: false });
  const after = signals.isStopRequested();
  Object.assign(process, { send, connected });
  vi.unstubAllEnvs();
  expect([before, after, signals.exitCode()]).toEqual([false, true, null]);
});

it('the signals are Node\'s own again once they are released', () => {
  signals.release();
  expect(
    (['SIGHUP', 'SIGINT', 'SIGTERM', 'SIGUSR1', 'SIGUSR2', 'SIGXCPU'] as const).map((signal) => process.listenerCount(signal)),
  ).toEqual([0, 0, 0, 0, 0, 0]);
  expect(isStopCode(0)).toBe(false);
});

const gru = experimentSchema.parse({});
const folder = { name: 'gru-1', path: 'experiments/gru-1' };
const plain = { threads: undefined, engine: 'auto' };

describe('the last line of what was interrupted says what to type', () => {
  it.each([
    [describeRest(folder, gru, plain), 'Stopped. To go on: gatelab train --resume experiments/gru-1'],
    [describeRest(folder, gru, { threads: 1, engine: 'portable' }), 'Stopped. To go on: gatelab train --resume experiments/gru-1 '
      + '--threads 1 --engine portable'],
    [describeRest({ name: 'a', path: "my runs/it's" }, gru, plain), "Stopped. To go on: gatelab train --resume 'my runs/it'\\''s'"],
    [describeRest({ name: 'a', path: 'a\u001b[2J' }, gru, plain), "Stopped. To go on: gatelab train --resume 'a\\u001b[2J'"],
    [describeRest(folder, experimentSchemas['bag-of-words'].parse({}), plain), 'Stopped. To start it again: gatelab train --resume '
      + 'experiments/gru-1'],
    [describeRemaining([{ status: 'completed' }, { status: 'interrupted' }, { status: 'not begun' }], 'gatelab compare'), 'Stopped with '
      + '1 of 3 runs complete. To go on: gatelab compare'],
    [describeRemaining([{ status: 'failed' }], 'gatelab compare --seeds 1'), 'Stopped with 0 of 1 runs complete. To go on: gatelab '
      + 'compare --seeds 1'],
  ])('%s', (line, expected) => {
    expect(line).toBe(expected);
  });
});
