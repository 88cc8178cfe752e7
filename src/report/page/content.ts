import { isRecurrentExperiment } from '../../experiment/load.ts';
import type { CheckedClaims } from '../claims/claim.ts';
import type { Comparison, Comparisons } from '../comparison.ts';
import { isCounted } from '../comparison-rows.ts';
import { renderConvergencePanels } from '../convergence-curves.ts';
import type { ConvergencePanel } from '../convergence-curves.ts';
import { renderDifferenceChart } from '../difference-chart.ts';
import { createSeries } from '../model-series.ts';
import type { ModelSeries } from '../model-series.ts';

/** A table and what is drawn of it. */
export interface DrawnComparison {
  readonly comparison: Comparison;
  readonly series: readonly ModelSeries[];
  readonly panels: readonly ConvergencePanel[];
  /** As SVG; null when there is no difference. */
  readonly differenceChart: string | null;
}

export interface ReportContent {
  /** The main table first; at least one row with an experiment. */
  readonly tables: readonly DrawnComparison[];
  /** Null when none have been checked. */
  readonly claims: CheckedClaims | null;
  /** What the report is made from, as the user named it. */
  readonly folders: readonly string[];
}

/**
 * Draws what a report shows besides its texts.
 * @param folders what the report is made from, as the user named it
 */
export async function createContent(comparisons: Comparisons, claims: CheckedClaims | null, folders: readonly string[]): Promise<ReportContent> {
  return { tables: await Promise.all(comparisons.map(drawComparison)), claims, folders };
}

/** Curves are of completed runs only, as the table's means are, and of models that have epochs. */
async function drawComparison(comparison: Comparison): Promise<DrawnComparison> {
  const { rows, differences } = comparison;
  const drawn = rows.map(({ label, experiments }) => ({ label, runs: experiments.filter(isRecurrentExperiment).filter(isCounted) }));
  const series = drawn.filter(({ runs }) => runs.length > 0).map(createSeries);
  return {
    comparison, series,
    panels: series.length === 0 ? [] : await renderConvergencePanels(series),
    differenceChart: differences.length === 0 ? null : await renderDifferenceChart(differences),
  };
}
