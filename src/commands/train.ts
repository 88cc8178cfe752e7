import type { CommandModule } from 'yargs';
import { loadConfig } from '../config/load.ts';
import type { ExperimentConfig } from '../config/schema.ts';
import { createDataset } from '../data/dataset.ts';
import type { Dataset } from '../data/dataset.ts';
import { openCorpus } from '../data/open-corpus.ts';
import type { CorpusSource } from '../data/review.ts';
import { loadTokenizedCorpus, TOKEN_CACHE_FOLDER } from '../data/token-cache.ts';
import type { Engine } from '../engine/load.ts';
import { UsageError } from '../errors.ts';
import { collectEnvironment } from '../experiment/environment.ts';
import { createExperimentFolder, EXPERIMENTS_FOLDER } from '../experiment/folder.ts';
import { createLog } from '../experiment/log.ts';
import type { Environment } from '../experiment/records.ts';
import { runExperiment } from '../experiment/run.ts';
import type { RunOutcome } from '../experiment/run.ts';
import { createExperimentWriter } from '../experiment/writer.ts';
import { countParameters } from '../measure/parameters.ts';
import { classifierSpecs } from '../models/parameters.ts';
import { createScreen } from '../terminal/screen.ts';
import type { Screen } from '../terminal/screen.ts';
import { startEngine } from './start-engine.ts';
import { catchStopSignals } from './stop-signals.ts';
import { drawTraining, renderEpoch, renderHeader, renderSummary } from './train-view.ts';

export interface TrainOptions {
  readonly config: string;
  readonly data: string | undefined;
  readonly set: readonly string[];
  readonly name: string | undefined;
  readonly threads: number | undefined;
  readonly engine: 'auto' | 'native' | 'portable';
  readonly quiet: boolean;
}

/** @returns the exit status: 0, 1 for a run that diverged, 130 or 143 for one that was interrupted. */
export async function trainOnce(options: TrainOptions): Promise<number> {
  const screen = createScreen(options.quiet);
  const { name: configName, path: configPath, config: asked } = loadConfig(options.config, { set: options.set });
  const { source, dataset } = await loadDataset(options, asked, screen);
  const config = withSource(asked, source);
  const engine = await startEngine({ backend: options.engine, ...(options.threads === undefined ? {} : { threads: options.threads }) }, screen);
  const folder = createExperimentFolder(EXPERIMENTS_FOLDER, options.name, configName);
  const writer = createExperimentWriter(folder, source);
  const parameters = countParameters(classifierSpecs(config.model, dataset.vocabulary.size));
  screen.print(`${renderHeader({ configPath, config, source, dataset, parameters, engine })}\n`);
  writer.writeConfig(config);
  writer.writeEnvironment(collectEnvironment(describeEnvironment(engine, dataset, await describeSource(source))));

  const signals = catchStopSignals(() => { screen.onWarning('stopping after this step; once more to stop at once'); });
  const draw = drawTraining(screen.bar, config.training.epochs);
  const outcome = await runExperiment({
    config, dataset, writer, log: createLog(folder, source), isStopRequested: signals.isStopRequested,
    facts: { dataset: source.kind, synthetic: source.synthetic, baselineRssBytes: engine.baselineRssBytes },
    onEvent: (event) => {
      draw(event);
      if (event.kind === 'epoch') screen.print(renderEpoch(event.record, config.training.epochs));
      if (event.kind === 'diverged') screen.onWarning(`epoch ${event.epoch}, step ${event.step}: the loss is ${event.loss} and the gradient's norm ${event.gradientNorm}; lower training.learningRate`);
    },
  });
  screen.bar.clear();
  await writeCurves(writer, outcome, folder.name, source.synthetic);
  screen.print(`\n${renderSummary(outcome.summary)}\n`);
  process.stdout.write(`${options.quiet ? '' : 'written to '}${folder.path}\n`);
  signals.release();
  return signals.exitCode() ?? (outcome.summary.status === 'diverged' ? 1 : 0);
}

async function loadDataset(
  { data }: TrainOptions, config: ExperimentConfig, { onProgress, onWarning, bar }: Screen,
): Promise<{ source: CorpusSource; dataset: Dataset }> {
  const source = await openCorpus({ source: config.data.source, dataPath: data, allowSampleFallback: true, onProgress, onWarning });
  const tokenized = await loadTokenizedCorpus(source, TOKEN_CACHE_FOLDER, onProgress, onWarning);
  bar.clear();
  return { source, dataset: createDataset(tokenized, config.data) };
}

/** Where the synthetic sample stood in for IMDB the config says so, so that it gives the same run again. */
function withSource(config: ExperimentConfig, { kind }: CorpusSource): ExperimentConfig {
  return kind === 'sample' ? { ...config, data: { ...config.data, source: 'sample' } } : config;
}

type SourceFacts = Omit<Environment['dataset'], 'counts'>;

async function describeSource(source: CorpusSource): Promise<SourceFacts> {
  return { kind: source.kind, location: source.location, fingerprint: await source.fingerprint(), synthetic: source.synthetic };
}

function describeEnvironment(engine: Engine, { train, validation, test }: Dataset, source: SourceFacts): Parameters<typeof collectEnvironment>[0] {
  const { kind, tfjsVersion, tensorflowVersion, threads } = engine;
  const counts = { train: train.labels.length, validation: validation.labels.length, test: test.labels.length };
  return { engine: { kind, tfjs: tfjsVersion, tensorflow: tensorflowVersion, threads }, dataset: { ...source, counts } };
}

async function writeCurves(
  writer: ReturnType<typeof createExperimentWriter>, { records }: RunOutcome, name: string, synthetic: boolean,
): Promise<void> {
  if (records.length === 0) return;
  const { renderCurves } = await import('../report/curves.ts'); // Vega takes a second to load: not before it is needed
  writer.writeCurves(await renderCurves(records, synthetic ? `${name} (synthetic data)` : name));
}

const MAX_THREADS = 1024;

function checkThreads(threads: number | undefined): number | undefined {
  if (threads === undefined || (Number.isInteger(threads) && threads >= 1 && threads <= MAX_THREADS)) return threads;
  throw new UsageError(`--threads takes a whole number from 1 to ${MAX_THREADS}`);
}

export const trainCommand: CommandModule<object, TrainOptions> = {
  command: 'train',
  describe: 'Train one model into one experiment folder',
  builder: {
    config: { type: 'string', demandOption: true, requiresArg: true, describe: 'Config file, looked for as given, then in configs/' },
    data: { type: 'string', requiresArg: true, describe: 'aclImdb_v1.tar.gz, its unpacked folder, or a CSV with the columns review,sentiment' },
    set: { type: 'string', array: true, requiresArg: true, default: [], describe: 'Replace a config key, for example training.epochs=2; may be repeated' },
    name: { type: 'string', requiresArg: true, describe: 'Folder under experiments/ (default: the config\'s name and the next number)' },
    threads: { type: 'number', requiresArg: true, coerce: checkThreads, describe: 'Threads of the engine (default: all cores)' },
    engine: { choices: ['auto', 'native', 'portable'], default: 'auto', describe: 'native: TensorFlow; portable: WebAssembly; auto: native where it can be had' },
    quiet: { type: 'boolean', default: false, describe: 'Print nothing but warnings and the experiment folder' },
  },
  handler: async (options) => {
    process.exitCode = await trainOnce(options);
  },
};
