import type { Calibration } from '../experiment/calibration.ts';
import type { Classifier } from '../experiment/load-model.ts';
import { escapeMarkdown, renderMarkdownCode, renderMarkdownRows } from '../files/escape.ts';
import type { Precision } from './onnx/graph.ts';

/** What a model card says besides what the model itself does. */
export interface CardFacts {
  /** Of this program. */
  readonly version: string;
  /** In words: `GRU, 2 layers, 256 → 128`. */
  readonly model: string;
  readonly parameters: number;
  /** Trained for; null of a model that has none. */
  readonly epochs: number | null;
  readonly precision: Precision;
  /** What it was trained and measured on; null for a checkpoint without its run. */
  readonly run: {
    readonly data: string;
    readonly isSynthetic: boolean;
    readonly counts: { readonly train: number; readonly validation: number; readonly test: number };
    readonly trained: string;
    readonly gatelab: string;
    readonly commit: string | null;
  } | null;
  /** What its probabilities are calibrated by, and what that does; null where they are the model's own. */
  readonly calibration: Pick<Calibration, 'temperature' | 'test'> | null;
  /** On the test part at this checkpoint, with the 95 % interval of so many reviews; null where it is not known. */
  readonly accuracy: { readonly share: number; readonly interval: readonly [number, number]; readonly reviews: number } | null;
}

/** How weights are stored, in words. */
const stored = {
  float32: 'stored in 32 bits', float16: 'stored in 16 bits', int8: 'word vectors stored in 8 bits, all else in 16',
} as const;

const percent = (share: number): string => `${(100 * share).toFixed(2)} %`;
const count = (value: number): string => value.toLocaleString('en-US');

function describeCalibration(calibration: CardFacts['calibration']): string {
  if (calibration === null) return 'none: probabilities are as certain as training made them';
  const { temperature, test } = calibration;
  const errors = test === null ? ''
    : `; expected calibration error on the test texts ${percent(test.before.calibrationError)} without and `
      + `${percent(test.after.calibrationError)} with it`;
  return `probabilities are the softmax of logits over a temperature of ${temperature.toPrecision(4)}, fitted to the validation texts`
    + errors;
}

/** What a model is, what it was trained on and what it read, as names with their values. */
export function describeFacts(
  { config, vocabulary }: Pick<Classifier, 'config' | 'vocabulary'>, facts: CardFacts,
): (readonly [name: string, value: string])[] {
  const { data } = config, { run, accuracy } = facts;
  const trainedOn = run === null ? 'not recorded beside the checkpoint'
    : `${run.isSynthetic ? 'synthetic texts, not reviews that people wrote' : run.data}: ${count(run.counts.train)} training, `
      + `${count(run.counts.validation)} validation and ${count(run.counts.test)} test texts`;
  const measured = accuracy === null ? 'not known; measure it with gatelab evaluate'
    : `${percent(accuracy.share)} of ${count(accuracy.reviews)} test texts (95 % interval ${percent(accuracy.interval[0])} to `
      + `${percent(accuracy.interval[1])}, of the texts alone: another seed gives another model)`;
  const commit = run?.commit === null || run === null ? '' : `, commit ${run.commit.slice(0, 12)}`;
  return [
    ['trained on', trainedOn],
    ['accuracy', measured],
    ['calibration', describeCalibration(facts.calibration)],
    ...(facts.epochs === null ? [] : [['epochs', String(facts.epochs)] as const]),
    ['parameters', `${count(facts.parameters)}, ${stored[facts.precision]}`],
    ['seed', String(config.seed)],
    ['reads', `the ${data.truncate === 'start' ? 'last' : 'first'} ${count(data.maxLength)} tokens of a text; ${count(vocabulary.size)} `
      + 'words, every other one is unknown to it'],
    ...(run === null ? [] : [['trained', `${run.trained}, by gatelab ${run.gatelab}${commit}`] as const]),
  ];
}

/** What no card may leave out. */
export const limits = 'It knows its training texts: on other subjects, other languages or longer texts it answers all the same, and the '
  + 'answer may mean nothing. A text without a known word gets an answer too. What its probabilities are worth on other texts nobody has '
  + 'measured; do it on your own.';

/** A model card (Mitchell et al. 2019) in Markdown. */
export function renderCard(model: Pick<Classifier, 'config' | 'classes' | 'vocabulary'>, facts: CardFacts): string {
  const source = facts.run?.data.includes('IMDB') === true
    ? ' The reviews are those of Maas et al. (2011), "Learning word vectors for sentiment analysis".' : '';
  return `# ${escapeMarkdown(facts.model)}

A classifier of texts into ${model.classes.map(renderMarkdownCode).join(', ')}, exported by gatelab ${facts.version}.

${renderMarkdownRows(['', ''], describeFacts(model, facts).map((row) => row.map(escapeMarkdown)))}

## Files

\`model.json\` says the classes, the tokenizer's rules and how texts are cut; \`vocabulary.txt\` has the word of id n in line n + 1;
\`tokenizer-cases.json\` has texts with their tokens and ids, to try another tokenizer on; \`manifest.json\` has size and SHA-256 of
each file. \`model.onnx\` takes \`token_ids\` int32 [batch, time] and \`lengths\` int32 [batch], and gives \`logits\` and
\`probabilities\` [batch, classes]; ids beyond a row's length are not read, and a batch needs one row and one step at least.
\`predict.py\` shows all of it in Python. \`model.safetensors\` and \`load.py\`, where they are here in place of those, load into
PyTorch.

## Limits

${limits}

## How to cite

Cite gatelab ${facts.version} and the data set.${source}
`;
}
