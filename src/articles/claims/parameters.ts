import { computeWorkedExamples, judgeExample } from '../worked-examples.ts';
import type { WorkedExample } from '../worked-examples.ts';
import { countWithOneBias, countGateWeights } from '../formulas.ts';
import { countBuiltLayer, countClassifier } from '../../models/layer-counts.ts';
import { formatCount, joinWords } from '../../terminal/format.ts';
import { conclude } from './finding.ts';
import type { Claim, Finding, Part, ClaimContext } from './finding.ts';
import { formatProportion, formatMillions } from './words.ts';
import { experimentSchema } from '../../experiment-schema.ts';
import { articlesLabels, articlesTable } from '../articles.ts';
import type { ArticlesLabel } from '../articles.ts';
import { describeDifference, describeRow, findDifference, findRow } from './runs.ts';
import type { Published } from './runs.ts';

/** What a worked example shows. */
function describeExample({ what, formula, figure, byFormula, exact }: WorkedExample): string {
  const printed = figure === null || figure === byFormula ? '' : `${formatCount(figure)} as printed, `;
  if (printed === '' && byFormula === exact) return `${what}: ${formatCount(exact)}`;
  return `${what}: ${printed}${formatCount(byFormula)} by ${formula}, ${formatCount(exact)} built`;
}

function examplesOf(claim: string): WorkedExample[] {
  return computeWorkedExamples().filter((example) => example.claim === claim);
}

/** Each example is a part: it holds where figure, formula and what is built agree, figures given as rounded within their rounding. */
export function examineExamples(claim: string, further: readonly Part[] = []): Finding {
  const examples = examplesOf(claim);
  const differing = examples.filter((example) => judgeExample(example) === 'differs');
  const agreeing = examples.filter((example) => !differing.includes(example));
  return conclude(examples.map(describeExample).join('; '), [...describeAgreeing(agreeing), ...describeDiffering(differing), ...further]);
}

function describeAgreeing(examples: readonly WorkedExample[]): Part[] {
  if (examples.length === 0) return [];
  const rounded = examples.some(({ rounded = false }) => rounded) ? ', but for rounding and biases' : '';
  return [{ what: `figures, formulas and what is built agree${rounded}`, holds: true }];
}

/** Examples that differ for one reason share a sentence. */
function describeDiffering(examples: readonly WorkedExample[]): Part[] {
  const reasons = [...new Set(examples.map(({ why }) => why))];
  return reasons.map((why) => ({
    what: `${joinWords(examples.filter((example) => example.why === why).map(({ formula }) => formula))}: ${why}`, holds: false,
  }));
}

export const layerWeights: Claim = {
  id: 'C1',
  method: 'formula',
  statement:
    'The weights of one layer with input = hidden = 128 number 4·(in + hid)·hid = 131,072 in an LSTM and 3·(in + hid)·hid = 98,304 in a '
      + 'GRU.',
  check: 'Their formula, against the matrices of the layers that are built.',
  examine: () => examineExamples('C1'),
};

export const torchLayers: Claim = {
  id: 'C2', method: 'formula',
  statement: 'nn.LSTM(256, 128) has 197,632 parameters and nn.GRU(256, 128) has 148,224: two bias vectors a gate.',
  check: 'The formula with two biases, against all parameters of the layers that are built.',
  examine: () => examineExamples('C2'),
};

const layerSizes = { inputSize: 256, hiddenSize: 128 };

export const ratioOfCounts: Claim = {
  id: 'C11', method: 'formula',
  statement: 'An RNN layer has D·H + H·H + H parameters, a GRU 3 times and an LSTM 4 times that; with D ≈ H these are 2H², 6H² and 8H².',
  check: 'Their formulas at D = H = 512, against the layers that are built; a figure given as ≈ may be 5 % off.',
  examine: () => examineExamples('C11', [judgeCountRatio()]),
};

function judgeCountRatio(): Part {
  const counts = (['rnn', 'gru', 'lstm'] as const).map((cell) => {
    const { weights, biases } = countBuiltLayer(cell, { inputSize: 512, hiddenSize: 512 });
    return weights + biases;
  });
  const ratio = formatProportion(counts);
  return {
    what: `the ratio 1 : 3 : 4 of the layers that are built${ratio === '1 : 3 : 4' ? '' : ` (${ratio})`}`,
    holds: ratio === '1 : 3 : 4',
  };
}

