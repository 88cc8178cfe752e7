import type { Engine } from '../engine/load.ts';
import { isEngineMissing } from '../engine/setup.ts';
import { isNeural } from '../experiment-schema.ts';
import type { AnyConfig } from '../experiment-schema.ts';
import { readRssBytes } from '../measure/memory.ts';
import type { Screen } from '../terminal/screen.ts';
import { startEngine } from './start-engine.ts';
import { trainLinearInFolder } from './train-linear.ts';
import { trainInFolder } from './train-run.ts';
import type { LoadedData, Run, RunOptions } from './train-run.ts';

/** What is ready to be trained. */
export interface PreparedTraining<Data extends LoadedData> {
  readonly data: Data;
  /** Trains into a folder. @returns the exit status */
  readonly start: (run: Omit<Run, 'config' | 'engine'>) => Promise<number>;
}

/**
 * Reads the reviews, and starts the engine where the model needs one, before there is a folder. What the process holds with the
 * engine started and the reviews not yet read is what a run's memory is counted above.
 * @throws UserError when either cannot be had
 */
export async function prepareTraining<Data extends LoadedData>(
  config: AnyConfig, options: RunOptions, screen: Screen, loadData: () => Promise<Data>,
): Promise<PreparedTraining<Data>> {
  if (!isNeural(config)) {
    const baselineRssBytes = readRssBytes();
    return { data: await loadData(), start: (run) => trainLinearInFolder({ ...run, config, baselineRssBytes }, options, screen) };
  }
  const { data, engine } = await startBoth(options, screen, loadData);
  return { data, start: (run) => trainInFolder({ ...run, config, engine }, options, screen) };
}

/**
 * The engine first; but where it has yet to be fetched and built, the reviews, so that nobody waits minutes to hear that a file cannot
 * be read. The engine's own memory is then the growth while it starts: no reviews are counted into it.
 */
async function startBoth<Data>(options: RunOptions, screen: Screen, loadData: () => Promise<Data>): Promise<{ data: Data; engine: Engine }> {
  if (options.engine === 'portable' || !isEngineMissing()) {
    const engine = await startEngine(options, screen);
    return { engine, data: await loadData() };
  }
  const before = readRssBytes();
  const data = await loadData();
  const withData = readRssBytes();
  const engine = await startEngine(options, screen);
  return { data, engine: { ...engine, baselineRssBytes: before + Math.max(0, engine.baselineRssBytes - withData) } };
}
