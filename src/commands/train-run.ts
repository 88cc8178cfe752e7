import type { AnyConfig } from '../config/model-types.ts';
import type { ExperimentConfig } from '../config/schema.ts';
import { createDataset } from '../data/dataset.ts';
import type { Dataset } from '../data/dataset.ts';
import type { CorpusSource } from '../data/review.ts';
import { loadTokenizedCorpus, TOKEN_CACHE_FOLDER } from '../data/token-cache.ts';
import type { Engine } from '../engine/load.ts';
import type { Checkpoint } from '../experiment/checkpoint.ts';
import { createCheckpointStore } from '../experiment/checkpoint-store.ts';
import { describeOtherMachine } from '../experiment/continuation.ts';
import type { StoredRun } from '../experiment/continuation.ts';
import { collectEnvironment, describeUnknownCommit } from '../experiment/environment.ts';
import type { EnvironmentFacts } from '../experiment/environment.ts';
import type { ExperimentFolder } from '../experiment/folder.ts';
import { createLog } from '../experiment/log.ts';
import type { RunOutcome } from '../experiment/recorder.ts';
import type { Environment } from '../experiment/records.ts';
import { runExperiment } from '../experiment/run.ts';
import { createExperimentWriter } from '../experiment/writer.ts';
import type { ExperimentWriter } from '../experiment/writer.ts';
import { countParameters } from '../measure/parameters.ts';
import { classifierSpecs } from '../models/parameters.ts';
import type { DrawnRun } from '../report/curves.ts';
import { shortenPath } from '../standing-folder.js';
import type { Screen } from '../terminal/screen.ts';
import type { TrainingEvent } from '../training/trainer.ts';
import { describeRest } from './go-on.ts';
import { catchStopSignals } from './stop-signals.ts';
import { isListenedTo, tellParent } from './tell-parent.ts';
import { drawTraining, renderDivergence, renderEpoch } from './train-progress.ts';
import { renderHeader, renderSummary } from './train-view.ts';

export interface RunOptions {
  readonly data: string | undefined;
  readonly threads: number | undefined;
  readonly engine: 'auto' | 'native' | 'portable';
  readonly quiet: boolean;
}

/** What every run has, whatever its model. */
export interface RunBase {
  readonly folder: ExperimentFolder;
  readonly configPath: string;
  readonly config: AnyConfig;
  readonly source: CorpusSource;
  readonly dataset: Dataset;
  /** What the folder holds already. */
  readonly stored: StoredRun | null;
}

/** All that a run of a recurrent classifier is made of. */
export interface Run extends RunBase {
  readonly config: ExperimentConfig;
  readonly engine: Engine;
  /** Where the run goes on; null at its beginning. */
  readonly resumed: Checkpoint | null;
}

/** @returns the exit status, as of trainOnce */
export async function trainInFolder(run: Run, options: RunOptions, screen: Screen): Promise<number> {
  const { folder, config, source, dataset, engine, resumed } = run;
  const writer = createExperimentWriter(folder, source);
  const parameters = countParameters(classifierSpecs(config.model, dataset.vocabulary.size));
  screen.print(`${renderHeader({ ...run, parameters }, screen.columns())}\n`);
  const environment = await recordEnvironment(run, describeEngine(engine), writer, screen);
  const signals = catchStopSignals(() => { screen.onWarning('stopping after this step; once more to stop at once'); });
  const outcome = await runExperiment({
    config, dataset, writer, resumed, log: createLog(folder, source), isStopRequested: signals.isStopRequested,
    fingerprint: environment.dataset.fingerprint, store: createCheckpointStore(folder, resumed),
    facts: { dataset: source.kind, synthetic: source.synthetic, baselineRssBytes: engine.baselineRssBytes },
    onEvent: showEvents(screen, config.training.epochs),
  });
  screen.onProgress({ label: 'Drawing curves', done: 0 });
  await writeCurves(writer, outcome, { name: folder.name, config, dataset: environment.dataset, parameters: parameters.total });
  if (outcome.records.length > 0) screen.print(`\n${renderSummary(outcome.summary, screen.columns())}\n`);
  process.stdout.write(`${options.quiet ? '' : 'written to '}${shortenPath(folder.path)}\n`);
  if (outcome.summary.status === 'interrupted') screen.print(describeRest(folder, config, options));
  signals.release();
  return signals.exitCode() ?? (outcome.summary.status === 'diverged' ? 1 : 0);
}

function showEvents({ bar, columns, print, onWarning }: Screen, epochs: number): (event: TrainingEvent) => void {
  const draw = drawTraining(bar, epochs), tell = tellParent();
  return (event) => {
    draw(event);
    tell(event);
    if (event.kind === 'epoch') print(renderEpoch(event.record, epochs, columns()));
    if (event.kind === 'diverged') onWarning(renderDivergence(event));
  };
}

/** The config may have more epochs than before; the environment stays that of the start. */
export async function recordEnvironment(
  { config, source, dataset, stored }: RunBase, engine: EnvironmentFacts['engine'], writer: ExperimentWriter, screen: Screen,
): Promise<Environment> {
  const environment = collectEnvironment({ engine, dataset: { ...await describeSource(source), counts: countReviews(dataset) } });
  const unknownCommit = describeUnknownCommit(environment.git);
  if (unknownCommit !== null && !isListenedTo()) screen.onWarning(unknownCommit); // compare says it once for all its runs
  writer.writeConfig(config);
  if (stored === null) writer.writeEnvironment(environment);
  const other = stored === null ? null : describeOtherMachine(stored.environment, environment);
  if (other !== null) screen.onWarning(other);
  return environment;
}

/** The source's fingerprint is from now on that of the reviews that were read, whatever becomes of the file. */
export async function loadDataset(
  source: CorpusSource, config: AnyConfig, { onProgress, onWarning, bar }: Screen,
): Promise<{ source: CorpusSource; dataset: Dataset }> {
  onProgress({ label: 'Reading reviews', done: 0 });
  const tokenized = await loadTokenizedCorpus(source, TOKEN_CACHE_FOLDER, onProgress, onWarning);
  bar.clear();
  return { source: { ...source, fingerprint: () => Promise.resolve(tokenized.fingerprint) }, dataset: createDataset(tokenized, config.data) };
}

/** Where the synthetic sample stood in for IMDB the config says so, so that it gives the same run again. */
export function withSource<Config extends AnyConfig>(config: Config, { kind }: Pick<CorpusSource, 'kind'>): Config {
  return kind === 'sample' ? { ...config, data: { ...config.data, source: 'sample' } } : config;
}

async function describeSource(source: CorpusSource): Promise<Omit<Environment['dataset'], 'counts'>> {
  return { kind: source.kind, location: source.location, fingerprint: await source.fingerprint(), synthetic: source.synthetic };
}

function countReviews({ train, validation, test }: Dataset): Environment['dataset']['counts'] {
  return { train: train.labels.length, validation: validation.labels.length, test: test.labels.length };
}

function describeEngine({ kind, tfjsVersion, tensorflowVersion, threads }: Engine): EnvironmentFacts['engine'] {
  return { kind, tfjs: tfjsVersion, tensorflow: tensorflowVersion, threads };
}

async function writeCurves(writer: ExperimentWriter, { records }: RunOutcome, run: DrawnRun): Promise<void> {
  if (records.length === 0) return;
  const { renderCurves } = await import('../report/curves.ts'); // Vega takes a second to load: not before it is needed
  writer.writeCurves(await renderCurves(records, run));
}
