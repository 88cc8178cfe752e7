import { flattenConfig } from '../config/layer.ts';
import { capabilitiesOf, describeClassifier, experimentSchemas, isNeural } from '../experiment-schema.ts';
import type { AnyConfig, ExperimentConfig, LinearConfig } from '../experiment-schema.ts';
import type { Dataset } from '../data/dataset.ts';
import type { EncodedPart } from '../text/encode.ts';
import { countByClass, shareOfUnknown } from '../data/findings.ts';
import { sentiments } from '../data/review.ts';
import type { CorpusSource } from '../data/review.ts';
import type { Calibration } from '../experiment/calibration.ts';
import type { EnvironmentFacts } from '../experiment/environment.ts';
import { computePeakAboveBaseline } from '../experiment/records.ts';
import type { Summary } from '../experiment/records.ts';
import { describeMajority, describeResolution } from '../measure/statistics.ts';
import { escapeControls } from '../files/escape-controls.js';
import { countClassifier } from '../models/layer-counts.ts';
import { renderRows, wrapText, renderPlainTable } from '../terminal/plain-table.ts';
import type { Rows } from '../terminal/plain-table.ts';
import { formatBytes, formatCount, formatPercent, formatSeconds } from '../terminal/format.ts';
import { describeUpdates } from '../training/settings.ts';

/** What a run computes with. */
export interface RunEngine extends Readonly<EnvironmentFacts['engine']> {
  /** Resident set with the engine started and the reviews not yet read: what a run's memory is counted above. */
  readonly baselineRssBytes: number;
}

/** What the header of a run is made of. */
export interface RunDescription {
  readonly configPath: string;
  readonly config: AnyConfig;
  readonly source: CorpusSource;
  readonly dataset: Dataset;
  readonly engine: RunEngine;
}

/** Which config, which reviews, and what is read of them. */
function describeText({ configPath, config, source, dataset }: RunDescription): Rows {
  const { data } = config;
  const { train, validation, test, vocabulary } = dataset;
  const unknown = (part: EncodedPart): string => formatPercent(shareOfUnknown(part), 1);
  const kept = data.truncate === 'start' ? 'last' : 'first';
  return [
    ['config', escapeControls(configPath)],
    [
      'data',
      `${source.synthetic ? 'SYNTHETIC, not IMDB: ' : ''}${formatCount(train.labels.length)} training, `
        + `${formatCount(validation.labels.length)} validation, ${formatCount(test.labels.length)} test reviews · `
        + escapeControls(source.location),
    ],
    ...describeClasses(dataset),
    ...describeTestLimits(dataset).map((line) => ['', line] as const),
    [
      'text',
      `${formatCount(vocabulary.size)} words, the ${kept} ${formatCount(data.maxLength)} tokens of a review, ${unknown(train)} unknown `
        + `in training, ${unknown(test)} in test`,
    ],
  ];
}

/** Which classes there are, unless they are IMDB's. */
function describeClasses({ classes }: Pick<Dataset, 'classes'>): Rows {
  if (classes.length === sentiments.length && classes.every((name, k) => name === sentiments[k])) return [];
  const shown = classes.slice(0, CLASSES_SHOWN).join(', ');
  return [['classes', escapeControls(`${classes.length}: ${shown}${classes.length > CLASSES_SHOWN ? ', …' : ''}`)]];
}

const CLASSES_SHOWN = 12;

/** The settings of every config that the header shows in words, or that show in the counts of reviews. */
const shownKeys = [
  'seed',
  'data.source',
  'data.limit',
  'data.vocabularySize',
  'data.maxLength',
  'data.truncate',
  'data.validationFraction',
];

/**
 * Every setting of data and training that is not the default and that the header does not show, so that no run is trained otherwise
 * than it seems.
 * @param shown keys of `training` that it does show
 */
function describeOtherSettings(config: AnyConfig, shown: readonly string[]): Rows {
  const known = new Set([...shownKeys, ...shown]);
  const defaults = new Map(flattenConfig(experimentSchemas[config.model.type].parse({})));
  const others = flattenConfig(config).filter(
    ([key, value]) => !key.startsWith('model.') && !known.has(key) && value !== defaults.get(key),
  );
  return others.length === 0 ? [] : [['settings', others.map(([key, value]) => `${key} ${String(value)}`).join(', ')]];
}

/** What test accuracies must be read beside: uneven labels, few reviews. */
function describeTestLimits(dataset: Judged): string[] {
  return [describeTestMajority(dataset), describeResolution(dataset.test.labels.length)].filter((line) => line !== null);
}

/** What a model is judged on. */
type Judged = Pick<Dataset, 'test' | 'classes'>;

/** What always giving one answer would give; null where the labels are even. */
function describeTestMajority({ test, classes }: Judged): string | null {
  return describeMajority(countByClass(test, classes.length), classes);
}

/** What is about to be trained, before the first epoch. */
export function renderHeader(run: RunDescription, columns: number): string {
  const { config, dataset, engine } = run;
  return renderRows([
    ...describeText(run),
    ['model', describeClassifier(config)],
    ...(isNeural(config) ? describeTraining(config, dataset) : describeDescent(config)),
    ['engine', renderEngine(engine)],
  ], columns);
}

function describeTraining(config: ExperimentConfig, { vocabulary, classes }: Pick<Dataset, 'vocabulary' | 'classes'>): Rows {
  const { training, model, seed } = config;
  const { total, ...groups } = countClassifier(model, vocabulary.size, classes.length);
  const counted = Object.entries(groups).map(([group, count]) => `${group} ${formatCount(count)}`).join(', ');
  return [
    ['parameters', `${formatCount(total)} (${counted})`],
    [
      'training',
      `${training.epochs} ${training.epochs === 1 ? 'epoch' : 'epochs'}, batches of ${training.batchSize}, ${describeUpdates(training)}, `
        + `seed ${seed}`,
    ],
    ...describeOtherSettings(config, ['training.epochs', 'training.batchSize', 'training.learningRate', 'training.clipNorm']),
  ];
}