export const oneBiasCounts: Claim = {
  id: 'C17', method: 'formula',
  statement: 'An LSTM has 4·(d·h + h² + h) parameters, a GRU 3·(d·h + h² + h).',
  check: 'Their formula at d = 256, h = 128, against the layers that are built with torch.nn\'s parameters.',
  examine: () => examineExamples('C17', [{
    what: 'layers with one bias vector a gate instead of torch.nn\'s two',
    holds: (['lstm', 'gru'] as const).every((cell) => {
      const { weights, biases } = countBuiltLayer(cell, layerSizes);
      return countWithOneBias(cell, layerSizes) === weights + biases / 2;
    }),
  }]),
};

export const transformerLayers: Claim = {
  id: 'C18',
  method: 'formula',
  statement:
    "A Transformer's encoder layer has 4d² + 4·d·ff + ff + 5d parameters (in the table also 12d² + 9·d·ff + 14d), a decoder layer "
    + '8d² + 4·d·ff + ff + 6d (also 14d² + 9·d·ff + 15d); the embedding adds vocab·d.',
  check: "Both formulas at d = 512, ff = 2,048, against the parameters of torch.nn's layers.",
  examine: () => examineExamples('C18'),
};

export const workedExample: Claim = {
  id: 'C19',
  method: 'formula',
  statement:
    'With d = h = 512, ff = 2,048 and 50,000 words: LSTM 2,100,352; GRU 1,574,400; six encoder layers with embedding 57,084,928; '
      + 'embedding 25,600,000.',
  check: "Their own formulas, and the parameters of torch.nn's layers.",
  examine: () => conclude(examplesOf('C19').map(describeExample).join('; '), examplesOf('C19').map(judgeByFormula)),
};

/** Of a figure worked out by a formula: whether it is what the formula gives, and the formula counts what is there. */
function judgeByFormula(example: WorkedExample): Part {
  const { what, figure, byFormula, exact, why } = example;
  const printed = figure ?? byFormula;
  if (printed !== byFormula)
    return { what: `${what}: the formula gives ${formatCount(byFormula)}, not ${formatCount(printed)}`, holds: false };
  const off = Math.abs(byFormula - exact) / exact;
  if (off <= BIASES) return { what: off === 0 ? what : `${what}, by their formula: ${why}`, holds: true };
  return { what: `${what} is what their formula gives, but not what there is: ${why}`, holds: false };
}

/** What one bias vector a gate more or less may make of a count. */
const BIASES = 0.005;

const cells = { LSTM: { cell: 'lstm' }, BiLSTM: { cell: 'lstm', bidirectional: true }, GRU: { cell: 'gru' } } as const;

/** The totals are printed to 0.1 M. */
const HALF_A_DIGIT = 0.05e6;

/** Which vocabularies give the printed total of a model: `[least, most]`, and the one for the total as it is printed. */
interface Implied {
  readonly label: ArticlesLabel;
  /** Recurrent layers and head. */
  readonly besides: number;
  readonly words: number;
  readonly least: number;
  readonly most: number;
}

function implyVocabulary(label: ArticlesLabel): Implied {
  const { model } = experimentSchema.parse({ model: cells[label] });
  const { total, embedding } = countClassifier(model, 1);
  const besides = total - embedding;
  const wordsOf = (total: number): number => (total - besides) / model.embeddingSize;
  const { parameters } = articlesTable[label];
  return {
    label, besides, words: Math.round(wordsOf(parameters)),
    least: Math.ceil(wordsOf(parameters - HALF_A_DIGIT)), most: Math.floor(wordsOf(parameters + HALF_A_DIGIT)),
  };
}

function countAt(label: ArticlesLabel, vocabularySize: number): string {
  return `${label} ${formatMillions(countClassifier(experimentSchema.parse({ model: cells[label] }).model, vocabularySize).total)}`;
}

