import { open } from 'node:fs/promises';
import { constants, gunzipSync } from 'node:zlib';
import { describeSystemError } from './file-access.ts';

const READ_BYTES = 1 << 16;
/** Of a compressed file, read fewer: they may unpack to a thousand times as many. */
const COMPRESSED_BYTES = 1 << 13;

/** The first bytes of a file, unpacked where it is compressed with gzip. */
export interface FileStart {
  readonly isGzip: boolean;
  /** What could be unpacked, which may be nothing of a damaged file. */
  readonly bytes: Buffer;
}

async function readBytes(path: string, count: number): Promise<Buffer> {
  const file = await open(path).catch((error: unknown) => { throw describeSystemError(error, 'read', path); });
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(count), 0, count, 0);
    return buffer.subarray(0, bytesRead);
  } catch (error) {
    throw describeSystemError(error, 'read', path);
  } finally {
    await file.close();
  }
}

function unpackStart(bytes: Buffer): Buffer {
  try {
    return gunzipSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH });
  } catch {
    return Buffer.alloc(0); // Whoever reads all of it says what is wrong.
  }
}

/** @throws UserError when the file cannot be read */
export async function readFileStart(path: string): Promise<FileStart> {
  const bytes = await readBytes(path, READ_BYTES);
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return { isGzip: false, bytes };
  return { isGzip: true, bytes: unpackStart(bytes.subarray(0, COMPRESSED_BYTES)).subarray(0, READ_BYTES) };
}
