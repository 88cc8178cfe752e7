import { displayPath } from '../files/paths.ts';
import { escapeControls } from '../files/escape-controls.js';
import type { Dataset } from './dataset.ts';
import type { EncodedPart, TokenizedPart } from '../text/encode.ts';
import type { CorpusSource } from './review.ts';
import { shareOfUncutRuns } from '../text/tokenizer.ts';
import type { TokenizerName } from '../text/tokenizer.ts';
import type { TokenizedCorpus } from './tokenized-corpus.ts';

const MANY_UNKNOWN = 0.5;
const MANY_RUNS = 0.3;

export function countPositives({ labels }: EncodedPart): number {
  return labels.reduce((sum, label) => sum + label, 0);
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

/** What was guessed and found while a file was read, a line each with its name. */
export function renderNotes({ location }: Pick<CorpusSource, 'location'>, { notes }: Pick<TokenizedCorpus, 'notes'>): string[] {
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
