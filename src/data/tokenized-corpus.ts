import { setImmediate as yieldToEvents } from 'node:timers/promises';
import { createHash } from 'node:crypto';

import { ignoreProgress } from '../progress.ts';
import type { OnProgress } from '../progress.ts';
import { sentiments } from './review.ts';
import type { Corpus, Review } from './review.ts';
import { computeOffsets } from '../text/encode.ts';
import type { TokenizedPart } from '../text/encode.ts';
import { tokenizers } from '../text/tokenizer.ts';
import type { TokenizerName } from '../text/tokenizer.ts';

/**
 * A corpus after the tokeniser and before any setting: it depends on the content and the tokeniser only, so it can be cached,
 * and vocabulary, split, limit and truncation are derived from it in a fraction of a second.
 */
export interface TokenizedCorpus {
  /** Every distinct token of all parts, in order of first appearance. */
  readonly words: readonly string[];
  /** [classes] the name of each label. */
  readonly classes: readonly string[];
  readonly train: TokenizedPart;
  /** Empty where the data has no such part of its own. */
  readonly validation: TokenizedPart;
  readonly test: TokenizedPart;
  /** Of the reviews, whatever the tokenizer: see `createFingerprinter`. */
  readonly fingerprint: string;
  /** The corpus's. */
  readonly notes: readonly string[];
}

const REVIEWS_A_REPORT = 500;

function joinRows(rows: readonly Int32Array[], reviews: readonly Review[]): TokenizedPart {
  const offsets = computeOffsets(rows.map((row) => row.length));
  const wordIds = new Int32Array(offsets.at(-1) ?? 0);
  rows.forEach((row, index) => { wordIds.set(row, offsets[index]); });
  return { wordIds, offsets, labels: Uint8Array.from(reviews, ({ label }) => label), ids: reviews.map(({ id }) => id) };
}

/** Tokenises all parts, letting other events (a signal, the progress bar's timer) through every few milliseconds. */
export async function tokenizeCorpus(
  corpus: Corpus, onProgress: OnProgress = ignoreProgress, tokenizer: TokenizerName = 'words',
): Promise<TokenizedCorpus> {
  const total = corpus.train.length + corpus.validation.length + corpus.test.length;
  const fingerprinter = createFingerprinter(corpus.classes);
  const { tokenize } = tokenizers[tokenizer];
  const idOfWord = new Map<string, number>();
  let done = 0;

  const idOf = (word: string): number => {
    const known = idOfWord.get(word);
    if (known !== undefined) return known;
    idOfWord.set(word, idOfWord.size);
    return idOfWord.size - 1;
  };
  const tokenizePart = async (part: CorpusPart): Promise<TokenizedPart> => {
    const rows: Int32Array[] = [];
    for (const review of corpus[part]) {
      fingerprinter.add(part, review);
      rows.push(Int32Array.from(tokenize(review.text), idOf));
      if (++done % REVIEWS_A_REPORT !== 0 && done !== total) continue;
      onProgress({ label: 'Tokenising reviews', done, total, unit: 'reviews' });
      await yieldToEvents();
    }
    return joinRows(rows, corpus[part]);
  };

  const train = await tokenizePart('train');
  const validation = await tokenizePart('validation');
  const test = await tokenizePart('test');
  const { classes } = corpus;
  return { words: [...idOfWord.keys()], classes, train, validation, test, fingerprint: fingerprinter.digest(), notes: corpus.notes };
}

export type CorpusPart = 'train' | 'validation' | 'test';

/** Takes a corpus review by review: training, validation and test part, each in the corpus's order. */
export interface Fingerprinter {
  add(part: CorpusPart, review: Review): void;
  /** SHA-256, hex. */
  digest(): string;
}

/**
 * Two corpora have one fingerprint when they have the same classes and the same reviews in the same order: parts, ids, labels and texts.
 * Where they were read from, how it was packed and when it was written do not count. Each review is a line of JSON, which no text can
 * break out of; so are the classes, where they are not IMDB's.
 */
export function createFingerprinter(classes: readonly string[] = sentiments): Fingerprinter {
  const hash = createHash('sha256');
  if (classes.join() !== sentiments.join()) hash.update(`${JSON.stringify(classes)}\n`);
  return {
    add: (part, { id, label, text }) => { hash.update(`${JSON.stringify([part, id, label, text])}\n`); },
    digest: () => hash.digest('hex'),
  };
}
