import type { DataConfig } from '../config/schema.ts';
import { tokenizeSegments } from './segments.ts';
import { tokenize, TOKENIZER_VERSION } from './tokenizer.ts';

export type TokenizerName = DataConfig['tokenizer'];

interface Tokenizer {
  /** The tokens of a text, in order; none is empty. */
  readonly tokenize: (text: string) => string[];
  /** All that its tokens depend on besides the text and Unicode's version. */
  readonly version: string;
}

/** By their name in `data.tokenizer`. The dictionaries of `segments` come with Node, in ICU. */
export const tokenizers: Readonly<Record<TokenizerName, Tokenizer>> = {
  words: { tokenize, version: String(TOKENIZER_VERSION) },
  segments: { tokenize: tokenizeSegments, version: `${TOKENIZER_VERSION}, ICU ${process.versions.icu}` },
};

/** `words 1`, `segments 1, ICU 78.1`: what tokens are recognised by. */
export function describeTokenizer(name: TokenizerName): string {
  return `${name} ${tokenizers[name].version}`;
}
