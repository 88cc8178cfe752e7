/**
 * Raise it whenever `tokenize` gives other tokens for any text: caches and checkpoints made by another version are not mixed
 * with this one. What a token is, and why, is written in docs/decisions/0005-text.md.
 */
export const TOKENIZER_VERSION = 1;

/**
 * A word is letters and digits, joined by single apostrophes inside it; a kept mark and a picture are tokens of their own.
 * Every branch starts with a different class and none backtracks, so the time is linear in the text.
 */
const TOKEN = /[\p{L}\p{N}][\p{L}\p{N}\p{M}]*(?:'[\p{L}\p{N}][\p{L}\p{N}\p{M}]*)*|[!?.,;:()"]|\p{Extended_Pictographic}/gu;

const LINE_BREAK = /<br\s*\/?>/g;
const ENTITY = /&(?:#(\d{1,7})|#x([\da-f]{1,6})|(amp|lt|gt|quot|apos|nbsp));/gi;
const NAMED_ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: ' ' };
const LAST_CODE_POINT = 0x10ffff;

/** Invisible characters (soft hyphen, zero-width space and joiners, direction marks): what looks like one word is one. */
const INVISIBLE = /\p{Cf}/gu;

/** Normalising takes quadratic time in a run of accents; no script stacks more than a few on a letter. */
const STACKED_ACCENTS = /(\p{M}{8})\p{M}+/gu;

/** Characters that stand for a kept one; U+0080 to U+009F are Windows-1252 read as Latin-1, frequent in IMDB. */
const STAND_INS: Readonly<Record<string, string>> = {
  "'": "‘’‚‛ʼ＇`´\u0091\u0092",
  '"': '“”„‟«»＂「」『』\u0084\u0093\u0094',
  '.': '。．｡', ',': '，、､', '!': '！', '?': '？', ';': '；', ':': '：', '(': '（', ')': '）',
  '...': '…\u0085',
};
const keptForm = new Map(Object.entries(STAND_INS).flatMap(([kept, forms]) => Array.from(forms, (form) => [form, kept] as const)));
const STAND_IN = new RegExp(`[${[...keptForm.keys()].join('')}]`, 'gu');

/** What a tokenizer in another language needs besides Unicode's tables: the pattern of a token, and what stands for a kept mark. */
export const tokenizerRules = { pattern: TOKEN.source, standIns: STAND_INS } as const;

function decodeEntity(entity: string, decimal?: string, hexadecimal?: string, name?: string): string {
  if (name !== undefined) return NAMED_ENTITIES[name.toLowerCase()] ?? entity;
  const codePoint = decimal === undefined ? Number.parseInt(hexadecimal ?? '', 16) : Number(decimal);
  return codePoint <= LAST_CODE_POINT ? String.fromCodePoint(codePoint) : ' ';
}

function isAscii(text: string): boolean {
  return !/[^\x00-\x7f]/.test(text);
}

/** The text in lower case, in plain punctuation and in Unicode's composed form. */
function simplify(text: string): string {
  const decoded = text.includes('&') ? text.replace(ENTITY, decodeEntity) : text;
  const lowered = decoded.toLowerCase().replace(LINE_BREAK, ' ');
  if (isAscii(lowered) && !lowered.includes('`')) return lowered;
  return lowered
    .replace(INVISIBLE, '')
    .replace(STACKED_ACCENTS, '$1')
    .normalize('NFC')
    .replace(STAND_IN, (form) => keptForm.get(form) ?? form);
}

/** The tokens of a text, in order; none is empty. Never throws, whatever the text. */
export function tokenize(text: string): string[] {
  return simplify(text).match(TOKEN) ?? [];
}

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

export const tokenizerNames = ['words', 'segments'] as const;
export type TokenizerName = (typeof tokenizerNames)[number];

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
