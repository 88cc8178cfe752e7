import { join } from 'node:path';

import pino from 'pino';

import { displayPath } from '../config/paths.ts';
import { toDiskError } from '../disk-errors.ts';
import type { ExperimentFolder } from './folder.ts';
import { nameNonFinite } from './records.ts';

/**
 * log.jsonl: one JSON line an event, on the disk when the call returns.
 * A log that can no longer be written does not end a run: the records, written next, report a full disk.
 * @throws UserError when the file cannot be opened
 */
export function createLog(folder: ExperimentFolder, { synthetic }: { readonly synthetic: boolean }): pino.Logger {
  const path = join(folder.path, 'log.jsonl');
  try {
    const destination = pino.destination({ dest: path, sync: true });
    destination.on('error', () => undefined);
    const formatters = { level: (label: string) => ({ level: label }), log: nameNumbers };
    return pino({ base: synthetic ? { synthetic } : null, timestamp: pino.stdTimeFunctions.isoTime, formatters }, destination);
  } catch (error) {
    throw toDiskError(error, `${displayPath(path)}: cannot be opened`);
  }
}

/** A loss that is not a number is not null in the log either. */
function nameNumbers(event: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(event).map(([key, value]) => [key, nameNonFinite(key, value)]));
}
