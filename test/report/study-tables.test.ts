import { join } from 'node:path';
import { expect, it } from 'vitest';
import { loadStudy } from '../../src/report/study.ts';
import { concludeStudy, layOutGrids, layOutPoints, listEffects } from '../../src/report/study-tables.ts';

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
  expect(concludeStudy({ ...loadPublished('width'), effects: [] })).toBe('It compares nothing yet: more of its runs must be complete.');
});

it('one of costs says how they grow, has a table of each, and compares no accuracy', () => {
  const study = loadPublished('cost'), rowOf = (name: string) => study.points.find(({ point }) => point.name === name)?.row;
  const grown = (model: string, figure: 'epochSeconds' | 'peakAboveBaselineBytes'): string => {
    const [from, to] = [50, 1990].map((distance) => rowOf(`${model}-distance${distance}`)?.[figure].measured?.mean ?? NaN) as [number, number];
    return (to / from).toPrecision(2);
  };
  const text = concludeStudy(study);
  expect(text).toContain(`From data.distance 50 to 1,990, the time of an epoch grows ${grown('transformer', 'epochSeconds')} times in Transformer, `);
  expect(text).toContain(`and ${grown('mingru', 'epochSeconds')} times in minGRU. `);
  expect(text).toContain(`peak memory above the engine’s own grows ${grown('transformer', 'peakAboveBaselineBytes')} times in Transformer, `);
  expect(text).not.toMatch(/noise|one seed/);
  expect(layOutGrids(study).map(({ title }) => title)).toEqual([
    'The time of an epoch by config and data.distance', 'Peak memory above the engine’s own by config and data.distance',
  ]);
  expect(layOutGrids(study)[1]?.rows[3]).toEqual(['Transformer', ...[50, 190, 490, 990, 1990].map((distance) => {
    const bytes = rowOf(`transformer-distance${distance}`)?.peakAboveBaselineBytes.measured?.mean ?? NaN;
    return bytes < 2 ** 30 ? `${(bytes / 2 ** 20).toFixed(0)} MiB` : `${(bytes / 2 ** 30).toFixed(2)} GiB`;
  })]);
  expect(layOutPoints(study).head).not.toContain('test accuracy');
  expect(listEffects(study)).toEqual([]);
});
