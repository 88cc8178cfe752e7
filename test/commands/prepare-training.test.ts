import { afterEach, expect, it, vi } from 'vitest';
import { prepareTraining } from '../../src/commands/prepare-training.ts';
import type { LoadedData, RunOptions } from '../../src/commands/train-run.ts';
import { experimentSchema } from '../../src/experiment-schema.ts';
import type { Engine } from '../../src/engine/load.ts';
import { isEngineMissing } from '../../src/engine/setup.ts';
import { readRssBytes } from '../../src/measure/memory.ts';
import { createScreen } from '../../src/terminal/screen.ts';

const MIB = 2 ** 20;
const REVIEWS = 300 * MIB;
const order: string[] = [];

vi.mock('../../src/engine/setup.ts');
vi.mock('../../src/commands/start-engine.ts', () => ({
  startEngine: (): Promise<Partial<Engine>> => {
    order.push('engine');
    return Promise.resolve({ baselineRssBytes: readRssBytes() });
  },
}));
afterEach(() => { order.length = 0; });

const options: RunOptions = { data: undefined, threads: undefined, engine: 'auto', quiet: true };

/** Reviews that take memory, all of it written to. */
function loadData(): Promise<LoadedData & { bytes: Buffer }> {
  order.push('reviews');
  return Promise.resolve({ bytes: Buffer.alloc(REVIEWS, 1) } as unknown as LoadedData & { bytes: Buffer });
}

it.each([
  [false, 'auto', ['engine', 'reviews']], [true, 'portable', ['engine', 'reviews']], [true, 'auto', ['reviews', 'engine']],
] as const)('an engine that is missing (%s, --engine %s) is built after the reviews are read, and no review counts into its '
  + 'memory', async (missing, engine, expected) => {
  vi.mocked(isEngineMissing).mockReturnValue(missing);
  const before = readRssBytes();
  const { data, engine: started } = await prepareTraining(experimentSchema.parse({}), { ...options, engine }, createScreen(true), loadData);
  expect(order).toEqual(expected);
  expect(started.baselineRssBytes - before).toBeLessThan(REVIEWS / 2);
  expect(data.bytes.length).toBe(REVIEWS);
});
