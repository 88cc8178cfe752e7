import { comparePair, loadTestOutcomes } from '../../report/comparison-differences.ts';
import type { PairedDifference } from '../../report/comparison-differences.ts';
import type { PointResult, Studies } from '../../report/study.ts';
import type { StudyPoint } from '../../study/record.ts';
import { formatPercent } from '../../terminal/format.ts';
import type { Part } from './finding.ts';
import { describeDifference } from './runs.ts';

/** Values that a point must have, by axis: `{config: 'gru.yaml', 'data.maxLength': 100}`. */
type Where = Partial<StudyPoint['values']>;

/** The first point of a study that has some values; null where there is no study or no complete run of it. */
export function findPoint(studies: Studies, study: string, where: Where): PointResult | null {
  const points = studies.get(study)?.points ?? [];
  return points.find(({ point: { values } }) => Object.entries(where).every(([key, value]) => values[key] === value)) ?? null;
}

/** The values of an axis that are numbers, from the smallest. */
export function listNumbers(studies: Studies, study: string, axis: string): number[] {
  const values = studies.get(study)?.record.axes.find(({ key }) => key === axis)?.values ?? [];
  return values.filter((value) => typeof value === 'number').sort((a, b) => a - b);
}

/** Mean over seeds, at best validation. */
export function accuracyOf(found: PointResult | null): number | null {
  return found?.row.testAccuracyAtBestValidation.measured?.mean ?? null;
}

/** Upper − lower in accuracy at best validation; null where they share no seed. */
export function comparePoints(upper: PointResult | null, lower: PointResult | null): PairedDifference | null {
  return upper === null || lower === null ? null : comparePair(upper.row, lower.row, loadTestOutcomes([upper.row, lower.row]));
}

/** A part that only a study could check. */
export function missingStudy(claimed: string, study: string): Part {
  return { what: `${claimed}: there is no published study ${study} (npm run study -- --config ${study}.yaml makes it)`, holds: null };
}

/** A choice is right where it is ahead of another beyond the noise and none is ahead of it; wrong where one is. */
export function judgeChoice(claimed: string, chosen: PointResult | null, others: readonly PointResult[], study: string): Part {
  const found = others.flatMap((other) => {
    const difference = comparePoints(chosen, other);
    return difference === null ? [] : [{ name: other.row.label, difference }];
  });
  if (chosen === null || found.length === 0) return missingStudy(claimed, study);
  const ahead = found.filter(({ difference: { outcome } }) => outcome === 'second');
  const seen = (ahead.length > 0 ? ahead : found).toSorted((a, b) => a.difference.difference.mean - b.difference.difference.mean)[0];
  const closest = seen === undefined ? '' : ` (${chosen.row.label} less ${seen.name}: ${describeDifference(seen.difference)})`;
  if (ahead.length > 0) return { what: `${claimed}${closest}`, holds: false };
  if (found.some(({ difference: { outcome } }) => outcome === 'first')) return { what: `${claimed}: none is ahead${closest}`, holds: true };
  return { what: `${claimed}: all are within the noise${closest}`, holds: null, undecided: true };
}

/** Half-way from chance to perfect, of two classes. */
const REMEMBERS = 0.75;

/** A recurrent model in the study of the memory task. */
export interface Memory {
  readonly name: string;
  /** Accuracy by the distance of the word that decides, from the shortest. */
  readonly points: readonly { readonly distance: number; readonly accuracy: number }[];
  /** The longest distance that it remembers over, and over every shorter one; 0 for none. */
  readonly reach: number;
}

export const MEMORY_STUDY = 'distance';

/** @param where besides the config, what else there is in the study, for example the initialisation */
export function readMemory(studies: Studies, config: string, where: Where): Memory | null {
  const points = listNumbers(studies, MEMORY_STUDY, 'data.distance').flatMap((distance) => {
    const found = findPoint(studies, MEMORY_STUDY, { config, 'data.distance': distance, ...where }), accuracy = accuracyOf(found);
    return found === null || accuracy === null ? [] : [{ distance, accuracy, name: found.row.label.split(', ')[0] ?? '' }];
  });
  const [first] = points;
  if (first === undefined) return null;
  const missed = points.findIndex(({ accuracy }) => accuracy < REMEMBERS);
  return { name: first.name, points, reach: (missed < 0 ? points.at(-1) : points[missed - 1])?.distance ?? 0 };
}

/** `RNN 100 % at 5, 52 % at 10` */
export function describeMemory({ name, points }: Memory): string {
  return `${name} ${points.map(({ distance, accuracy }) => `${formatPercent(accuracy, 0)} at ${distance}`).join(', ')}`;
}
