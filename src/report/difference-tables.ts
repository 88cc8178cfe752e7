import type { Comparison } from './comparison.ts';
import { turnDifference } from './comparison-differences.ts';
import { formatPoints, formatPValue } from './estimate.ts';
import type { TextTable } from '../terminal/plain-table.ts';
import type { ComparisonRow } from './comparison-rows.ts';
import type { PairedDifference } from './comparison-differences.ts';

const MEASURE = 'test accuracy at best validation';

/** What one pair of runs shows may be chance or not. */
export function describeOutcome({ first, second, outcome }: PairedDifference): string {
  return { first: `${first} ahead`, second: `${second} ahead`, noise: 'within the noise', open: 'one run each' }[outcome];
}

function describeInterval({ interval }: PairedDifference): string {
  return interval === null ? '–' : interval.map(formatPoints).join(' to ');
}

/** Every pair of models. */
export function layOutDifferences(differences: readonly PairedDifference[]): TextTable {
  return {
    title: `Differences in ${MEASURE} (percentage points, paired over seeds)`,
    head: ['models', 'difference', '95 % interval', "McNemar's p by seed", 'verdict'],
    align: ['left', 'right', 'right', 'right', 'left'],
    rows: differences.map((difference) => [
      `${difference.first} − ${difference.second}`,
      formatPoints(difference.difference.mean),
      describeInterval(difference),
      difference.mcnemar.length === 0 ? 'no predictions' : difference.mcnemar.map(({ pValue }) => formatPValue(pValue)).join(', '),
      describeOutcome(difference),
    ]),
  };
}

/** Differences that share one side, which the title names. @param name of the other side */
function layOutBrief(title: string, differences: readonly PairedDifference[], name: (difference: PairedDifference) => string): TextTable {
  return {
    title, head: ['model', 'points', '95 % interval', 'largest McNemar p', 'verdict'], align: ['left', 'right', 'right', 'right', 'left'],
    rows: differences.map((difference) => [
      name(difference), formatPoints(difference.difference.mean), describeInterval(difference),
      difference.mcnemar.length === 0 ? '–' : formatPValue(Math.max(...difference.mcnemar.map(({ pValue }) => pValue))),
      { first: 'ahead', second: 'behind', noise: 'within the noise', open: 'one run each' }[difference.outcome],
    ]),
  };
}

/**
 * The best model against each other one; every pair where it shares a seed with none. Then each model against itself with the articles'
 * settings.
 */
export function layOutAgainstBest({ rows, differences }: Comparison): TextTable[] {
  const labels = new Set(rows.map(({ label }) => label));
  const [pairs, twins] = [differences.filter(({ second }) => labels.has(second)), differences.filter(({ second }) => !labels.has(second))];
  const best = findBest(rows)?.label;
  const against = pairs.filter(({ first, second }) => first === best || second === best)
    .map((difference) => (difference.first === best ? difference : turnDifference(difference)));
  return [
    ...(against.length === 0
      ? [layOutDifferences(pairs)]
      : [layOutBrief(`${best ?? ''} comes first. Its lead over the others, in percentage points`, against, ({ second }) => second)]),
    ...(twins.length === 0
      ? []
      : [layOutBrief("The gain of each over itself with the articles' settings, in percentage points", twins, ({ first }) => first)]),
  ].filter((table) => table.rows.length > 0);
}

/** By the honest figure. */
function findBest(rows: readonly ComparisonRow[]): ComparisonRow | undefined {
  const accuracyOf = ({ testAccuracyAtBestValidation: { measured } }: ComparisonRow): number => measured?.mean ?? -Infinity;
  return rows.toSorted((a, b) => accuracyOf(b) - accuracyOf(a))[0];
}
