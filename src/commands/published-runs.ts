import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { displayPath, kindOf } from '../config/paths.ts';
import { UserError } from '../errors.ts';
import { loadExperiment } from '../experiment/load.ts';
import type { Experiment } from '../experiment/load.ts';
import type { Comparison } from '../report/comparison.ts';
import * as comparisons from '../report/comparison.ts';

/** Where runs that are part of this project lie. */
export const PUBLISHED = join('experiments', 'published');

/**
 * Experiment folders, and those within the folders that are none. The default one may be missing, and then there are no runs.
 * @throws UserError when a folder that is asked for holds no run, or a run is damaged or not on IMDB
 */
export function loadPublished(from: readonly string[]): Experiment[] {
  const experiments = from.flatMap(findRuns).map(loadExperiment);
  for (const { path, environment: { dataset } } of experiments) {
    if (dataset.kind === 'imdb') continue;
    throw new UserError(`${displayPath(path)}: was trained on ${dataset.synthetic ? 'synthetic reviews' : 'a CSV'}; the documents' claims are about IMDB`);
  }
  return experiments;
}

/** What the published runs say together; null where there are none. @throws UserError when they cannot stand in one table */
export function comparePublished(experiments: readonly Experiment[]): Comparison | null {
  if (experiments.length === 0) return null;
  const { createComparison } = comparisons as { createComparison?: (experiments: readonly Experiment[]) => Comparison };
  if (createComparison === undefined) throw new UserError('published runs cannot be compared by this version; name no --from');
  return createComparison(experiments);
}

function findRuns(folder: string): string[] {
  if (isRun(folder)) return [folder];
  const kind = kindOf(folder);
  const runs = kind === 'folder' ? readdirSync(folder).toSorted().map((name) => join(folder, name)).filter(isRun) : [];
  if (runs.length > 0 || (folder === PUBLISHED && kind !== 'file')) return runs;
  throw new UserError(`${displayPath(folder)}: ${kind === 'folder' ? 'holds no run' : `is ${kind === 'missing' ? 'not there' : 'not a folder'}`}; --from takes experiment folders, or a folder of them`);
}

function isRun(folder: string): boolean {
  return kindOf(join(folder, 'summary.json')) === 'file';
}
