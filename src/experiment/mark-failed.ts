import { join } from 'node:path';

import { kindOf } from '../config/paths.ts';
import { UserError } from '../errors.ts';
import type { ExperimentFolder } from './folder.ts';
import { readSummary } from './load.ts';
import { withExperimentLock } from './lock.ts';
import { createExperimentWriter } from './writer.ts';

/**
 * Says in a run's summary that it failed, for a process that died before it could. What it kept stays, so it can go on.
 * Leaves a folder alone that has no summary yet, or that another process is writing.
 */
export async function markFailed(folder: ExperimentFolder, reason: string): Promise<void> {
  try {
    await withExperimentLock(folder, () => undefined, () => {
      if (kindOf(join(folder.path, 'summary.json')) === 'file') {
        const summary = readSummary(folder.path);
        createExperimentWriter(folder, summary).writeSummary({ ...summary, status: 'failed', failure: reason });
      }
      return Promise.resolve();
    });
  } catch (error) {
    if (!(error instanceof UserError)) throw error; // the reason is shown in any case
  }
}
