import { tokenize } from './tokenizer.ts';

/** Scripts that are written without spaces between words. */
const UNSPACED = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u;
/** A run of so many characters is rarely one word: most words of these scripts are of one to four. */
const LONG_RUN = 6;

/** No language's own rules: which words there are is said by ICU's dictionaries, whatever the user's locale. */
const segmenter = new Intl.Segmenter('und', { granularity: 'word' });

export function isUnspaced(token: string): boolean {
  return UNSPACED.test(token);
}

/**
 * The tokens of `tokenize`, those in scripts without spaces cut into words by Unicode's segmentation (Annex 29, with ICU's
 * dictionaries). Nothing is dropped: the tokens written together are those of `tokenize` written together.
 */
export function tokenizeSegments(text: string): string[] {
  return tokenize(text).flatMap((token) => (isUnspaced(token) ? Array.from(segmenter.segment(token), ({ segment }) => segment) : [token]));
}

/** The share of distinct tokens that are whole phrases of a script without spaces. */
export function shareOfUncutRuns(tokens: readonly string[]): number {
  const runs = tokens.filter((token) => token.length >= LONG_RUN && isUnspaced(token)).length;
  return tokens.length === 0 ? 0 : runs / tokens.length;
}
