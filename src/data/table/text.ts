import { createGunzip } from 'node:zlib';
import { pipeline } from 'node:stream';
import { countBytes, openForReading } from '../../files/read.ts';
import { UserError } from '../../errors.ts';
import { displayPath } from '../../files/paths.ts';
import type { encodings } from '../settings.ts';

/** How a table's text is kept. */
export interface TableFormat {
  readonly isGzip: boolean;
  readonly encoding: Exclude<(typeof encodings)[number], 'auto'>;
}

const BYTE_ORDER_MARK = '\ufeff';
const MAX_UNPACKED_BYTES = 2 ** 30;

/**
 * The encoding of a table, by its first bytes: UTF-16 has a byte-order mark, or a zero beside each of the ASCII characters it begins
 * with. Null for what is no text. Windows-1252 cannot be told here: it begins as UTF-8 does.
 */
export function findEncoding(start: Buffer): 'utf-8' | 'utf-16le' | 'utf-16be' | null {
  const [first, second] = start;
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  if (first === 0xfe && second === 0xff) return 'utf-16be';
  const head = [...start.subarray(0, 8)];
  const isZero = (odd: 0 | 1): boolean => head.length >= 4 && head.every((byte, at) => (byte === 0) === (at % 2 === odd));
  if (isZero(1)) return 'utf-16le';
  if (isZero(0)) return 'utf-16be';
  return start.subarray(0, 4096).includes(0) ? null : 'utf-8';
}

/** @throws UserError where bytes are none of an encoding that somebody named; of UTF-16, which shows itself, they become U+FFFD */
async function* decode(chunks: AsyncIterable<Uint8Array>, encoding: TableFormat['encoding'], shown: string): AsyncGenerator<Buffer> {
  const decoder = new TextDecoder(encoding, { fatal: !encoding.startsWith('utf-16') }); // It takes the byte-order mark away.
  const read = (chunk?: Uint8Array): Buffer => {
    try {
      return Buffer.from(chunk === undefined ? decoder.decode() : decoder.decode(chunk, { stream: true }));
    } catch {
      throw new UserError(`${shown}: is not ${encoding.toUpperCase()} text; omit the encoding, or name the right one`);
    }
  };
  for await (const chunk of chunks) yield read(chunk);
  yield read();
}

async function* dropMark(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const mark = Buffer.from(BYTE_ORDER_MARK);
  let isFirst = true;
  for await (const chunk of chunks) {
    yield isFirst && mark.equals(chunk.subarray(0, mark.length)) ? chunk.subarray(mark.length) : chunk;
    isFirst = false;
  }
}

function unpack(chunks: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  const unpacked = createGunzip({ chunkSize: 1 << 18 });
  pipeline(chunks, unpacked, () => undefined); // An error comes out of the iteration.
  return countBytes(unpacked, (total) => {
    if (total > MAX_UNPACKED_BYTES) throw new UserError('unpacks to more than 1 GiB');
  });
}

/**
 * A table's text as UTF-8 bytes without a byte-order mark, as it streams by; bytes that are no UTF-8 are passed on as they are.
 * @param onBytes is told how much of the file is read
 */
export function streamText(path: string, { isGzip, encoding }: TableFormat, onBytes: (done: number) => void): AsyncIterable<Uint8Array> {
  const bytes = countBytes(openForReading(path), onBytes);
  const text = isGzip ? unpack(bytes) : bytes;
  return encoding === 'utf-8' ? dropMark(text) : decode(text, encoding, displayPath(path));
}

/** The same of a file's first bytes. */
export function decodeStart(start: Buffer, { encoding }: TableFormat): string {
  return new TextDecoder(encoding).decode(start);
}
