import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';

export { finished, runCli, startCli, startFaultyCli, withoutAnnouncements } from './child.ts';

const folders: string[] = [];
afterAll(() => { for (const folder of folders) rmSync(folder, { recursive: true, force: true }); });

/** An empty folder to run commands in, so that they find no data and write nowhere else; it goes with the test file. */
export function createWorkFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'gatelab-'));
  folders.push(folder);
  return folder;
}
