import { describeValue } from '../files/escape.ts';
import { displayPath } from '../files/paths.ts';
import { escapeControls } from '../files/escape-controls.js';
import type { Dataset } from './dataset.ts';
import type { EncodedPart, TokenizedPart } from '../text/encode.ts';
import type { CorpusSource } from './review.ts';
import { countLabels } from './split.ts';
import type { DataConfig } from './settings.ts';
import { shareOfUncutRuns } from '../text/tokenizer.ts';
import type { TokenizerName } from '../text/tokenizer.ts';
import type { TokenizedCorpus } from './tokenized-corpus.ts';

const MANY_UNKNOWN = 0.5;
const MANY_RUNS = 0.3;
const RARE_CLASS = 0.01;
const MANY_CUT = 0.1;
/** Classes named in a line. */
const SHOWN = 5;

/** [classes] reviews of each. */
export function countByClass({ labels }: Pick<EncodedPart, 'labels'>, classes: number): number[] {
  return countLabels(labels, classes);
}

/** Tokens without an id of their own, of those kept; 0 of a part without tokens. */
export function shareOfUnknown({ unknownTokens, tokenIds }: EncodedPart): number {
  return unknownTokens / Math.max(1, tokenIds.length);
}

/** What makes these reviews useless to a model as they are read now, a line each. */
export function findDataWarnings({ vocabulary, test }: Dataset, tokenizer: TokenizerName): string[] {
  const unspaced = tokenizer === 'words' && shareOfUncutRuns(vocabulary.words) > MANY_RUNS;
  const unknown = shareOfUnknown(test);
  return [
    ...(unspaced ? ['most of the text is written without spaces between words, and data.tokenizer words takes each phrase for one word; '
      + 'add --set data.tokenizer=segments'] : []),
    ...(unknown >= MANY_UNKNOWN ? [`${(100 * unknown).toFixed(1)} % of the tokens of the test reviews are unknown, since no training `
      + `review has them; `
      + 'a model can learn little here that helps it there'] : []),
  ];
}

/** What was guessed and found in a file, a line each with its name. */
export function renderNotes({ location }: Pick<CorpusSource, 'location'>, notes: readonly string[]): string[] {
  return notes.map((note) => escapeControls(`${displayPath(location)}: ${note}`));
}

/** Test reviews whose tokens, all of them in their order, are those of a training review. */
export function countSeenInTraining({ train, test }: TokenizedCorpus): number {
  const contents = ({ wordIds, offsets, ids }: TokenizedPart): string[] => ids.map((_, row) => {
    const tokens = wordIds.subarray(offsets[row], offsets[row + 1]);
    return Buffer.from(tokens.buffer, tokens.byteOffset, tokens.byteLength).toString('latin1');
  });
  const seen = new Set(contents(train));
  return contents(test).filter((content) => seen.has(content)).length;
}

/** [reviews] whole lengths in tokens, shortest first. */
export function sortLengths(parts: readonly Pick<TokenizedPart, 'offsets'>[]): Int32Array {
  return Int32Array.from(parts.flatMap(({ offsets }) => [...offsets.subarray(1)].map((end, row) => end - (offsets[row] ?? 0)))).sort();
}

/** The length that a share of the reviews does not pass. @param sorted shortest first */
export function lengthAtShare(sorted: Int32Array, share: number): number {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
}

/** What is odd about a person's own file, a line each: nothing here stops a training, and each may explain what it comes to. */
export function findOddities(corpus: TokenizedCorpus, { classes, train }: Dataset, { maxLength, truncate }: DataConfig): string[] {
  const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
  const reviews = corpus.test.ids.length, seen = countSeenInTraining(corpus);
  const counts = countByClass(train, classes.length), total = train.labels.length;
  const rare = classes.flatMap((name, k) => ((counts[k] ?? 0) < RARE_CLASS * total ? [`${describeValue(name)} ${counts[k] ?? 0}`] : []));
  const lengths = sortLengths([corpus.train, corpus.validation, corpus.test]);
  const wordless = lengths.filter((length) => length === 0).length;
  const long = lengths.filter((length) => length > maxLength).length;
  return [
    ...(wordless === 0 ? [] : [`${wordless} ${wordless === 1 ? 'review has' : 'reviews have'} no word, and a model knows nothing of such `
      + 'a review']),
    ...(seen === 0 ? [] : [`${seen} of the ${reviews} test reviews (${percent(seen / reviews)}) have the tokens of a training review: `
      + 'their answers may be known by heart']),
    ...(rare.length === 0 ? [] : [`fewer than 1 % of the ${total} training reviews are of ${rare.length === 1 ? 'the class' : 'each of'} `
      + `${rare.slice(0, SHOWN).join(', ')}${rare.length > SHOWN ? ` and ${rare.length - SHOWN} more` : ''}: accuracy hardly counts `
      + `${rare.length === 1 ? 'it' : 'them'}, the macro mean of evaluate does`]),
    ...(long < MANY_CUT * lengths.length ? [] : [`${percent(long / lengths.length)} of the reviews are longer than data.maxLength `
      + `${maxLength} and lose their ${truncate}: half have ${lengthAtShare(lengths, 0.5)} tokens or fewer, 95 % `
      + `${lengthAtShare(lengths, 0.95)} or fewer`]),
  ];
}
