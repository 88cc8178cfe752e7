// @ts-check
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectFolder } from './standing-folder.js';

/** @returns {string} the version of this program */
export function readVersion() {
  /** @type {unknown} */
  const manifest = JSON.parse(readFileSync(join(projectFolder, 'package.json'), 'utf8'));
  return /** @type {{ version: string }} */ (manifest).version;
}
