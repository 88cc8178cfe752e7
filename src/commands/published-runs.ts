import { kindOf } from '../config/paths.ts';
import { PUBLISHED_FOLDER } from '../experiment/find-runs.ts';
import type { Experiment } from '../experiment/load.ts';
import { chooseRuns } from '../report/choose-runs.ts';

/**
 * Experiment folders, and those within the folders that are none. The default one may be missing, and then there are no runs.
 * @param onLeftOut takes a line for each run that was found and is no evidence
 * @throws UserError when a folder that is asked for holds no run, or a run that is named itself is damaged or not on IMDB
 */
export function loadPublished(from: readonly string[], onLeftOut: (line: string) => void): Experiment[] {
  const folders = from.filter((folder) => folder !== PUBLISHED_FOLDER || kindOf(folder) !== 'missing');
  return folders.length === 0 ? [] : chooseRuns(folders, { refuse: refuseOtherData, onLeftOut });
}

function refuseOtherData({ environment: { dataset } }: Experiment): string | null {
  if (dataset.kind === 'imdb') return null;
  return `it was trained on ${dataset.synthetic ? 'synthetic reviews' : 'other reviews than IMDB'}, and the articles' claims are about IMDB`;
}
