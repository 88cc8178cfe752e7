import type { Explanation } from '../../src/explain/explain.ts';
import { readText } from '../../src/text/reading.ts';
import { createVocabulary } from '../../src/text/vocabulary.ts';

const vocabulary = createVocabulary(['<pad>', '<unk>', ...'a moving film but dull and great . , ! so i it the'.split(' ')]);

/** What a model that reads twelve tokens might have said of a text: the words that are read have these effects, over and over. */
export function makeExplanation(text: string, effects: readonly number[], truncate: 'start' | 'end' = 'start'): Explanation {
  const reading = readText(text, vocabulary, { tokenizer: 'words', maxLength: 12, truncate });
  let read = 0;
  return {
    ...reading, method: 'leave-one-out', classes: ['negative', 'positive'], probabilities: [0.25, 0.75], predicted: 1, logOdds: Math.log(3),
    effects: reading.words.map(({ from, to }) => {
      const effect = effects[read % effects.length] ?? 0;
      if (from < to) read += 1;
      return from < to ? [-effect, effect] : null;
    }),
  };
}
