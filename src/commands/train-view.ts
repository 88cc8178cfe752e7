import { flattenConfig } from '../config/layer.ts';
import { describeClassifier, experimentSchemas } from '../experiment-schema.ts';
import type { AnyConfig, ExperimentConfig } from '../experiment-schema.ts';
import type { Dataset } from '../data/dataset.ts';
import type { EncodedPart } from '../text/encode.ts';
import { countPositives, shareOfUnknown } from '../data/findings.ts';
import type { CorpusSource } from '../data/review.ts';
import type { Engine } from '../engine/load.ts';
import { computePeakAboveBaseline } from '../experiment/records.ts';
import type { Summary } from '../experiment/records.ts';
import { describeMajority, describeResolution } from '../measure/accuracy.ts';
import { escapeControls } from '../files/escape-controls.js';
import type { ParameterCounts } from '../models/parameters.ts';
import { renderRows, wrapText, renderPlainTable } from '../terminal/plain-table.ts';
import type { Rows } from '../terminal/plain-table.ts';
import { formatBytes, formatCount, formatPercent, formatSeconds } from '../terminal/format.ts';
import { describeUpdates } from '../training/settings.ts';

export interface RunDescription {
  readonly configPath: string;
  readonly config: ExperimentConfig;
  readonly source: CorpusSource;
  readonly dataset: Dataset;
  readonly parameters: ParameterCounts;
  readonly engine: Engine;
}

/** Which config, which reviews, and what is read of them. */
export function describeText({ configPath, config, source, dataset }: Pick<RunDescription, 'configPath' | 'source' | 'dataset'> & { readonly config: AnyConfig }): Rows {
  const { data } = config;
  const { train, validation, test, vocabulary } = dataset;
  const unknown = (part: EncodedPart): string => formatPercent(shareOfUnknown(part), 1);
  const kept = data.truncate === 'start' ? 'last' : 'first';
  return [
    ['config', escapeControls(configPath)],
    ['data', `${source.synthetic ? 'SYNTHETIC, not IMDB: ' : ''}${formatCount(train.labels.length)} training, ${formatCount(validation.labels.length)} validation, ${formatCount(test.labels.length)} test reviews · ${escapeControls(source.location)}`],
    ...describeTestLimits(test).map((line) => ['', line] as const),
    ['text', `${formatCount(vocabulary.size)} words, the ${kept} ${formatCount(data.maxLength)} tokens of a review, ${unknown(train)} unknown in training, ${unknown(test)} in test`],
  ];
}

/** The settings of every config that the header shows in words, or that show in the counts of reviews. */
const shownKeys = ['seed', 'data.source', 'data.limit', 'data.vocabularySize', 'data.maxLength', 'data.truncate', 'data.validationFraction'];

/**
 * Every setting of data and training that is not the default and that the header does not show, so that no run is trained otherwise
 * than it seems.
 * @param shown keys of `training` that it does show
 */
export function describeOtherSettings(config: AnyConfig, shown: readonly string[]): Rows {
  const known = new Set([...shownKeys, ...shown]);
  const defaults = new Map(flattenConfig(experimentSchemas[config.model.type].parse({})));
  const others = flattenConfig(config).filter(([key, value]) => !key.startsWith('model.') && !known.has(key) && value !== defaults.get(key));
  return others.length === 0 ? [] : [['settings', others.map(([key, value]) => `${key} ${String(value)}`).join(', ')]];
}

/** What test accuracies must be read beside: uneven labels, few reviews. */
function describeTestLimits(test: EncodedPart): string[] {
  return [describeTestMajority(test), describeResolution(test.labels.length)].filter((line) => line !== null);
}

/** What always giving one answer would give; null where the labels are even. */
function describeTestMajority(test: EncodedPart): string | null {
  return describeMajority({ positive: countPositives(test), reviews: test.labels.length });
}