/** The features, and with them the parameters, are counted once they are made. */
function describeDescent(config: LinearConfig): Rows {
  const { training: { strengths, tolerance }, seed } = config;
  const tried = strengths.length === 1 ? '' : ', chosen on the validation part';
  return [
    ['training', `dual coordinate descent, C ${strengths.join(', ')}${tried}, duality gap ${tolerance.toExponential()}, seed ${seed}`],
    ...describeOtherSettings(config, ['training.strengths', 'training.tolerance']),
  ];
}

function renderEngine({ kind, tensorflow, tfjs, threads }: RunEngine): string {
  if (kind === 'javascript') return 'JavaScript, 1 thread';
  if (kind === 'portable') return `tfjs ${tfjs ?? ''} on WebAssembly (portable, slow), 1 thread`;
  return `TensorFlow ${tensorflow ?? ''}, ${threads} ${threads === 1 ? 'thread' : 'threads'}`;
}

function renderStatus({ status, stopped, divergence }: Summary): string {
  if (divergence === undefined) return stopped === undefined ? status : `${status}: ${stopped}`;
  return `${status} in epoch ${divergence.epoch}, batch ${divergence.batch}: loss ${divergence.loss}, gradient norm `
    + `${divergence.gradientNorm}`;
}

/** `1.11 GiB, 790 MiB above the engine's own` @param owner of what is there before any work */
function describePeak(summary: Summary, owner: 'engine' | 'program'): string {
  const above = computePeakAboveBaseline(summary);
  return `${formatBytes(summary.peakRssBytes)}${above === null ? '' : `, ${formatBytes(above)} above the ${owner}'s own`}`;
}

/** A line of the closing table where a majority makes accuracies look better than they are; none where the labels are even. */
function describeMajorityRow(dataset: Judged): [string, string][] {
  const majority = describeTestMajority(dataset);
  return majority === null ? [] : [['uneven labels', majority]];
}

/** The closing table. */
/** @param calibration of its best epoch, where the run has one */
export function renderSummary(
  config: AnyConfig, summary: Summary, dataset: Judged, columns: number, calibration: Calibration | null = null,
): string {
  const { hasEpochs, usesEngine } = capabilitiesOf(config);
  const table = renderResults([
    ['status', renderStatus(summary)],
    ['data set', nameDataset(summary)],
    ['parameters', formatCount(summary.parameters.total)],
    ...(hasEpochs ? describeEpochs(summary, dataset) : describeFit(summary, dataset)),
    ...(calibration === null ? [] : [['calibration', describeCalibration(calibration)] as const]),
    ['peak memory (resident)', describePeak(summary, usesEngine ? 'engine' : 'program')],
    ...(usesEngine ? [['peak tensors', formatKnown(summary.peakTensorBytes, formatBytes)] as const] : []),
  ], columns);
  return hasEpochs ? `${table}\n${wrapText(`* ${summary.convergenceDefinition}`, columns, 2)}` : table;
}

function describeCalibration({ temperature, test }: Calibration): string {
  const errors = test === null ? '' : `, calibration error on test ${formatPercent(test.before.calibrationError)} → `
    + formatPercent(test.after.calibrationError);
  return `temperature ${temperature.toPrecision(3)}${errors}`;
}

function formatKnown(value: number | null, format: (value: number) => string): string {
  return value === null ? '–' : format(value);
}

function describeEpochs(summary: Summary, dataset: Judged): Rows {
  const atEpoch = (value: number | null, epoch: number | null): string =>
    value === null ? '–' : `${formatPercent(value)}  (epoch ${epoch ?? '–'})`;
  return [
    ['without the embedding', formatCount(summary.parameters.total - summary.parameters.embedding)],
    ['test accuracy at best validation', atEpoch(summary.testAccuracyAtBestValidation, summary.bestEpoch)],
    ['best test accuracy', atEpoch(summary.bestTestAccuracy, summary.bestTestEpoch)],
    ...describeMajorityRow(dataset),
    ['convergence epoch *', String(summary.convergenceEpoch ?? '–')],
    ['seconds an epoch (median)', formatKnown(summary.medianEpochSeconds, formatSeconds)],
  ];
}

/** Of a model that is fitted once. */
function describeFit(summary: Summary, dataset: Judged): Rows {
  return [
    ['C', summary.strength === undefined ? '–' : String(summary.strength)],
    ['test accuracy', formatPercent(summary.bestTestAccuracy)],
    ...describeMajorityRow(dataset),
    ['features and training', formatKnown(summary.meanEpochSeconds, formatSeconds)],
  ];
}

function nameDataset({ dataset, synthetic }: Summary): string {
  return synthetic ? `${dataset} (synthetic, not IMDB)` : dataset;
}

/** With less room than this, a value goes below its name. */
const NARROWEST_VALUE = 24;

/** Names and values in two columns. */
function renderResults(rows: Rows, columns: number): string {
  const indent = Math.max(...rows.map(([name]) => name.length)) + 2;
  if (columns - indent < NARROWEST_VALUE) return rows.map(([name, value]) => `${name}\n  ${wrapText(value, columns, 2)}`).join('\n');
  return renderPlainTable(rows.map(([name, value]) => [name, wrapText(value, columns - indent)]));
}
