import { experimentSchema, isNeural } from '../../experiment-schema.ts';
import { countKeptByRecurrence } from '../../models/layer-counts.ts';
import { gateCounts } from '../formulas.ts';
import { hasArticlesData } from '../../report/departures.ts';
import { identifyModel } from '../../report/model-labels.ts';
import { conclude } from './finding.ts';
import type { Claim, ClaimContext, Finding, Part } from './finding.ts';
import { timesAsLong } from './measurements.ts';
import { describeRow, findDifference, findRow, isNamed, judgeDifference, judgeInterval, judgeOrder, missingRuns } from './runs.ts';
import type { Published } from './runs.ts';
import { isNear } from './speed.ts';
import { formatTimes } from './words.ts';
import type { PairedDifference } from '../../report/comparison-differences.ts';
import type { PointResult, Studies } from '../../report/study.ts';
import { joinWords } from '../../terminal/format.ts';
import { comparePoints, describeMemory, findPoint, listNumbers, MEMORY_STUDY, missingStudy, readMemory } from './studies.ts';
import type { ComparisonRow } from '../../report/comparison-rows.ts';

const THREE_QUARTERS = 0.75;

/** Accuracies count as close below this difference, a percentage point. */
const CLOSE = 0.01;

function judgeClose(comparison: Published): Part {
  const claimed = 'a GRU\'s accuracy is within a point of an LSTM\'s';
  const found = findDifference(comparison, findRow(comparison, 'GRU'), findRow(comparison, 'LSTM'));
  if (found === null) return missingRuns(comparison, claimed, ['GRU', 'LSTM']);
  return judgeInterval(claimed, found, ([low, high]) => {
    if (low >= -CLOSE && high <= CLOSE) return true;
    return low > CLOSE || high < -CLOSE ? false : null;
  });
}

/** The articles' settings in the study of the memory task. */
export const articlesMemory = { 'model.recurrentInitialization': 'uniform', 'training.clipNorm': 1 } as const;

/** One accuracy over all reviews does not show it. */
function judgeRnnMemory(studies: Studies): Part {
  const claimed = 'a plain RNN is weak on long dependencies';
  const [rnn, ...gated] = ['rnn.yaml', 'gru.yaml', 'lstm.yaml'].map((config) => readMemory(studies, config, articlesMemory));
  const known = gated.filter((one) => one !== null), farthest = known.toSorted((a, b) => b.reach - a.reach)[0];
  if (rnn === null || rnn === undefined || farthest === undefined) return missingStudy(claimed, MEMORY_STUDY);
  const what = `${claimed} (it remembers over ${rnn.reach} tokens, where ${joinWords(known.map(({ name, reach }) => `${name} does over `
    + String(reach)))})`;
  return farthest.reach === rnn.reach ? { what, holds: null, undecided: true } : { what, holds: farthest.reach > rnn.reach };
}

async function examineQuarters({ comparison, measurements, studies }: ClaimContext): Promise<Finding> {
  const [steps, layers, { keptBytes }] = [await measurements.steps(), await measurements.layers(), await measurements.memory()];
  const step = timesAsLong(steps.times.gru, steps.times.lstm, 'training');
  const layer = timesAsLong(layers.times.gru, layers.times.lstm, 'training');
  const kept = keptBytes.gru / keptBytes.lstm;
  return conclude(
    `GRU over LSTM: products ${gateCounts.gru / gateCounts.lstm} ×; a training step of the classifier ${formatTimes(step)}, of one layer `
      + `at D = H = ${layers.size} ${formatTimes(layer)}; `
    + `kept for the backward pass ${kept.toFixed(2)} × (a layer's own ${countKeptByRecurrence('gru', 1, 1)}·H of `
    + `${countKeptByRecurrence('lstm', 1, 1)}·H)`,
    [
      { what: '¾ of the products', holds: gateCounts.gru / gateCounts.lstm === THREE_QUARTERS },
      { what: `¾ of the time of a training step (${step.middle.toFixed(2)} ×)`, holds: isNear(step, THREE_QUARTERS) },
      { what: `¾ of the memory that is kept (${kept.toFixed(2)} ×)`, holds: isNear({ middle: kept }, THREE_QUARTERS) },
      judgeClose(comparison),
      judgeOrder(comparison, 'LSTM', 'RNN'),
      judgeRnnMemory(studies),
    ],
  );
}

export const gruAgainstLstm: Claim = {
  id: 'C15',
  method: 'measurement',
  statement: 'A GRU costs ¾ of an LSTM in compute and memory at close accuracy; a plain RNN is weak on long dependencies.',
  check:
    'Products by formula; alternating training steps and kept memory, measured here (10 % off at most); accuracies at best validation of '
      + 'the published runs.',
  examine: examineQuarters,
};

/** Each row that has an accuracy, after its name. */
function describeRows(named: readonly (readonly [string, ComparisonRow | null])[]): string[] {
  return named.flatMap(([name, row]) => {
    const found = row === null ? null : describeRow(row);
    return found === null ? [] : [`${name} ${found}`];
  });
}

export const rnnReach: Claim = {
  id: 'C20',
  method: 'experiment',
  statement: 'A plain RNN (tanh) does not capture dependencies beyond 5 to 10 steps.',
  check:
    'The study of the memory task, where one word decides the label, a known number of tokens before the end. A model remembers over a '
      + 'distance where it answers 75 % right, half-way from chance to perfect, there and at every shorter one.',
  examine: ({ studies }) => {
    const memories = ['rnn.yaml', 'lstm.yaml', 'gru.yaml', 'mingru.yaml'].flatMap((config) =>
      readMemory(studies, config, config === 'mingru.yaml' ? { 'training.clipNorm': 1 } : articlesMemory) ?? []);
    const figure = memories.length === 0 ? 'No published study of the memory task'
      : `Right by distance: ${memories.map(describeMemory).join('; ')}`;
    const orthogonal = { ...articlesMemory, 'model.recurrentInitialization': 'orthogonal' };
    return conclude(figure, [
      judgeReach(studies, articlesMemory, ''), judgeReach(studies, orthogonal, ' with orthogonal initial weights either'),
    ]);
  },
};