/** What is about to be trained, before the first epoch. */
export function renderHeader(run: RunDescription, columns: number): string {
  const { config: { training, seed }, parameters: { total, ...groups }, engine } = run;
  const counted = Object.entries(groups).map(([group, count]) => `${group} ${formatCount(count)}`).join(', ');
  return renderRows([
    ...describeText(run),
    ['model', describeClassifier(run.config)],
    ['parameters', `${formatCount(total)} (${counted})`],
    ['training', `${training.epochs} ${training.epochs === 1 ? 'epoch' : 'epochs'}, batches of ${training.batchSize}, ${describeUpdates(training)}, seed ${seed}`],
    ...describeOtherSettings(run.config, ['training.epochs', 'training.batchSize', 'training.learningRate', 'training.clipNorm']),
    ['engine', renderEngine(engine)],
  ], columns);
}

function renderEngine({ kind, tensorflowVersion, tfjsVersion, threads }: Engine): string {
  if (kind === 'portable') return `tfjs ${tfjsVersion} on WebAssembly (portable, slow), 1 thread`;
  return `TensorFlow ${tensorflowVersion ?? ''}, ${threads} ${threads === 1 ? 'thread' : 'threads'}`;
}

function renderStatus({ status, divergence }: Summary): string {
  if (divergence === undefined) return status;
  return `${status} in epoch ${divergence.epoch}, batch ${divergence.batch}: loss ${divergence.loss}, gradient norm ${divergence.gradientNorm}`;
}

/** `1.11 GiB, 790 MiB above the engine's own` @param owner of what is there before any work */
export function describePeak(summary: Summary, owner: 'engine' | 'program'): string {
  const above = computePeakAboveBaseline(summary);
  return `${formatBytes(summary.peakRssBytes)}${above === null ? '' : `, ${formatBytes(above)} above the ${owner}'s own`}`;
}

/** A line of the closing table where a majority makes accuracies look better than they are; none where the labels are even. */
export function describeMajorityRow({ test }: Pick<Dataset, 'test'>): [string, string][] {
  const majority = describeTestMajority(test);
  return majority === null ? [] : [['uneven labels', majority]];
}

/** The closing table. */
export function renderSummary(summary: Summary, dataset: Pick<Dataset, 'test'>, columns: number): string {
  const { parameters, peakTensorBytes } = summary;
  const atEpoch = (value: number | null, epoch: number | null): string => (value === null ? '–' : `${formatPercent(value)}  (epoch ${epoch ?? '–'})`);
  const table = renderResults([
    ['status', renderStatus(summary)],
    ['data set', nameDataset(summary)],
    ['parameters', formatCount(parameters.total)],
    ['without the embedding', formatCount(parameters.total - parameters.embedding)],
    ['test accuracy at best validation', atEpoch(summary.testAccuracyAtBestValidation, summary.bestEpoch)],
    ['best test accuracy', atEpoch(summary.bestTestAccuracy, summary.bestTestEpoch)],
    ...describeMajorityRow(dataset),
    ['convergence epoch *', String(summary.convergenceEpoch ?? '–')],
    ['seconds an epoch (median)', summary.medianEpochSeconds === null ? '–' : formatSeconds(summary.medianEpochSeconds)],
    ['peak memory (resident)', describePeak(summary, 'engine')],
    ['peak tensors', peakTensorBytes === null ? '–' : formatBytes(peakTensorBytes)],
  ], columns);
  return `${table}\n${wrapText(`* ${summary.convergenceDefinition}`, columns, 2)}`;
}

export function nameDataset({ dataset, synthetic }: Summary): string {
  return synthetic ? `${dataset} (synthetic, not IMDB)` : dataset;
}

/** With less room than this, a value goes below its name. */
const NARROWEST_VALUE = 24;

/** Names and values in two columns. */
export function renderResults(rows: Rows, columns: number): string {
  const indent = Math.max(...rows.map(([name]) => name.length)) + 2;
  if (columns - indent < NARROWEST_VALUE) return rows.map(([name, value]) => `${name}\n  ${wrapText(value, columns, 2)}`).join('\n');
  return renderPlainTable(rows.map(([name, value]) => [name, wrapText(value, columns - indent)]));
}
