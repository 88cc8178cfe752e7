/** Every word without an id of its own. */
export const UNKNOWN_ID = 1;

/**
 * Ids 0 and 1. Neither can be a token: the tokeniser drops `<` and `>`. `<pad>` never occurs in a packed batch; its embedding row is
 * zero.
 */
const SPECIAL_WORDS = ['<pad>', '<unk>'] as const;

export interface Vocabulary {
  /** [size] `words[id]`, the two special ones first. */
  readonly words: readonly string[];
  readonly size: number;
  /** The id of a word, `UNKNOWN_ID` when it has none. */
  idOf(word: string): number;
}

/** A vocabulary from its words in the order of their ids, as a checkpoint stores them. */
export function createVocabulary(words: readonly string[]): Vocabulary {
  const ids = new Map(words.map((word, id) => [word, id]));
  const startsRight = SPECIAL_WORDS.every((special, id) => words[id] === special);
  if (!startsRight || ids.size !== words.length) throw new Error('a vocabulary is <pad>, <unk> and then distinct words');
  return { words, size: words.length, idOf: (word) => ids.get(word) ?? UNKNOWN_ID };
}

/**
 * The most frequent words; of equally frequent ones those that sort first (by UTF-16 code unit), so that the result does not
 * depend on the order of the reviews. Words counted 0 times get no id.
 *
 * @param counts [words] occurrences of each word in the training part
 * @param vocabularySize largest size, the two special words included; fewer words give a smaller vocabulary
 */
export function selectVocabulary(words: readonly string[], counts: Int32Array, vocabularySize: number): Vocabulary {
  const counted = words.map((word, index) => ({ word, count: counts[index] ?? 0 })).filter(({ count }) => count > 0);
  counted.sort((a, b) => b.count - a.count || (a.word < b.word ? -1 : 1));
  const selected = counted.slice(0, Math.max(0, vocabularySize - SPECIAL_WORDS.length));
  return createVocabulary([...SPECIAL_WORDS, ...selected.map(({ word }) => word)]);
}
