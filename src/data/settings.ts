import { z } from 'zod';

import { truncations } from '../text/encode.ts';
import { tokenizerNames } from '../text/tokenizer.ts';

const fraction = z.number().min(0).lt(1);

export const dataSchema = z
  .strictObject({
    source: z.enum(['imdb', 'file', 'sample']).default('imdb')
      .describe('`imdb`: the Large Movie Review Dataset; `file`: a table of your own, named with --data; `sample`: the built-in '
        + 'synthetic corpus.'),
    tokenizer: z.enum(tokenizerNames).default('words')
      .describe('What a token is. `words`: what stands between spaces and marks; `segments`: the same, but text in scripts without spaces '
        + '(Chinese, Japanese, Thai, …) is cut into words by a dictionary.'),
    vocabularySize: z.int().min(3).max(1_000_000).default(20_000)
      .describe('Most frequent words of the training part that get an id of their own, `<pad>` and `<unk>` included.'),
    maxLength: z.int().min(1).max(100_000).default(300).describe('Tokens kept of a review.'),
    truncate: z.enum(truncations).default('start')
      .describe('Which end a longer review loses: `start` keeps its last maxLength tokens, `end` its first.'),
    validationFraction: fraction.default(0.1)
      .describe('Share of the training reviews held out for validation, balanced by label.'),
    splitSeed: z.int().min(0).max(0xffffffff).default(0)
      .describe('Seed of the validation part and of `limit`. Apart from `seed`, so that runs over several seeds share one split.'),
    limit: z.int().min(2).nullable().default(null)
      .describe('Reviews taken of each of train and test, balanced by label; null takes all.'),
  })
  .prefault({})
  .describe('Which reviews, and how they become token ids.');

export type DataConfig = Readonly<z.infer<typeof dataSchema>>;
