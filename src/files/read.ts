import { readFileSync, statSync, createReadStream } from 'node:fs';
import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';

import { displayPath } from './paths.ts';
import { UserError } from '../errors.ts';
import { toDiskError } from './disk-errors.ts';
import { ignoreProgress } from '../progress.ts';
import type { OnProgress } from '../progress.ts';

/** Far above what a run writes (100,000 epochs are some 30 MB). */
export const MAX_BYTES = 64 * 1024 * 1024;

/**
 * A file of an experiment folder.
 * @returns undefined when it is not there
 * @throws UserError when it cannot be read, or is larger than any run writes
 */
export function readOptional(path: string): string | undefined {
  return readOptionalBytes(path)?.toString('utf8');
}

/** The same for a file that is no text. @throws UserError */
export function readOptionalBytes(path: string): Buffer | undefined {
  const shown = displayPath(path);
  try {
    if (statSync(path).size > MAX_BYTES) throw new UserError(`${shown}: is larger than ${MAX_BYTES} bytes; gatelab did not write it`);
    return readFileSync(path);
  } catch (error) {
    if (error instanceof UserError) throw error;
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown reason';
    if (code === 'ENOENT') return undefined;
    throw new UserError(`${shown}: cannot be read (${code}); check the file and its permissions`);
  }
}

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
    for await (const chunk of countBytes(openForReading(path), (done) => {
      onProgress({ label: 'Checking', done, total, unit: 'bytes' });
    })) {
      hash.update(chunk);
    }
  } catch (error) {
    throw describeSystemError(error, 'read', path);
  }
  return hash.digest('hex');
}
