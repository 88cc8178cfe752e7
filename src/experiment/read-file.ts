import { readFileSync, statSync } from 'node:fs';

import { displayPath } from '../config/paths.ts';
import { UserError } from '../errors.ts';

/** Far above what a run writes (100,000 epochs are some 30 MB). */
const MAX_BYTES = 64 * 1024 * 1024;

/**
 * A file of an experiment folder.
 * @returns undefined when it is not there
 * @throws UserError when it cannot be read, or is larger than any run writes
 */
export function readOptional(path: string): string | undefined {
  const shown = displayPath(path);
  try {
    if (statSync(path).size > MAX_BYTES) throw new UserError(`${shown}: is larger than ${MAX_BYTES} bytes; gatelab did not write it`);
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof UserError) throw error;
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown reason';
    if (code === 'ENOENT') return undefined;
    throw new UserError(`${shown}: cannot be read (${code}); check the file and its permissions`);
  }
}
