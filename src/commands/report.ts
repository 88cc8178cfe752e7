import { join } from 'node:path';
import { displayPath, kindOf } from '../files/paths.ts';
import { UsageError } from '../errors.ts';
import { publishedFolders, PUBLISHED_FOLDER } from '../experiment/find-runs.ts';
import { EXPERIMENTS_FOLDER } from '../experiment/folder.ts';
import { writeFileAtomically } from '../files/write.ts';
import { chooseRuns } from '../report/choose-runs.ts';
import type { CheckedClaims } from '../articles/claims/finding.ts';
import { readClaims, describeStale, rerunClaims } from '../articles/claims/read-claims.ts';
import { createComparisons } from '../report/comparison.ts';
import { createContent } from '../report/page/content.ts';
import { drawSearch, drawStudy } from '../report/page/studies.ts';
import type { DrawnStudy } from '../report/page/studies.ts';
import { loadSearch } from '../report/search.ts';
import { loadStudy } from '../report/study.ts';
import { findStudies } from '../study/find-studies.ts';
import { isSearchFolder } from '../study/search-record.ts';
import { renderReport } from '../report/page/page.ts';
import { createScreen } from '../terminal/screen.ts';
import type { OptionsOf } from './options.ts';

const CLAIMS_FILE = 'claims.json';

export interface ReportOptions {
  /** Undefined for the published runs. */
  readonly from: readonly string[] | undefined;
  /** Folders of studies and searches. */
  readonly studies?: readonly string[];
  readonly out: string;
}

/** Writes the page on experiment folders and the claims kept beside them. @throws UserError */
export async function report(
  { from = publishedFolders(), studies = [], out }: ReportOptions, onWarning: (line: string) => void,
): Promise<void> {
  const experiments = chooseRuns(from, { refuse: () => null, onLeftOut: onWarning });
  const comparisons = createComparisons(experiments);
  const claims = findClaims(from);
  const place = displayPath(join(from[0] ?? PUBLISHED_FOLDER, CLAIMS_FILE));
  if (claims === null) onWarning(`the report has no verdicts: there is no ${place}`);
  const stale = claims === null ? null : describeStale(claims, experiments);
  if (stale !== null) onWarning(`${stale}; check them again with ${rerunClaims(place)}`);
  const drawn: DrawnStudy[] = [];
  for (const folder of studies)
    drawn.push(await (isSearchFolder(folder) ? drawSearch(loadSearch(folder), folder) : drawStudy(loadStudy(folder), folder)));
  writeFileAtomically(out, renderReport(await createContent(comparisons, claims, from, drawn)));
}

/** Of the first folder that has some. */
function findClaims(folders: readonly string[]): CheckedClaims | null {
  const file = folders.map((folder) => join(folder, CLAIMS_FILE)).find((path) => kindOf(path) !== 'missing');
  return file === undefined ? null : readClaims(file);
}

function checkOut(out: string): string {
  if (/(^|[/\\])$/.test(out)) throw new UsageError('--out takes a file name, for example report.html');
  return out;
}

export async function runReport({ from, studies, out }: OptionsOf<'report'>): Promise<void> {
  const { print, onProgress, onWarning } = createScreen(false);
  onProgress({ label: 'Writing the page', done: 0 });
  const file = checkOut(out ?? join(EXPERIMENTS_FOLDER, 'report.html'));
  const folders = studies?.flatMap((list) => list.split(',')).map((folder) => folder.trim()).filter((folder) => folder !== '');
  const shown = folders ?? (from === undefined ? findStudies() : []);
  await report({ from, studies: shown, out: file }, onWarning);
  print(`written to ${displayPath(file)}`);
}
