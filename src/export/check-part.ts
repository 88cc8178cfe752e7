import type { Classifier } from '../experiment/load-model.ts';
import { createRandomStream } from '../random.ts';
import { encodeTexts } from '../text/encode.ts';
import type { EncodedPart } from '../text/encode.ts';
import { goldenTexts } from './golden-texts.ts';

/** Texts made of the vocabulary's words, besides the golden ones; of a model that reads whole books none is longer than this. */
const RANDOM_TEXTS = 30, LONGEST = 2000;

/** Texts to try an exported model on: the golden ones, and words by Zipf's law of lengths up to the longest that the model reads. */
export function checkPart({ vocabulary, config: { data } }: Pick<Classifier, 'vocabulary' | 'config'>): EncodedPart {
  const longest = Math.min(data.maxLength, LONGEST);
  const random = createRandomStream({ seed: 1, purpose: 'sample', index: 2 }), words = vocabulary.words.slice(2);
  const texts = Array.from({ length: RANDOM_TEXTS }, (_, k) => {
    const length = Math.round((k * longest) / (RANDOM_TEXTS - 1));
    return Array.from({ length }, () => words[Math.floor((words.length + 1) ** random.uniform()) - 1] ?? '').join(' ');
  });
  return encodeTexts([...goldenTexts, ...texts], vocabulary, data);
}
