/**
 * Raise it whenever `tokenize` gives other tokens for any text: caches and checkpoints made by another version are not mixed
 * with this one. What a token is, and why, is written in docs/decisions/0005-text.md.
 */
export const TOKENIZER_VERSION = 1;

/**
 * A word is letters and digits, joined by single apostrophes inside it; a kept mark and a picture are tokens of their own.
 * Every branch starts with a different class and none backtracks, so the time is linear in the text.
 */
export const TOKEN = /[\p{L}\p{N}][\p{L}\p{N}\p{M}]*(?:'[\p{L}\p{N}][\p{L}\p{N}\p{M}]*)*|[!?.,;:()"]|\p{Extended_Pictographic}/gu;

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

/** What is replaced in a text, and by what: `by` gets the match and its groups. */
export interface Replacement {
  readonly pattern: RegExp;
  readonly by: (match: string, ...groups: string[]) => string;
}

/** In the order in which `simplify` takes them; before `lineBreaks` it lower-cases, and before `standIns` it composes. */
export const replacements = {
  entities: { pattern: ENTITY, by: decodeEntity },
  lineBreaks: { pattern: LINE_BREAK, by: () => ' ' },
  invisible: { pattern: INVISIBLE, by: () => '' },
  stackedAccents: { pattern: STACKED_ACCENTS, by: (_match, kept = '') => kept },
  standIns: { pattern: STAND_IN, by: (form) => keptForm.get(form) ?? form },
} as const satisfies Readonly<Record<string, Replacement>>;

function replace(text: string, { pattern, by }: Replacement): string {
  return text.replace(pattern, by);
}

export function isAscii(text: string): boolean {
  return !/[^\x00-\x7f]/.test(text);
}

/** The text in lower case, in plain punctuation and in Unicode's composed form. `findTokens` (spans.ts) does the same and keeps places. */
function simplify(text: string): string {
  const decoded = text.includes('&') ? replace(text, replacements.entities) : text;
  const lowered = replace(decoded.toLowerCase(), replacements.lineBreaks);
  if (isAscii(lowered) && !lowered.includes('`')) return lowered;
  const visible = replace(replace(lowered, replacements.invisible), replacements.stackedAccents);
  return replace(visible.normalize('NFC'), replacements.standIns);
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

/** A token in a script without spaces as words by Unicode's segmentation (Annex 29, with ICU's dictionaries); any other as it is. */
function cutSegments(token: string): string[] {
  return isUnspaced(token) ? Array.from(segmenter.segment(token), ({ segment }) => segment) : [token];
}

/** The tokens of `tokenize`, cut. Nothing is dropped: the tokens written together are those of `tokenize` written together. */
export function tokenizeSegments(text: string): string[] {
  return tokenize(text).flatMap(cutSegments);
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
  /** What becomes of a token of `words`: its pieces, which written together are that token. */
  readonly cut: (token: string) => readonly string[];
  /** All that its tokens depend on besides the text and Unicode's version. */
  readonly version: string;
}

/** By their name in `data.tokenizer`. The dictionaries of `segments` come with Node, in ICU. */
export const tokenizers: Readonly<Record<TokenizerName, Tokenizer>> = {
  words: { tokenize, cut: (token) => [token], version: String(TOKENIZER_VERSION) },
  segments: { tokenize: tokenizeSegments, cut: cutSegments, get version() { return `${TOKENIZER_VERSION}, ICU ${process.versions.icu}`; } },
};

/** `words 1`, `segments 1, ICU 78.1`: what tokens are recognised by. */
export function describeTokenizer(name: TokenizerName): string {
  return `${name} ${tokenizers[name].version}`;
}
