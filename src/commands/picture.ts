import { dirname } from 'node:path';

import { UsageError } from '../errors.ts';
import { displayPath, kindOf } from '../files/paths.ts';
import { writeFileAtomically } from '../files/write.ts';
import { renderPng } from '../report/chart.ts';

/** What `--out` names, checked before anything is computed. @throws UsageError where it is no file name */
export function checkPicture(out: string | undefined): string | undefined {
  if (out !== undefined && /(^|[/\\])(\.svg|\.png)?$/i.test(out)) throw new UsageError('--out takes a file name, for example curves.svg');
  return out;
}

/** What `--html` names, checked before anything is computed. @throws UsageError where no file can be there */
export function checkPage(path: string | undefined): void {
  if (path === undefined) return;
  if (kindOf(path) === 'folder') throw new UsageError(`--html ${displayPath(path)}: is a folder; name a file in it, for example page.html`);
  const folder = dirname(path);
  if (kindOf(folder) !== 'folder') throw new UsageError(`--html ${displayPath(path)}: ${displayPath(folder)} is no folder; make it first`);
}

/** Writes a picture as SVG and as PNG. @param out a file name, whose ending is left out of account @returns the two files */
export async function writePicture(out: string, svg: string): Promise<string[]> {
  const stem = out.replace(/\.(svg|png)$/i, '');
  writeFileAtomically(`${stem}.svg`, svg);
  writeFileAtomically(`${stem}.png`, await renderPng(svg));
  return [`${stem}.svg`, `${stem}.png`];
}
