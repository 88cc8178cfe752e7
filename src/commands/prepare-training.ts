import { isRecurrent } from '../config/model-types.ts';
import type { AnyConfig } from '../config/model-types.ts';
import { readRssBytes } from '../measure/memory.ts';
import type { Screen } from '../terminal/screen.ts';
import { startEngine } from './start-engine.ts';
import { trainLinearInFolder } from './train-linear.ts';
import { trainInFolder } from './train-run.ts';
import type { Run, RunOptions } from './train-run.ts';

/** Trains into a folder. @returns the exit status */
export type StartTraining = (run: Omit<Run, 'config' | 'engine'>) => Promise<number>;

/**
 * Starts the engine where the model needs one, before there is a folder, and before the reviews are read: what the process holds
 * then is what a run's memory is counted above.
 * @throws UserError when it cannot be had
 */
export async function prepareTraining(config: AnyConfig, options: RunOptions, screen: Screen): Promise<StartTraining> {
  if (!isRecurrent(config)) {
    const baselineRssBytes = readRssBytes();
    return (run) => trainLinearInFolder({ ...run, config, baselineRssBytes }, options, screen);
  }
  const engine = await startEngine(options, screen);
  return (run) => trainInFolder({ ...run, config, engine }, options, screen);
}
