import { computeWorkedExamples, judgeExample } from '../../measure/articles-examples.ts';
import type { WorkedExample } from '../../measure/articles-examples.ts';
import { countWithOneBias } from '../../measure/recurrent-parameters.ts';
import { countBuiltLayer } from '../../models/layer-counts.ts';
import { formatCount } from '../../terminal/format.ts';
import { conclude } from './finding.ts';
import type { Claim, Finding, Part } from './finding.ts';
import { formatProportion, joinWords } from './words.ts';

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
  id: 'C1', method: 'formula',
  statement: 'The weights of one layer with input = hidden = 128 number 4·(in + hid)·hid = 131,072 in an LSTM and 3·(in + hid)·hid = 98,304 in a GRU.',
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
  return { what: `the ratio 1 : 3 : 4 of the layers that are built${ratio === '1 : 3 : 4' ? '' : ` (${ratio})`}`, holds: ratio === '1 : 3 : 4' };
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
  id: 'C18', method: 'formula',
  statement: 'A Transformer\'s encoder layer has 4d² + 4·d·ff + ff + 5d parameters (in the table also 12d² + 9·d·ff + 14d), a decoder layer '
    + '8d² + 4·d·ff + ff + 6d (also 14d² + 9·d·ff + 15d); the embedding adds vocab·d.',
  check: 'Both formulas at d = 512, ff = 2,048, against the parameters of torch.nn\'s layers.',
  examine: () => examineExamples('C18'),
};

export const workedExample: Claim = {
  id: 'C19', method: 'formula',
  statement: 'With d = h = 512, ff = 2,048 and 50,000 words: LSTM 2,100,352; GRU 1,574,400; six encoder layers with embedding 57,084,928; embedding 25,600,000.',
  check: 'Their own formulas, and the parameters of torch.nn\'s layers.',
  examine: () => conclude(examplesOf('C19').map(describeExample).join('; '), examplesOf('C19').map(judgeByFormula)),
};

/** Of a figure worked out by a formula: whether it is what the formula gives, and the formula counts what is there. */
function judgeByFormula(example: WorkedExample): Part {
  const { what, figure, byFormula, exact, why } = example;
  const printed = figure ?? byFormula;
  if (printed !== byFormula) return { what: `${what}: the formula gives ${formatCount(byFormula)}, not ${formatCount(printed)}`, holds: false };
  const off = Math.abs(byFormula - exact) / exact;
  if (off <= BIASES) return { what: off === 0 ? what : `${what}, by their formula: ${why}`, holds: true };
  return { what: `${what} is what their formula gives, but not what there is: ${why}`, holds: false };
}

/** What one bias vector a gate more or less may make of a count. */
const BIASES = 0.005;
