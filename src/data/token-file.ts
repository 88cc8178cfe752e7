import { createHash } from 'node:crypto';
import type { TokenizedCorpus } from './tokenized-corpus.ts';
import type { TokenizedPart } from '../text/encode.ts';

/**
 * A tokenised corpus as one file whose arrays are used where they lie, without being copied:
 *
 *     32 bytes   SHA-256 of all that follows
 *     32 bytes   8 × uint32: format, bytes of text, then reviews and tokens of train, of validation and of test
 *     text       JSON: key, fingerprint, notes, words, classes, ids of train, of validation and of test
 *     train      int32 offsets [reviews + 1], int32 wordIds [tokens], uint8 labels [reviews]
 *     validation, test: likewise
 *
 * Each section starts at a multiple of 4. Numbers are in the machine's byte order; the format number shows a foreign one.
 */
export const TOKEN_FILE_FORMAT = 0x746f6b03;

const DIGEST_BYTES = 32;
const HEADER_WORDS = 8;
const TEXT_START = DIGEST_BYTES + 4 * HEADER_WORDS;

interface FileText {
  readonly key: string;
  readonly fingerprint: string;
  readonly notes: readonly string[];
  readonly words: readonly string[];
  readonly classes: readonly string[];
  readonly trainIds: readonly string[];
  readonly validationIds: readonly string[];
  readonly testIds: readonly string[];
}

function bytesOf(array: Int32Array | Uint32Array): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

function paddingAfter(bytes: Uint8Array): Uint8Array {
  return new Uint8Array((4 - (bytes.length % 4)) % 4);
}

function sectionsOf({ offsets, wordIds, labels }: TokenizedPart): Uint8Array[] {
  return [bytesOf(offsets), bytesOf(wordIds), labels, paddingAfter(labels)];
}

/** The file's bytes, in pieces to be written one after the other. */
export function encodeTokenFile(key: string, corpus: TokenizedCorpus): Uint8Array[] {
  const { words, classes, train, validation, test, fingerprint, notes } = corpus;
  const content: FileText = {
    key, fingerprint, notes, words, classes, trainIds: train.ids, validationIds: validation.ids, testIds: test.ids,
  };
  const text = Buffer.from(JSON.stringify(content));
  const header = Uint32Array.of(
    TOKEN_FILE_FORMAT,
    text.length,
    train.ids.length,
    train.wordIds.length,
    validation.ids.length,
    validation.wordIds.length,
    test.ids.length,
    test.wordIds.length,
  );
  const pieces = [bytesOf(header), text, paddingAfter(text), ...sectionsOf(train), ...sectionsOf(validation), ...sectionsOf(test)];
  const hash = createHash('sha256');
  for (const piece of pieces) hash.update(piece);
  return [hash.digest(), ...pieces];
}

/** Views of a file's sections, from `at` on. */
function createSectionReader(
  file: Uint8Array,
  at: number,
): { int32: (length: number) => Int32Array; uint8: (length: number) => Uint8Array } {
  let next = at;
  const skip = (bytes: number): number => {
    const start = next;
    next += Math.ceil(bytes / 4) * 4;
    return file.byteOffset + start;
  };
  return {
    int32: (length) => new Int32Array(file.buffer, skip(4 * length), length),
    uint8: (length) => new Uint8Array(file.buffer, skip(length), length),
  };
}

/**
 * The corpus in a file's bytes; its arrays share their memory.
 *
 * @throws Error when the bytes are damaged, cut short, or of another key, format or machine
 */
export function decodeTokenFile(key: string, bytes: Uint8Array): TokenizedCorpus {
  const file = bytes.byteOffset % 4 === 0 ? bytes : new Uint8Array(bytes);
  if (file.length < TEXT_START) throw new Error('it is cut short');
  const digest = createHash('sha256').update(file.subarray(DIGEST_BYTES)).digest();
  if (!digest.equals(file.subarray(0, DIGEST_BYTES))) throw new Error('its checksum does not match');

  const header = new Uint32Array(file.buffer, file.byteOffset + DIGEST_BYTES, HEADER_WORDS);
  const [format = 0, textBytes = 0, ...sizes] = header;
  if (format !== TOKEN_FILE_FORMAT) throw new Error('it has another format');
  const read = createSectionReader(file, TEXT_START);
  const text = JSON.parse(Buffer.from(read.uint8(textBytes)).toString()) as FileText;
  if (text.key !== key) throw new Error('it belongs to other data');

  const [train, validation, test] = ([text.trainIds, text.validationIds, text.testIds] as const).map((ids, k): TokenizedPart => {
    const [reviews = 0, tokens = 0] = sizes.slice(2 * k);
    return { offsets: read.int32(reviews + 1), wordIds: read.int32(tokens), labels: read.uint8(reviews), ids };
  }) as [TokenizedPart, TokenizedPart, TokenizedPart];
  const { words, classes, fingerprint, notes } = text;
  return { words, classes, train, validation, test, fingerprint, notes };
}
