import { isDeepStrictEqual } from 'node:util';
import { capabilitiesOf, countEpochs } from '../experiment-schema.ts';
import type { AnyConfig } from '../experiment-schema.ts';
import { findDataProblem } from '../experiment-config.ts';
import { UserError } from '../errors.ts';
import { createDataset } from '../data/dataset.ts';
import type { Dataset } from '../data/dataset.ts';
import type { EncodedPart } from '../text/encode.ts';
import { countByClass, findDataWarnings, findOddities, renderNotes } from '../data/findings.ts';
import type { CorpusSource } from '../data/review.ts';
import { loadTokenizedCorpus } from '../data/token-cache.ts';
import { describeTokenizer } from '../text/tokenizer.ts';
import type { Checkpoint } from '../experiment/checkpoint.ts';
import { createCheckpointStore } from '../experiment/checkpoint-store.ts';
import { describeOtherMachine } from '../experiment/continuation.ts';
import type { StoredRun } from '../experiment/continuation.ts';
import { collectEnvironment, describeUnknownCommit } from '../experiment/environment.ts';
import type { EnvironmentFacts } from '../experiment/environment.ts';
import type { ExperimentFolder } from '../experiment/folder.ts';
import { createLog, createExperimentWriter } from '../experiment/writer.ts';
import type { ExperimentWriter } from '../experiment/writer.ts';
import { findCalibration } from '../experiment/load.ts';
import type { RunEvent, RunOutcome } from '../experiment/recorder.ts';
import type { Environment } from '../experiment/records.ts';
import type { ReviewsIdentity } from '../experiment/same-reviews.ts';
import { runExperiment } from '../experiment/run.ts';
import { renderCurves } from '../report/curves.ts';
import type { DrawnRun } from '../report/curves.ts';
import { shortenPath } from '../files/standing-folder.js';
import { wrapText } from '../terminal/plain-table.ts';
import type { Screen } from '../terminal/screen.ts';
import { describeRest, catchStopSignals } from '../study/stop-signals.ts';
import { isListenedTo, tellParent } from '../study/process.ts';
import { drawTraining } from './train-progress.ts';
import { renderHeader, renderSummary } from './train-view.ts';
import type { RunDescription } from './train-view.ts';

export interface TrainOptions extends RunOptions {
  readonly set: readonly string[];
  /** Needed unless a run is resumed. */
  readonly config: string | undefined;
  readonly name: string | undefined;
  /** A folder, or empty where `name` or `config` says which. */
  readonly resume: string | undefined;
}

export interface RunOptions {
  readonly data: string | undefined;
  readonly threads: number | undefined;
  readonly engine: 'auto' | 'native' | 'portable';
  readonly quiet: boolean;
}

/** All that a run is made of. */
export interface Run extends RunDescription {
  readonly folder: ExperimentFolder;
  readonly reviews: ReviewsIdentity;
  /** What the folder holds already. */
  readonly stored: StoredRun | null;
  /** Where the run goes on; null at its beginning. */
  readonly resumed: Checkpoint | null;
}

/** @returns the exit status, as of trainOnce */
export async function trainInFolder(run: Run, options: RunOptions, screen: Screen): Promise<number> {
  const { folder, config, source, dataset, engine: { baselineRssBytes, ...engine }, resumed } = run;
  const { hasEpochs } = capabilitiesOf(config);
  const writer = createExperimentWriter(folder, source);
  screen.print(`${renderHeader(run, screen.columns())}\n`);
  const environment = recordEnvironment(run, engine, writer, screen);
  const signals = catchStopSignals(() => {
    screen.onWarning(`stopping after this ${hasEpochs ? 'step' : 'pass'}; once more to stop at once`);
  });
  const { summary, records } = await runExperiment({
    config, dataset, writer, resumed, log: createLog(folder, source), isStopRequested: signals.isStopRequested,
    fingerprint: environment.dataset.fingerprint, store: createCheckpointStore(folder, resumed),
    facts: { dataset: source.kind, synthetic: source.synthetic, baselineRssBytes }, onEvent: showEvents(screen, countEpochs(config)),
  });
  screen.bar.clear();
  if (records.length > 0) {
    if (hasEpochs)
      await writeCurves(
        writer,
        records,
        { name: folder.name, config, dataset: environment.dataset, parameters: summary.parameters.total },
        screen,
      );
    const calibration = findCalibration(folder.path, summary.bestEpoch);
    screen.print(`\n${renderSummary(config, summary, dataset, screen.columns(), calibration)}\n`);
  }
  process.stdout.write(`${options.quiet ? '' : 'written to '}${shortenPath(folder.path)}\n`);
  if (summary.status === 'interrupted') screen.print(describeRest(folder, config, options));
  signals.release();
  return signals.exitCode() ?? (summary.status === 'diverged' ? 1 : 0);
}

