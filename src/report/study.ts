import { join } from 'node:path';
import { loadExperiment } from '../experiment/load.ts';
import type { Experiment } from '../experiment/load.ts';
import { locateSeedFolder } from '../experiment/folder.ts';
import { adjustByHolm } from '../measure/statistics.ts';
import { kindOf } from '../files/paths.ts';
import { isStudyFolder, readStudyRecord } from '../study/record.ts';
import type { StudyPoint, StudyRecord } from '../study/record.ts';
import { comparePair, loadTestOutcomes } from './comparison-differences.ts';
import type { PairedDifference } from './comparison-differences.ts';
import { createRow, isBaseline, isCounted } from './comparison-rows.ts';
import type { ComparisonRow } from './comparison-rows.ts';
import type { FigureKey } from './comparison-tables.ts';

/** The runs of a point that are complete, by their figures. */
interface PointRow {
  readonly point: StudyPoint;
  readonly row: ComparisonRow;
}

/** What a study's runs of one point show. */
export interface PointResult extends PointRow {
  /** Whether no other point is at least as accurate and takes less: of time for an epoch, of memory. Null where a figure is missing. */
  readonly isFront: { readonly time: boolean | null; readonly memory: boolean | null };
}

/** A point against the one that it is compared with. */
export interface StudyEffect {
  readonly point: StudyPoint;
  readonly reference: StudyPoint;
  /** Point minus reference, in accuracy at best validation. */
  readonly difference: PairedDifference;
  /** By Holm, over all comparisons of the study; NaN of a single seed. */
  readonly adjusted: number;
  readonly verdict: 'better' | 'worse' | 'not decided' | 'one seed';
}

/** A study's runs, set side by side. */
export interface StudyResult {
  readonly record: StudyRecord;
  /** In the study's order; those without a completed run are missing. */
  readonly points: readonly PointResult[];
  readonly effects: readonly StudyEffect[];
  /** Runs that the study has and that are not complete, by the names of their folders. */
  readonly missing: readonly string[];
}

/** @param folder where a study's runs lie @throws UserError where it is none of a study, or a run is damaged */
export function loadStudy(folder: string): StudyResult {
  const record = readStudyRecord(folder);
  return createStudyResult(record, new Map(record.points.map((point) => [point.name, loadPointRuns(folder, record, point)])));
}

/** Those runs of a point that have come to an end. @param folder of the study @throws UserError where a run is damaged */
export function loadPointRuns(folder: string, { seeds }: StudyRecord, { name }: StudyPoint): Experiment[] {
  return seeds.map((seed) => locateSeedFolder(folder, name, seed).path)
    .filter((path) => kindOf(join(path, 'summary.json')) === 'file').map(loadExperiment);
}

/** Studies by their names. */
export type Studies = ReadonlyMap<string, StudyResult>;

/** The studies in some folders; what is none of a study is passed over. */
export function loadStudies(folders: readonly string[]): Studies {
  const studies = folders.filter(isStudyFolder).map(loadStudy);
  return new Map(studies.map((study) => [study.record.name, study]));
}

/** @param runs of each point, by its name */
export function createStudyResult(record: StudyRecord, runs: ReadonlyMap<string, readonly Experiment[]>): StudyResult {
  const rows = record.points.flatMap((point): PointRow[] => {
    const counted = (runs.get(point.name) ?? []).filter(isCounted);
    return counted.length === 0 ? [] : [{ point, row: createRow({ label: point.label, runs: counted }) }];
  });
  return {
    record, points: rows.map((one) => ({ ...one, isFront: {
      time: isOnFront(one.row, rows.map(({ row }) => row), 'epochSeconds'),
      memory: isOnFront(one.row, rows.map(({ row }) => row), 'peakAboveBaselineBytes'),
    } })),
    effects: createEffects(rows), missing: listMissing(record, rows),
  };
}

function listMissing(record: StudyRecord, rows: readonly PointRow[]): string[] {
  const done = new Map(rows.map(({ point, row }) => [point.name, row]));
  return record.points.flatMap(({ name }) => {
    const row = done.get(name);
    const seeds = row !== undefined && isBaseline(row) ? [] : record.seeds.filter((seed) => row?.seeds.includes(seed) !== true);
    return seeds.map((seed) => `${name}-seed${seed}`);
  });
}

/** Whether no other row is as accurate and takes less, or is more accurate and takes no more. */
function isOnFront(row: ComparisonRow, rows: readonly ComparisonRow[], cost: FigureKey): boolean | null {
  const of = (one: ComparisonRow): [number | undefined, number | undefined] =>
    [one.testAccuracyAtBestValidation.measured?.mean, one[cost].measured?.mean];
  const [accuracy, taken] = of(row);
  if (accuracy === undefined || taken === undefined) return null;
  return !rows.some((other) => {
    const [theirs = -Infinity, theirCost = Infinity] = of(other);
    return theirs >= accuracy && theirCost <= taken && (theirs > accuracy || theirCost < taken);
  });
}

const LEVEL = 0.05;

function createEffects(rows: readonly PointRow[]): StudyEffect[] {
  const outcomes = loadTestOutcomes(rows.map(({ row }) => row));
  const compared = rows.flatMap(({ point, row }) => {
    const other = rows.find((one) => one.point.name === point.reference);
    const difference = other === undefined ? null : comparePair(row, other.row, outcomes);
    return other === undefined || difference === null ? [] : [{ point, reference: other.point, difference }];
  });
  const told = compared.filter(({ difference }) => !Number.isNaN(difference.pValue));
  const adjusted = new Map(adjustByHolm(told.map(({ difference }) => difference.pValue)).map((value, k) => [told[k], value]));
  return compared.map((one) => {
    const own = adjusted.get(one) ?? Number.NaN;
    return { ...one, adjusted: own, verdict: judge(own, one.difference.difference.mean) };
  });
}

function judge(adjusted: number, mean: number): StudyEffect['verdict'] {
  if (Number.isNaN(adjusted)) return 'one seed';
  if (adjusted >= LEVEL) return 'not decided';
  return mean > 0 ? 'better' : 'worse';
}
