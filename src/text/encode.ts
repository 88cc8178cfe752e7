import { tokenizers } from './tokenizer.ts';
import type { TokenizerName } from './tokenizer.ts';
import { UNKNOWN_ID } from './vocabulary.ts';
import type { Vocabulary } from './vocabulary.ts';

/** Whole texts as word ids, one after the other; text i is `wordIds[offsets[i] … offsets[i+1])`. */
export interface TokenizedPart {
  /** [tokens] indices into a list of words. */
  readonly wordIds: Int32Array;
  /** [reviews + 1] */
  readonly offsets: Int32Array;
  /** [reviews] the class of each, from 0. */
  readonly labels: Uint8Array;
  /** [reviews] */
  readonly ids: readonly string[];
}

/** Reviews as a model reads them: token ids, cut to `maxLength`, one review after the other. */
export interface EncodedPart {
  /** [tokens] review i is `tokenIds[offsets[i] … offsets[i+1])`. */
  readonly tokenIds: Int32Array;
  /** [reviews + 1] */
  readonly offsets: Int32Array;
  /** [reviews] the class of each, from 0. */
  readonly labels: Uint8Array;
  /** [reviews] as in the corpus. */
  readonly ids: readonly string[];
  /** All token ids are below it. */
  readonly vocabularySize: number;
  /** Tokens that are `<unk>`, of those kept. */
  readonly unknownTokens: number;
  /** Reviews longer than `maxLength`. */
  readonly truncatedReviews: number;
}

export const truncations = ['start', 'end'] as const;

/** How much of a text is kept: its last `maxLength` tokens where the start is cut, else its first. */
export interface Truncation {
  readonly maxLength: number;
  readonly truncate: (typeof truncations)[number];
}

/** Where the kept tokens of a text of so many begin and end. */
export function keptRange(tokens: number, { maxLength, truncate }: Truncation): { readonly from: number; readonly to: number } {
  const kept = Math.min(tokens, maxLength), from = truncate === 'start' ? tokens - kept : 0;
  return { from, to: from + kept };
}

/** [rows + 1] where each row starts, and where the last one ends. */
export function computeOffsets(lengths: ArrayLike<number>): Int32Array {
  const offsets = new Int32Array(lengths.length + 1);
  for (let row = 0; row < lengths.length; row++) offsets[row + 1] = (offsets[row] ?? 0) + (lengths[row] ?? 0);
  return offsets;
}

/** The rows of a part with the given indices. */
function selectRows(part: TokenizedPart, rows: Int32Array): { starts: Int32Array; lengths: Int32Array } {
  return {
    starts: rows.map((row) => part.offsets[row] ?? 0),
    lengths: rows.map((row) => (part.offsets[row + 1] ?? 0) - (part.offsets[row] ?? 0)),
  };
}

/**
 * Encodes the given rows of a part (all by default), in their order.
 *
 * @param words the `words` of the part's corpus
 */
export function encodePart(
  words: readonly string[], part: TokenizedPart, vocabulary: Vocabulary, truncation: Truncation,
  rows: Int32Array = Int32Array.from(part.ids.keys()),
): EncodedPart {
  const tokenIdOf = Int32Array.from(words, (word) => vocabulary.idOf(word));
  const { starts, lengths } = selectRows(part, rows);
  const keptLengths = lengths.map((length) => Math.min(length, truncation.maxLength));
  const offsets = computeOffsets(keptLengths);
  const tokenIds = new Int32Array(offsets.at(-1) ?? 0);
  let unknownTokens = 0;
  let truncatedReviews = 0;

  for (let row = 0, at = 0; row < rows.length; row++) {
    const start = starts[row] ?? 0, length = lengths[row] ?? 0, { from, to } = keptRange(length, truncation);
    if (to - from < length) truncatedReviews++;
    for (let i = start + from; i < start + to; i++) {
      const id = tokenIdOf[part.wordIds[i] ?? 0] ?? UNKNOWN_ID;
      if (id === UNKNOWN_ID) unknownTokens++;
      tokenIds[at++] = id;
    }
  }
  return {
    tokenIds, offsets, unknownTokens, truncatedReviews,
    labels: Uint8Array.from(rows, (row) => part.labels[row] ?? 0),
    ids: Array.from(rows, (row) => part.ids[row] ?? ''),
    vocabularySize: vocabulary.size,
  };
}

/**
 * Encodes texts that belong to no corpus, as a trained model reads them. Labels are 0 and ids the texts' numbers, since there are none.
 *
 * @param vocabulary of the model @param options its `data.tokenizer`, `maxLength` and `truncate`
 */
export function encodeTexts(
  texts: readonly string[], vocabulary: Vocabulary, { tokenizer, ...truncation }: Truncation & { readonly tokenizer: TokenizerName },
): EncodedPart {
  const { tokenize } = tokenizers[tokenizer];
  const tokens = texts.map(tokenize);
  const words = [...new Set(tokens.flat())];
  const idOf = new Map(words.map((word, id) => [word, id]));
  const part = {
    wordIds: Int32Array.from(tokens.flat(), (token) => idOf.get(token) ?? 0),
    offsets: computeOffsets(tokens.map(({ length }) => length)),
    labels: new Uint8Array(texts.length), ids: texts.map((_, k) => String(k)),
  };
  return encodePart(words, part, vocabulary, truncation);
}

/** Token sequences as a part, one after the other, for a model that is asked of them. Labels are 0, and ids the sequences' numbers. */
export function joinSequences(sequences: readonly Int32Array[], vocabularySize: number): EncodedPart {
  const offsets = computeOffsets(sequences.map(({ length }) => length));
  const tokenIds = new Int32Array(offsets.at(-1) ?? 0);
  sequences.forEach((sequence, k) => { tokenIds.set(sequence, offsets[k]); });
  return {
    tokenIds, offsets, vocabularySize, labels: new Uint8Array(sequences.length), ids: sequences.map((_, k) => String(k)),
    unknownTokens: tokenIds.filter((id) => id === UNKNOWN_ID).length, truncatedReviews: 0,
  };
}
