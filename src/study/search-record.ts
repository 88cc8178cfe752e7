import { join } from 'node:path';
import { z } from 'zod';
import { locateSeedFolder } from '../experiment/folder.ts';
import type { ExperimentFolder } from '../experiment/folder.ts';
import { isFinished } from '../experiment/continuation.ts';
import { loadExperiment } from '../experiment/load.ts';
import type { Experiment } from '../experiment/load.ts';
import { kindOf } from '../files/paths.ts';
import { writeFileAtomically } from '../files/write.ts';
import type { Score } from './halving.ts';
import { readRecord } from './record.ts';
import { dimensionSchema } from './search-space.ts';

const value = z.union([z.string(), z.number(), z.boolean(), z.null()]);

/** search.json: what the runs beside it were made for, so that they can be ranked without the study's file. */
const recordSchema = z.strictObject({
  format: z.literal(1),
  name: z.string(),
  question: z.string(),
  /** How it is made again. */
  command: z.string(),
  /** The config that all trials start from, and what all of them replace in it, as `--set` takes it. */
  config: z.string(),
  set: z.array(z.string()),
  space: z.record(z.string(), dimensionSchema),
  seed: z.int(),
  /** Epochs after which trials are compared. */
  rungs: z.array(z.int()).min(1),
  factor: z.int(),
  /** Whether a trial that goes on does so in its folder; else it is trained anew in one of its own for each rung. */
  goesOn: z.boolean(),
  /** Whether trials are trained by epochs, so that `--set training.epochs` says how far. */
  hasEpochs: z.boolean(),
  trials: z.array(z.strictObject({ name: z.string(), values: z.record(z.string(), value) })),
});

export type SearchRecord = Readonly<z.infer<typeof recordSchema>>;
export type Trial = SearchRecord['trials'][number];

const SEARCH_FILE = 'search.json';

export function isSearchFolder(folder: string): boolean {
  return kindOf(join(folder, SEARCH_FILE)) === 'file';
}

/** @param into the folder of the search's runs, which is there */
export function writeSearchRecord(into: string, record: SearchRecord): void {
  writeFileAtomically(join(into, SEARCH_FILE), `${JSON.stringify(record, null, 1)}\n`);
}

/** @throws UserError where the folder is none of a search */
export function readSearchRecord(folder: string): SearchRecord {
  return readRecord(join(folder, SEARCH_FILE), recordSchema);
}

/** `--set` of a trial's own keys. */
export function listValues({ values }: Trial): string[] {
  return Object.entries(values).map(([key, chosen]) => `${key}=${JSON.stringify(chosen)}`);
}

type TrialPlace = Pick<SearchRecord, 'rungs' | 'seed' | 'goesOn' | 'trials'>;

/** That of its folder without the seed. @param trial from 0, as the record lists it */
export function nameTrialRun({ rungs, goesOn, trials }: TrialPlace, trial: number, rung: number): string {
  const name = trials[trial]?.name ?? '';
  return goesOn ? name : `${name}-epochs${rungs[rung] ?? 0}`;
}

export function locateTrial(into: string, record: TrialPlace, trial: number, rung: number): ExperimentFolder {
  return locateSeedFolder(into, nameTrialRun(record, trial, rung), record.seed);
}

/** What is there of a trial. */
export interface TrialState {
  /** From the first rung on; of one that is training, those before. */
  readonly scores: readonly Score[];
  /** Its run of the most epochs; null of one that has none. */
  readonly run: Experiment | null;
}

/** @param trial from 0 @throws UserError for a run that is damaged */
export function readTrial(into: string, record: SearchRecord, trial: number): TrialState {
  const scores: Score[] = [];
  let run: Experiment | null = null;
  for (const [rung, epochs] of record.rungs.entries()) {
    const { path } = locateTrial(into, record, trial, rung);
    if (run?.path !== path && kindOf(join(path, 'summary.json')) === 'file') run = loadExperiment(path);
    const score = run?.path === path ? scoreRun(run, record.hasEpochs ? epochs : 1) : undefined;
    if (score === undefined) break;
    scores.push(score);
  }
  return { scores, run };
}

/**
 * The best validation accuracy of a run's first epochs. One that a stop rule ended has it for the rung that it was trained for, and no
 * other: only what goes on counts in the next.
 * @returns undefined where it is not known yet
 */
function scoreRun({ epochs: records, config, summary }: Experiment, epochs: number): Score | undefined {
  const asked = 'epochs' in config.training ? config.training.epochs : 1;
  if (summary.status === 'diverged' && asked >= epochs && records.length < epochs) return null;
  const isStopped = asked >= epochs && isFinished({ summary }, config);
  if (records.length < epochs && !isStopped) return undefined;
  const [best] = records.slice(0, epochs).filter(({ validationAccuracy }) => validationAccuracy !== null)
    .sort((a, b) => (b.validationAccuracy ?? 0) - (a.validationAccuracy ?? 0));
  return best === undefined ? null : { accuracy: best.validationAccuracy ?? 0, loss: best.validationLoss ?? Infinity };
}
