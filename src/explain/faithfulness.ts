import type { Classifier } from '../experiment/load-model.ts';
import { predictSequences } from '../experiment/predict.ts';
import { indexOfLargest } from '../measure/classification.ts';
import { computeDeviation, computeMean } from '../measure/statistics.ts';
import { shuffled } from '../random.ts';
import { isRead, withoutWords } from '../text/reading.ts';
import type { Word } from '../text/reading.ts';
import { explainTexts } from './explain.ts';
import type { Explanation, Method } from './explain.ts';
import { computeLogOdds, rankWords } from './word-effects.ts';

/** What a choice of words to delete did to the log-odds of the answers. */
export interface DeletionEffect {
  readonly order: Method | 'random';
  /** Over texts: how much the log-odds fell; its standard deviation, and the standard error of the mean. */
  readonly meanDrop: number;
  readonly deviation: number;
  readonly standardError: number;
  /** The share of texts whose answer is another class afterwards. */
  readonly changedAnswers: number;
}

/**
 * How far an explanation is true of the model: the words that it calls the strongest are deleted together, and the log-odds of the answer
 * should fall by more than when as many words are deleted at random ("comprehensiveness", DeYoung et al. 2020, section 4.2).
 */
export interface Faithfulness {
  /** Words deleted from each text. */
  readonly deleted: number;
  readonly texts: number;
  /** Texts of fewer than twice as many words, which were left out. */
  readonly skipped: number;
  readonly rows: readonly DeletionEffect[];
}

/** Choices of random words for each text, whose mean is the text's. */
const RANDOM_DRAWS = 10;

interface NumberedText {
  readonly explanation: Explanation;
  readonly number: number;
}

interface Deletion {
  readonly drop: number;
  readonly changed: number;
}

/** Adds up texts. */
export interface FaithfulnessMeter {
  /** @param texts are numbered on, over all calls: a text's number is the seed of its random words */
  add(texts: readonly string[]): void;
  finish(): Faithfulness;
}

export function createFaithfulnessMeter(loaded: Classifier, methods: readonly Method[], deleted: number): FaithfulnessMeter {
  const found = new Map<DeletionEffect['order'], Deletion[]>([...methods, 'random' as const].map((order) => [order, []]));
  let texts = 0, number = 0;
  return {
    add(some) {
      const long: NumberedText[] = [];
      for (const [k, method] of methods.entries()) {
        const explanations = [...explainTexts(loaded, some, method)].map((explanation, i) => ({ explanation, number: number + i }))
          .filter(({ explanation: { words } }) => words.filter(isRead).length >= 2 * deleted);
        if (k === 0) long.push(...explanations);
        const chosen = explanations.map(({ explanation }) => [explanation, [strongest(explanation, deleted)]] as const);
        found.get(method)?.push(...deleteAll(loaded, chosen));
      }
      found.get('random')?.push(...deleteAll(loaded, long.map((text) => [text.explanation, drawWords(text, deleted)])));
      texts += long.length;
      number += some.length;
    },
    finish: () => ({ deleted, texts, skipped: number - texts, rows: [...found].map(([order, deletions]) => summarize(order, deletions)) }),
  };
}

function strongest({ words, effects, predicted }: Explanation, count: number): Word[] {
  return rankWords(effects, predicted).slice(0, count).map((k) => words[k] as Word);
}

function drawWords({ explanation: { words }, number }: NumberedText, count: number): Word[][] {
  const read = words.filter(isRead);
  return Array.from({ length: RANDOM_DRAWS }, (_, draw) =>
    shuffled(read, { seed: 0, purpose: 'sample', index: number, subindex: draw }).slice(0, count));
}

/** Means over each text's choices of words. */
function deleteAll(loaded: Classifier, all: readonly (readonly [Explanation, readonly Word[][]])[]): Deletion[] {
  const answers = predictSequences(loaded, all.flatMap(([text, choices]) => choices.map((words) => withoutWords(text, words))));
  return all.map(([{ predicted, logOdds }, choices]) => {
    const left = choices.map(() => answers.next().value as readonly number[]);
    return {
      drop: logOdds - computeMean(left.map((probabilities) => computeLogOdds(probabilities, predicted))),
      changed: left.filter((probabilities) => indexOfLargest(probabilities) !== predicted).length / left.length,
    };
  });
}

function summarize(order: DeletionEffect['order'], deletions: readonly Deletion[]): DeletionEffect {
  const drops = deletions.map(({ drop }) => drop), deviation = computeDeviation(drops);
  return {
    order, meanDrop: computeMean(drops), deviation, standardError: deviation / Math.sqrt(drops.length),
    changedAnswers: computeMean(deletions.map(({ changed }) => changed)),
  };
}
