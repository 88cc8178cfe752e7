/** What one request, and all of them together, may ask of the server. */
export interface Limits {
  /** Of a request's body. */
  readonly bodyBytes: number;
  /** Of one request. */
  readonly texts: number;
  /** Of one text, in UTF-16 code units, as JavaScript counts them. */
  readonly characters: number;
  /** Texts that wait for an answer, of all requests. */
  readonly queuedTexts: number;
  /** For a request to arrive whole; and again, from then on, for its answer. */
  readonly milliseconds: number;
}

export const defaultLimits: Limits = { bodyBytes: 2 ** 20, texts: 256, characters: 100_000, queuedTexts: 1024, milliseconds: 30_000 };

/** A refusal: what went wrong is the request's fault or the load's, and the message is one line for its sender. */
export class Refusal extends Error {
  override name = 'Refusal';

  constructor(
    readonly statusCode: 400 | 413 | 429 | 503,
    message: string,
    /** When it may be worth another try. */
    readonly retryAfterSeconds?: number,
  ) { super(message); }
}

/** @throws Refusal that says which limit the texts are over, and its value */
export function checkTexts(texts: readonly string[], limits: Limits): void {
  checkCount(texts.length, limits);
  const long = texts.findIndex((text) => text.length > limits.characters);
  if (long !== -1)
    throw new Refusal(413, `texts/${long} has ${texts[long]?.length ?? 0} characters; a text has at most ${limits.characters}`);
}

/** What a model reads: as many tokens, and ids below the size of its vocabulary. */
export interface ReadLimits {
  readonly maxLength: number;
  readonly vocabularySize: number;
}

/** @param tokenIds [texts][tokens] whole numbers from 1 @throws Refusal as above */
export function checkTokenIds(tokenIds: readonly (readonly number[])[], { maxLength, vocabularySize }: ReadLimits, limits: Limits): void {
  checkCount(tokenIds.length, limits);
  const long = tokenIds.findIndex(({ length }) => length > maxLength);
  if (long !== -1) throw new Refusal(413, `tokenIds/${long} has ${tokenIds[long]?.length ?? 0} ids; the model reads at most ${maxLength}`);
  const other = tokenIds.findIndex((ids) => ids.some((id) => id >= vocabularySize));
  if (other !== -1) throw new Refusal(400, `tokenIds/${other} has an id that the vocabulary lacks; its ids end at ${vocabularySize - 1}`);
}

function checkCount(texts: number, limits: Limits): void {
  if (texts > limits.texts)
    throw new Refusal(413, `a request takes at most ${limits.texts} texts, and this one has ${texts}; send several requests`);
}
