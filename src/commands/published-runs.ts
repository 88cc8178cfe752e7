import { displayPath, kindOf } from '../config/paths.ts';
import { UserError } from '../errors.ts';
import { findRuns, PUBLISHED_FOLDER } from '../experiment/find-runs.ts';
import { loadExperiment } from '../experiment/load.ts';
import type { Experiment } from '../experiment/load.ts';

/**
 * Experiment folders, and those within the folders that are none. The default one may be missing, and then there are no runs.
 * @throws UserError when a folder that is asked for holds no run, or a run is damaged or not on IMDB
 */
export function loadPublished(from: readonly string[]): Experiment[] {
  const experiments = findRuns(from.filter((folder) => folder !== PUBLISHED_FOLDER || kindOf(folder) !== 'missing')).map(loadExperiment);
  for (const { path, environment: { dataset } } of experiments) {
    if (dataset.kind === 'imdb') continue;
    throw new UserError(`${displayPath(path)}: was trained on ${dataset.synthetic ? 'synthetic reviews' : 'a CSV'}; the articles' claims are about IMDB`);
  }
  return experiments;
}