/** Draws each event on the screen, and tells it to the process that started this one, if that listens. */
function showEvents(screen: Screen, epochs: number): (event: RunEvent) => void {
  const draw = drawTraining(screen, epochs), tell = tellParent();
  return (event) => {
    draw(event);
    tell(event);
  };
}

/**
 * The config may have more epochs than before; the environment stays that of the start, but for where the reviews lie and what they
 * are recognised by now: data moves, and a run remembers where it was found last.
 */
function recordEnvironment(run: Run, engine: EnvironmentFacts['engine'], writer: ExperimentWriter, screen: Screen): Environment {
  const { config, stored } = run;
  const dataset = describeDataset(run);
  const environment = collectEnvironment({ engine, dataset });
  const unknownCommit = describeUnknownCommit(environment.git);
  if (unknownCommit !== null && !isListenedTo()) screen.onWarning(unknownCommit); // compare says it once for all its runs
  writer.writeConfig(config);
  if (stored === null) writer.writeEnvironment(environment);
  else if (!isDeepStrictEqual(stored.environment.dataset, dataset)) writer.writeEnvironment({ ...stored.environment, dataset });
  const other = stored === null ? null : describeOtherMachine(stored.environment, environment);
  if (other !== null) screen.onWarning(other);
  return environment;
}

/** What is known of the reviews of a run once they are read, whatever becomes of the file. */
export type LoadedData = Pick<Run, 'source' | 'reviews' | 'dataset'>;

/** Reads and encodes the reviews, and says what was guessed and what looks wrong. @throws UserError */
export async function loadDataset(source: CorpusSource, config: AnyConfig, screen: Screen): Promise<LoadedData> {
  const { tokenizer } = config.data;
  screen.onProgress({ label: 'Reading reviews', done: 0 });
  const { fingerprint, sourceHash, ...tokenized } = await loadTokenizedCorpus(source, { ...screen, tokenizer });
  screen.bar.clear();
  const dataset = createDataset({ ...tokenized, fingerprint }, config.data);
  const oddities = source.kind === 'file' ? findOddities({ ...tokenized, fingerprint }, dataset, config.data) : [];
  for (const note of renderNotes(source, [...tokenized.notes, ...oddities])) screen.print(wrapText(note, screen.columns()));
  findDataWarnings(dataset, tokenizer).forEach(screen.onWarning);
  const problem = findDataProblem(config, { classes: dataset.classes.length, hasValidation: dataset.validation.labels.length > 0 });
  if (problem !== null) throw new UserError(problem);
  return { source, reviews: { fingerprint, sourceHash }, dataset };
}

function describeDataset({ source: { kind, location, synthetic }, reviews, dataset, config }: Run): Environment['dataset'] {
  return {
    kind, location, ...reviews, synthetic, counts: countReviews(dataset),
    classCounts: countByPart(dataset, (part) => countByClass(part, dataset.classes.length)),
    tokenizer: describeTokenizer(config.data.tokenizer),
  };
}

function countByPart<Count>(
  { train, validation, test }: Dataset, count: (part: EncodedPart) => Count,
): Record<'train' | 'validation' | 'test', Count> {
  return { train: count(train), validation: count(validation), test: count(test) };
}

export function countReviews(dataset: Dataset): Environment['dataset']['counts'] {
  return countByPart(dataset, ({ labels }) => labels.length);
}

async function writeCurves(
  writer: ExperimentWriter,
  records: RunOutcome['records'],
  run: DrawnRun,
  { onProgress, bar }: Screen,
): Promise<void> {
  onProgress({ label: 'Drawing curves', done: 0 });
  writer.writeCurves(await renderCurves(records, run));
  bar.clear();
}
