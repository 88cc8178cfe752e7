import { describeClassifier } from '../experiment-schema.ts';
import { readModel } from '../experiment/load-model.ts';
import type { StoredModel } from '../experiment/load-model.ts';
import { escapeControls } from '../files/escape-controls.js';
import { computeDeviation, computeMean } from '../measure/statistics.ts';
import { formatCount, formatPercent } from '../terminal/format.ts';
import { renderPlainTable } from '../terminal/plain-table.ts';
import { describeTokenizer } from '../text/tokenizer.ts';

/** What a parameter holds after training. */
interface ParameterFacts {
  /** As torch.nn names it. */
  readonly name: string;
  readonly shape: readonly number[];
  readonly values: number;
  readonly mean: number;
  /** Standard deviation; null for a single value. */
  readonly deviation: number | null;
  /** Of absolute values. */
  readonly largest: number;
}

/** A trained model, as `inspect --run` shows it. */
export interface RunInspection extends Pick<StoredModel, 'config' | 'classes' | 'position'> {
  readonly path: string;
  readonly model: string;
  /** Words with ids of their own, the two special ones included. */
  readonly words: number;
  readonly tokenizer: string;
  /** Of the last epoch before the checkpoint, as fractions; null where there is none. */
  readonly accuracies: { readonly validation: number | null; readonly test: number } | null;
  readonly parameters: readonly ParameterFacts[];
}

/** @throws UserError when the folder holds no trained model */
export function inspectRun(path: string, onWarning: (line: string) => void): RunInspection {
  const { config, weights, vocabulary, classes, position, history } = readModel(path, onWarning);
  const last = history.at(-1);
  return {
    path,
    config,
    classes,
    position,
    model: describeClassifier(config),
    words: vocabulary.size,
    tokenizer: describeTokenizer(config.data.tokenizer),
    accuracies: last === undefined ? null : { validation: last.validationAccuracy, test: last.testAccuracy },
    parameters: [...weights].map(([name, { shape, values }]) => describeParameter(name, shape, values)),
  };
}

function describeParameter(name: string, shape: readonly number[], values: Float32Array): ParameterFacts {
  const all = Array.from(values), deviation = computeDeviation(all);
  return {
    name, shape, values: all.length, mean: computeMean(all), deviation: Number.isNaN(deviation) ? null : deviation,
    largest: all.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0),
  };
}

const align: ('left' | 'right')[] = ['left', 'right', 'right', 'right', 'right', 'right'];

export function renderRunInspection({
  path,
  config: { data, training },
  model,
  classes,
  position,
  words,
  tokenizer,
  accuracies,
  parameters,
}: RunInspection): string {
  const done =
    position.step === 0
      ? `after epoch ${position.epoch - 1} of ${training.epochs}`
      : `in epoch ${position.epoch} of ${training.epochs}, after ${formatCount(position.step)} steps`;
  const validation = accuracies?.validation ?? null;
  const reached =
    accuracies === null
      ? ''
      : `, ${validation === null ? '' : `validation ${formatPercent(validation)}, `}test ${formatPercent(accuracies.test)}`;
  const total = parameters.reduce((sum, { values }) => sum + values, 0);
  const rows = parameters.map(({ name, shape, values, mean, deviation, largest }) => [
    name,
    shape.join(' × '),
    formatCount(values),
    mean.toFixed(4),
    deviation?.toFixed(4) ?? '–',
    largest.toFixed(4),
  ]);
  return [
    `run         ${escapeControls(path)}`,
    `model       ${model}`,
    `checkpoint  ${done}${reached}`,
    `vocabulary  ${formatCount(words)} words, tokenizer ${tokenizer}, at most ${formatCount(data.maxLength)} tokens of a review`,
    `classes     ${escapeControls(classes.join(', '))}`,
    '',
    renderPlainTable(
      [['parameter', 'shape', 'values', 'mean', 'deviation', 'largest'], ...rows, ['total', '', formatCount(total), '', '', '']],
      { align },
    ),
  ].join('\n');
}
