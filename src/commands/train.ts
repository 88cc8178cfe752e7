import { loadConfig } from '../experiment-config.ts';
import { UsageError } from '../errors.ts';
import { checkName, createExperimentFolder, EXPERIMENTS_FOLDER, withExperimentLock } from '../experiment/folder.ts';
import type { ExperimentFolder } from '../experiment/folder.ts';
import { createScreen } from '../terminal/screen.ts';
import type { Screen } from '../terminal/screen.ts';
import { resumeRun } from './resume.ts';
import { openForTraining, prepareTraining } from './prepare-training.ts';
import { loadDataset, trainInFolder } from './train-run.ts';
import type { TrainOptions } from './train-run.ts';

/** @returns the exit status: 0, 1 for a run that diverged, that of catchStopSignals for one that was interrupted. */
export async function trainOnce(options: TrainOptions): Promise<number> {
  const screen = createScreen(options.quiet);
  return options.resume === undefined ? startRun(options, screen) : resumeRun(options, options.resume, screen, startRun);
}

/** @param existing a folder that is locked and has no config yet; without it a new one is made */
async function startRun(options: TrainOptions, screen: Screen, existing: ExperimentFolder | null = null): Promise<number> {
  if (options.config === undefined) throw new UsageError('--config is missing: the file to train from, for example --config gru.yaml');
  const { name, path: configPath, config: asked } = loadConfig(options.config, { set: options.set });
  if (options.name !== undefined) checkName(options.name); // and not after minutes of reading
  const { source, config } = await openForTraining(asked, options.data, screen);
  const { data, engine } = await prepareTraining(config, options, screen, () => loadDataset(source, config, screen));
  const train = (folder: ExperimentFolder): Promise<number> =>
    trainInFolder({ ...data, engine, config, folder, configPath, stored: null, resumed: null }, options, screen);
  if (existing !== null) return train(existing);
  const folder = createExperimentFolder(EXPERIMENTS_FOLDER, options.name, name);
  return withExperimentLock(folder, screen.onWarning, () => train(folder));
}

export async function runTrain(options: TrainOptions): Promise<void> {
  process.exitCode = await trainOnce(options);
}
