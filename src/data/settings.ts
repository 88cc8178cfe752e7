import { z } from 'zod';

import { truncations } from '../text/encode.ts';
import { tokenizerNames } from '../text/tokenizer.ts';

const fraction = z.number().min(0).lt(1);

/** How the bytes of a table become text: `auto` tells UTF-8 and UTF-16 apart, which Windows-1252 and GB 18030 look like. */
export const encodings = ['auto', 'utf-8', 'utf-16le', 'utf-16be', 'windows-1252', 'gb18030'] as const;

export const dataSchema = z
  .strictObject({
    source: z.enum(['imdb', 'file', 'sample', 'recall']).default('imdb')
      .describe('`imdb`: the Large Movie Review Dataset; `file`: a table of your own, named with --data; `sample`: the built-in '
        + 'synthetic corpus; `recall`: a built-in memory task, whose cue stands `distance` tokens before the end.'),
    distance: z.int().min(0).max(10_000).default(20)
      .describe('Of `recall` alone: tokens between the cue, which decides the label, and the end of the text.'),
    textColumn: z.string().min(1).default('review')
      .describe('Column of the texts in a table of your own. Where the table has no `review`, a usual name is taken, as `text`.'),
    labelColumn: z.string().min(1).default('sentiment')
      .describe('Column of the labels: words or numbers, two classes or more. Where the table has no `sentiment`, a usual name is taken, '
        + 'as `label`.'),
    splitColumn: z.string().min(1).nullable().default(null)
      .describe('Column that says which part a row is for: `train`, `validation` or `test`; null for none.'),
    testPath: z.string().min(1).nullable().default(null)
      .describe('A table with the test part; null takes it from the table that --data names.'),
    validationPath: z.string().min(1).nullable().default(null)
      .describe('A table with the validation part; null holds out a share of the training part.'),
    testFraction: z.number().gt(0).lt(1).default(0.5)
      .describe('Share of the rows of a table that are for test where neither a column nor a file says so: drawn for each class, always '
        + 'the same ones.'),
    encoding: z.enum(encodings).default('auto')
      .describe('How a table is written. `auto`: UTF-8, or UTF-16 where it shows; the others cannot be told by looking.'),
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
    trainLimit: z.int().min(2).nullable().default(null)
      .describe('Reviews taken of train instead of `limit`, so that models trained on more or fewer have one test; null for `limit`.'),
  })
  .prefault({})
  .describe('Which reviews, and how they become token ids.');

/** Reviews that gatelab makes itself: there is no file to name, to find again or to compare. */
export function isBuiltIn(kind: string): boolean {
  return kind === 'sample' || kind === 'recall';
}

export type DataConfig = Readonly<z.infer<typeof dataSchema>>;
