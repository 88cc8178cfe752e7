import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { displayPath } from '../config/paths.ts';
import { toDiskError } from '../disk-errors.ts';
import { ignoreProgress, type OnProgress } from '../progress.ts';

const CHUNK_BYTES = 1 << 18;

/** A UserError for what the operating system says about `path`; anything else is returned as it is. */
export function describeSystemError(error: unknown, action: 'read' | 'write', path: string): unknown {
  return toDiskError(error, `${displayPath(path)}: cannot ${action} it`);
}

/** Bytes of a file, or undefined where there is none. */
export async function findFileBytes(path: string): Promise<number | undefined> {
  const found = await stat(path).catch(() => undefined);
  return found?.isFile() === true ? found.size : undefined;
}

/** Passes chunks on and tells how many bytes have gone by. */
export async function* countBytes(chunks: AsyncIterable<Uint8Array>, onBytes: (total: number) => void): AsyncGenerator<Uint8Array> {
  let total = 0;
  for await (const chunk of chunks) {
    total += chunk.byteLength;
    onBytes(total);
    yield chunk;
  }
}

export function openForReading(path: string, start = 0): AsyncIterable<Buffer> & NodeJS.ReadableStream {
  return createReadStream(path, { highWaterMark: CHUNK_BYTES, start });
}

/** Hex digest of a file's bytes. @throws UserError when it cannot be read. */
export async function hashFile(path: string, algorithm: 'md5' | 'sha256', onProgress: OnProgress = ignoreProgress): Promise<string> {
  const hash = createHash(algorithm);
  try {
    const { size: total } = await stat(path);
    for await (const chunk of countBytes(openForReading(path), (done) => { onProgress({ label: 'Checking', done, total, unit: 'bytes' }); })) {
      hash.update(chunk);
    }
  } catch (error) {
    throw describeSystemError(error, 'read', path);
  }
  return hash.digest('hex');
}