function examineColumn(): Finding {
  const implied = articlesLabels.map(implyVocabulary);
  const { model: { embeddingSize }, data: { vocabularySize } } = experimentSchema.parse({});
  const ranges = implied.map(({ label, words, least, most, besides }) =>
    `${label} ${formatMillions(articlesTable[label].parameters)} = ${formatCount(besides)} + ${embeddingSize} for each of `
      + `${formatCount(words)} words (${formatCount(least)} to ${formatCount(most)} round to it)`);
  const at = (words: number, whose: string): string =>
    `with the ${formatCount(words)} words ${whose}: ${articlesLabels.map((label) => countAt(label, words)).join(', ')}`;
  return {
    figure: [...ranges, at(implied[0]?.words ?? 0, 'of their LSTM'), at(vocabularySize, 'of this project')].join('; '),
    ...concludeShared(implied),
  };
}

function concludeShared(implied: readonly Implied[]): Pick<Finding, 'verdict' | 'reason'> {
  const meet = (some: readonly Implied[]): boolean =>
    Math.max(...some.map(({ least }) => least)) <= Math.min(...some.map(({ most }) => most));
  if (meet(implied)) return { verdict: 'holds', reason: 'One vocabulary gives all three totals.' };
  const pairs = implied.flatMap((one, k) =>
    implied
      .slice(k + 1)
      .filter((other) => meet([one, other]))
      .map((other) => `${one.label} and ${other.label}`),
  );
  const shared = pairs.length === 0 ? 'not even two of them' : `only those of ${joinWords(pairs)}`;
  return {
    verdict: 'does not hold',
    reason: `No vocabulary gives all three totals, ${shared}: a second direction does not double the embedding, as 4.2 M would have it.`,
  };
}

export const parameterColumn: Claim = {
  id: 'C3', method: 'formula',
  statement: 'The classifiers have 2.1 M (LSTM), 4.2 M (BiLSTM) and 1.6 M (GRU) parameters.',
  check: 'Parameters of the built models besides the embedding, and the vocabulary that each total then implies at 256 values a word.',
  examine: examineColumn,
};

/** As `nameClassifier` names it. */
const PRINTED = 'printed GRU';

const sizes = { inputSize: 256, hiddenSize: 128 };

/** r, z and n have as many weights each; the candidate as printed takes r's, so n's enter nothing. */
function countUnusedWeights(): number {
  return countGateWeights('gru', sizes) / 3;
}

function examinePrinted({ comparison }: ClaimContext): Finding {
  const total = countGateWeights('gru', sizes), unused = countUnusedWeights();
  const trained = describeTrained(comparison);
  const weights = `GRU as printed at 256 → 128: of ${formatCount(total)} weights the ${formatCount(unused)} of rows [2H:] enter no `
    + `result, and the ${formatCount(unused)} of the reset gate serve twice`;
  return conclude(trained === null ? weights : `${weights}; ${trained}`, [
    { what: "that one is an LSTM: its equations are torch.nn's", holds: true },
    {
      what: "that the other is a GRU: its candidate takes the reset gate's weights [:H] where a GRU has weights of its own [2H:]",
      holds: false,
    },
    ...(trained === null ? [untrained] : []),
  ]);
}

const untrained: Part = {
  what: 'what the slip does to accuracy: there are no published runs of the GRU as printed, which npm run compare makes',
  holds: null,
};

/** Beside the proper GRU where there are runs of both. */
function describeTrained(comparison: Published): string | null {
  const row = findRow(comparison, PRINTED);
  const printed = row === null ? null : describeRow(row);
  if (printed === null) return null;
  const found = findDifference(comparison, findRow(comparison, 'GRU'), row);
  return `trained, it reaches ${printed} at best validation${found === null ? '' : `; GRU − ${PRINTED}: ${describeDifference(found)}`}`;
}

export const printedCells: Claim = {
  id: 'C9',
  method: 'formula',
  statement:
    'The printed cells are an LSTM (gates i, f, g, o of x·W_ihᵀ + h·W_hhᵀ + b) and a GRU, with the candidate tanh(x·W_ih[:H]ᵀ + '
      + '(r·h)·W_hh[:H]ᵀ) '
    + "and h' = (1−z)·h + z·n.",
  check:
    'The printed equations against those of torch.nn, which the built cells reproduce; the weights that the printed candidate leaves '
      + 'out; the accuracy of the published runs.',
  examine: examinePrinted,
};
