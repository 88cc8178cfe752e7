import { join } from 'node:path';
import { expect, it } from 'vitest';
import { loadStudy } from '../../src/report/study.ts';
import { concludeStudy } from '../../src/report/study-tables.ts';

const loadPublished = (name: string): ReturnType<typeof loadStudy> =>
  loadStudy(join(import.meta.dirname, '../../experiments/published/studies', name));

/** Of Student's distribution with 4, 8 and 18 degrees of freedom, 95 % within: from a printed table. */
const quantiles = [[3, 2.776], [5, 2.306], [10, 2.101]] as const;

it('a study of seeds says how far they lie apart, and what so many of them tell apart', () => {
  const study = loadPublished('seeds');
  const runs = study.points.flatMap(({ row }) => row.experiments);
  const accuracies = runs.map(({ summary }) => 100 * (summary.testAccuracyAtBestValidation ?? NaN));
  const mean = accuracies.reduce((sum, one) => sum + one, 0) / accuracies.length;
  const deviation = Math.sqrt(accuracies.reduce((sum, one) => sum + (one - mean) ** 2, 0) / (accuracies.length - 1));
  const [three, five, ten] = quantiles.map(([seeds, t]) => (t * deviation * Math.sqrt(2 / seeds)).toFixed(1));
  expect(concludeStudy(study)).toBe(
    `10 seeds lie between ${Math.min(...accuracies).toFixed(2)} % and ${Math.max(...accuracies).toFixed(2)} %, with a standard deviation of `
    + `${deviation.toFixed(2)} points. At this noise the 95 % interval of a difference is ±${three} points with 3 seeds of each model, `
    + `±${five} with 5, ±${ten} with 10.`,
  );
});

it('one of several points, of which none is compared yet, says so', () => {
  const { points } = loadPublished('width');
  expect(concludeStudy({ points, effects: [] })).toBe('It compares nothing yet: more of its runs must be complete.');
});
