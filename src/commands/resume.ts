import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { loadConfig } from '../experiment-config.ts';
import { displayPath, kindOf } from '../files/paths.ts';
import { isDefaultData, corpusOptionsOf, openCorpus } from '../data/open-corpus.ts';
import type { CorpusSource } from '../data/review.ts';
import { capabilitiesOf, isNeural } from '../experiment-schema.ts';
import type { AnyConfig } from '../experiment-schema.ts';
import { UsageError, UserError } from '../errors.ts';
import type { Checkpoint } from '../experiment/checkpoint.ts';
import { loadCheckpoint } from '../experiment/checkpoint-store.ts';
import { checkContinues, checkSameData, isFinished, loadStoredRun, mayGrow } from '../experiment/continuation.ts';
import type { StoredRun } from '../experiment/continuation.ts';
import { EXPERIMENTS_FOLDER, findExperimentFolder, withExperimentLock } from '../experiment/folder.ts';
import type { ExperimentFolder } from '../experiment/folder.ts';
import { withSource } from '../experiment/load.ts';
import { shortenPath } from '../files/standing-folder.js';
import type { Screen } from '../terminal/screen.ts';
import { prepareTraining } from './prepare-training.ts';
import { countReviews, loadDataset, trainInFolder } from './train-run.ts';
import type { LoadedData, TrainOptions } from './train-run.ts';

type StartRun = (options: TrainOptions, screen: Screen, existing: ExperimentFolder) => Promise<number>;

/**
 * Goes on with a run from its newest whole checkpoint.
 * @param start begins a run in a folder that was left before anything was written into it
 */
export async function resumeRun(options: TrainOptions, path: string, screen: Screen, start: StartRun): Promise<number> {
  const folder = findFolder(options, path);
  if (loadStoredRun(folder) === null) checkUnbegun(folder, options); // a folder of something else is not ours to lock
  return withExperimentLock(folder, screen.onWarning, async () => {
    const stored = loadStoredRun(folder);
    if (stored !== null) return continueRun(options, folder, stored, screen);
    checkUnbegun(folder, options);
    screen.print(`${displayPath(folder.path)} was stopped before it began; starting it`);
    return start(options, screen, folder);
  });
}

/** A run may begin in a folder that one left empty, and in no other. */
function checkUnbegun({ path }: ExperimentFolder, { config }: TrainOptions): void {
  const shown = displayPath(path);
  const known = /^(lock(\..*)?|config\.yaml|.*\.tmp)$/;
  if (readdirSync(path).some((name) => !known.test(name)))
    throw new UserError(
      `--resume: ${shown} has no config.yaml or no environment.json; name a folder that a run made, for example experiments/gru-1`,
    );
  if (config === undefined) throw new UserError(`--resume: ${shown} was stopped before it began; name its --config too`);
}

function findFolder({ name, config, set }: TrainOptions, path: string): ExperimentFolder {
  if (path !== '' && name !== undefined) throw new UsageError('--resume takes a folder or --name, not both');
  if (path !== '') return findExperimentFolder(EXPERIMENTS_FOLDER, { path });
  if (name !== undefined) return findExperimentFolder(EXPERIMENTS_FOLDER, { name });
  if (config === undefined) throw new UsageError('--resume needs a folder, for example --resume experiments/gru-1, or --name, or --config');
  return findExperimentFolder(EXPERIMENTS_FOLDER, { configName: loadConfig(config, { set }).name });
}

async function continueRun(options: TrainOptions, folder: ExperimentFolder, stored: StoredRun, screen: Screen): Promise<number> {
  const { path: configPath, config: asked } = loadConfig(options.config ?? join(folder.path, 'config.yaml'), { set: options.set });
  const config = withSource(asked, stored.environment.dataset);
  checkContinues(folder, stored.config, config);
  if (isFinished(stored, config)) {
    screen.print(`${displayPath(folder.path)} is finished${describeEnd(config, stored.summary)}`);
    if (options.quiet) process.stdout.write(`${shortenPath(folder.path)}\n`);
    return 0;
  }
  const opened = await openCorpus({
    ...screen,
    ...corpusOptionsOf(config.data),
    dataPath: options.data ?? findStoredData(folder, stored),
    allowSampleFallback: false,
  });
  const { data, engine } = await prepareTraining(config, options, screen, () => loadSameData(folder, stored, config, opened, screen));
  screen.print(describeStart(folder, config, data.resumed));
  return trainInFolder({ ...data, engine, config, folder, configPath, stored }, options, screen);
}

/** The reviews and the checkpoint they go with. @throws UserError when they are not those that the run began with */
async function loadSameData(
  folder: ExperimentFolder, stored: StoredRun, config: AnyConfig, opened: CorpusSource, screen: Screen,
): Promise<LoadedData & { readonly resumed: Checkpoint | null }> {
  const data = await loadDataset(opened, config, screen);
  const resumed = loadCheckpoint(folder, 'last', screen.onWarning);
  const { reviews, dataset } = data;
  checkSameData(folder, stored.environment, resumed, { reviews, words: dataset.vocabulary.words, counts: countReviews(dataset) });
  // Its config.yaml may have been edited since the checkpoint was written.
  if (resumed !== null) checkContinues(folder, withSource(resumed.state.config, stored.environment.dataset), config);
  return { ...data, resumed };
}

function describeEnd(config: AnyConfig, summary: StoredRun['summary']): string {
  if (!isNeural(config)) return '';
  if (summary?.stopped !== undefined) return ` after ${summary.epochs} of ${config.training.epochs} epochs: ${summary.stopped}`;
  const { epochs } = config.training;
  if (!mayGrow(config)) return `: ${epochs} of ${epochs} epochs, a number that what it computed depends on`;
  return `: ${epochs} of ${epochs} epochs. To train on, raise them: --set training.epochs=…`;
}

/**
 * Where the run read its reviews, a relative path from where the command is started. IMDB in its usual place is found or fetched as
 * by a new run.
 * @throws UserError when nothing is there any more
 */
export function findStoredData({ path }: ExperimentFolder, { environment: { dataset } }: StoredRun): string | undefined {
  const { kind, location, synthetic } = dataset;
  if (synthetic || (kind === 'imdb' && isDefaultData(location))) return undefined;
  if (kindOf(location) !== 'missing') return location;
  throw new UserError(
    `${displayPath(path)} was trained on the reviews in ${displayPath(location)}, which no longer exist; if they have moved, name their `
      + `new place: --data NEW_PATH`,
  );
}

function describeStart(folder: ExperimentFolder, config: AnyConfig, resumed: Checkpoint | null): string {
  const shown = displayPath(folder.path);
  if (!capabilitiesOf(config).keepsCheckpoints)
    return `${shown} has no state to go on from, since a linear model trains in a minute; starting from the beginning`;
  if (resumed === null) return `${shown} has no checkpoint yet; starting from the beginning`;
  const { epoch, step } = resumed.state.position;
  const count = (number: number, unit: string): string => `${number} ${unit}${number === 1 ? '' : 's'}`;
  return `${shown} goes on after ${count(epoch - 1, 'epoch')}${step === 0 ? '' : ` and ${count(step, 'step')}`}`;
}
