import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, expect } from 'vitest';

import { UserError } from '../../src/errors.ts';

/** A folder for the tests of one file, removed after them. */
export function makeTemporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'gatelab-experiment-'));
  afterAll(() => { rmSync(folder, { recursive: true, force: true }); });
  return folder;
}

/** The one line of the UserError that an action must end in, with the temporary folder written as `tmp`. */
export function userErrorOf(action: () => unknown, folder: string): string {
  try {
    action();
  } catch (error) {
    expect(error).toBeInstanceOf(UserError);
    const { message } = error as Error;
    expect(message).not.toContain('\n');
    return message.replaceAll(folder, 'tmp');
  }
  throw new Error('nothing was thrown');
}