/** The longest of the distances that they say it still captures. */
const THEIR_REACH = 10;

function judgeReach(studies: Studies, settings: Parameters<typeof readMemory>[2], how: string): Part {
  const claimed = `a plain RNN does not remember over more than ${THEIR_REACH} tokens${how}`;
  const rnn = readMemory(studies, 'rnn.yaml', settings);
  if (rnn === null) return missingStudy(claimed, MEMORY_STUDY);
  return { what: `${claimed} (it does over ${rnn.reach})`, holds: rnn.reach <= THEIR_REACH };
}

const { model: { layers: BASE_LAYERS } } = experimentSchema.parse({});

/** LSTM rows that differ in their number of layers alone; of several such groups, the largest. */
function rowsByLayers(comparison: Published): Map<number, ComparisonRow> {
  const groups = new Map<string, (readonly [number, ComparisonRow])[]>();
  for (const row of (comparison?.rows ?? []).filter((one) => isNamed(one, 'LSTM') && one.experiments.every(hasArticlesData))) {
    const config = row.experiments[0]?.config;
    if (config === undefined || !isNeural(config)) continue;
    const others = identifyModel(config, ['model.layers']);
    groups.set(others, [...(groups.get(others) ?? []), [config.model.layers, row]]);
  }
  const [rows = []] = [...groups.values()].sort((a, b) => b.length - a.length);
  return new Map(rows.toSorted(([a], [b]) => a - b));
}

/** A gain below this, half a percentage point, counts as nothing. */
const GAIN = 0.005;

/** Saturated: from three layers on, a further one gains nothing. */
function examineDepth({ comparison, studies }: ClaimContext): Finding {
  if (rowsByLayers(comparison).size < 2 && studies.has(LAYERS_STUDY)) return examineDepthByStudy(studies);
  const rows = rowsByLayers(comparison);
  const figures = describeRows([...rows].map(([layers, row]) => [`${layers} ${layers === 1 ? 'layer' : 'layers'}`, row]));
  return conclude(figures.length === 0 ? 'No published runs by number of layers' : `LSTM at best validation: ${figures.join('; ')}`, [
    judgeDeeper(comparison, rows, 1, 2, true), judgeDeeper(comparison, rows, 3, 4, false),
  ]);
}

const LAYERS_STUDY = 'layers';

/** The same of LSTMs of a study, which are smaller and trained on fewer reviews. */
function examineDepthByStudy(studies: Studies): Finding {
  const pointOf = (layers: number): PointResult | null =>
    findPoint(studies, LAYERS_STUDY, { config: 'lstm.yaml', 'model.layers': layers });
  const figures = describeRows(listNumbers(studies, LAYERS_STUDY, 'model.layers').map((layers) =>
    [`${layers} ${layers === 1 ? 'layer' : 'layers'}`, pointOf(layers)?.row ?? null]));
  const judgeMore = (fewer: number, more: number, gains: boolean): Part => {
    const claimed = claimDepth(fewer, more, gains), found = comparePoints(pointOf(more), pointOf(fewer));
    return found === null ? missingStudy(claimed, LAYERS_STUDY) : judgeDepth(claimed, found, gains);
  };
  return conclude(`LSTMs of the study at best validation: ${figures.join('; ')}`, [judgeMore(1, 2, true), judgeMore(3, 4, false)]);
}

function claimDepth(fewer: number, more: number, gains: boolean): string {
  return gains ? `${more} layers gain over ${fewer}` : `layer ${more} gains nothing over ${fewer}`;
}

function judgeDepth(claimed: string, found: PairedDifference, gains: boolean): Part {
  if (gains) return judgeDifference(claimed, found);
  return judgeInterval(claimed, found, ([low, high]) => {
    if (low > 0) return false;
    return high < GAIN ? true : null;
  });
}

function judgeDeeper(comparison: Published, rows: ReadonlyMap<number, ComparisonRow>, fewer: number, more: number, gains: boolean): Part {
  const claimed = claimDepth(fewer, more, gains);
  const missing = [fewer, more].filter((layers) => !rows.has(layers));
  if (missing.length > 0) {
    const runs = missing.map((layers) =>
      layers === BASE_LAYERS
        ? 'npm run compare'
        : `npm run train -- --config lstm.yaml --set model.layers=${layers} --set seed=1, then 2 and 3`,
    );
    return {
      what: `${claimed}: there are no published runs of ${missing.join(' and ')} ${missing.join() === '1' ? 'layer' : 'layers'} `
        + `(${runs.join('; ')}; --from names their folders)`,
      holds: null,
    };
  }
  const found = findDifference(comparison, rows.get(more) ?? null, rows.get(fewer) ?? null);
  if (found === null) return { what: `${claimed}: the published runs have no seed in common`, holds: null };
  return judgeDepth(claimed, found, gains);
}

export const layersSaturate: Claim = {
  id: 'C21', method: 'experiment',
  statement: '2 to 3 LSTM layers saturate.',
  check: 'Published runs of LSTMs that differ in their number of layers alone, or the study of layers: 2 layers against 1, and 4 '
    + 'against 3, paired over seeds.',
  examine: examineDepth,
};
