import { experimentSchema } from '../../experiment-schema.ts';
import { countClassifier } from '../../models/layer-counts.ts';
import { formatCount } from '../../terminal/format.ts';
import { articlesLabels, articlesTable } from '../../articles/table.ts';
import type { ArticlesLabel } from '../../articles/table.ts';
import type { Claim, Finding } from './finding.ts';
import { formatMillions, joinWords } from './words.ts';

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
    `${label} ${formatMillions(articlesTable[label].parameters)} = ${formatCount(besides)} + ${embeddingSize} for each of ${formatCount(words)} words (${formatCount(least)} to ${formatCount(most)} round to it)`);
  const at = (words: number, whose: string): string => `with the ${formatCount(words)} words ${whose}: ${articlesLabels.map((label) => countAt(label, words)).join(', ')}`;
  return {
    figure: [...ranges, at(implied[0]?.words ?? 0, 'of their LSTM'), at(vocabularySize, 'of this project')].join('; '),
    ...concludeShared(implied),
  };
}

function concludeShared(implied: readonly Implied[]): Pick<Finding, 'verdict' | 'reason'> {
  const meet = (some: readonly Implied[]): boolean => Math.max(...some.map(({ least }) => least)) <= Math.min(...some.map(({ most }) => most));
  if (meet(implied)) return { verdict: 'holds', reason: 'One vocabulary gives all three totals.' };
  const pairs = implied.flatMap((one, k) => implied.slice(k + 1).filter((other) => meet([one, other])).map((other) => `${one.label} and ${other.label}`));
  const shared = pairs.length === 0 ? 'not even two of them' : `only those of ${joinWords(pairs)}`;
  return { verdict: 'does not hold', reason: `No vocabulary gives all three totals, ${shared}: a second direction does not double the embedding, as 4.2 M would have it.` };
}

export const parameterColumn: Claim = {
  id: 'C3', method: 'formula',
  statement: 'The classifiers have 2.1 M (LSTM), 4.2 M (BiLSTM) and 1.6 M (GRU) parameters.',
  check: 'Parameters of the built models besides the embedding, and the vocabulary that each total then implies at 256 values a word.',
  examine: examineColumn,
};
