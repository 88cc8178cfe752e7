import { isRecurrentExperiment } from '../../experiment/load.ts';
import type { CheckedClaims } from '../claims/claim.ts';
import type { Comparison } from '../comparison.ts';
import { isCounted } from '../comparison-rows.ts';
import { renderConvergencePanels } from '../convergence-curves.ts';
import { renderDifferenceChart } from '../difference-chart.ts';
import { createSeries } from '../model-series.ts';
import type { ReportContent } from './page.ts';

/**
 * Draws what a report shows besides its texts. Curves are of completed runs only, as the table's means are, and of models
 * that have epochs.
 * @param folders what the report is made from, as the user named it
 */
export async function createContent(comparison: Comparison, claims: CheckedClaims | null, folders: readonly string[]): Promise<ReportContent> {
  const drawn = comparison.rows.map(({ label, experiments }) => ({ label, runs: experiments.filter(isRecurrentExperiment).filter(isCounted) }));
  const series = drawn.filter(({ runs }) => runs.length > 0).map(createSeries);
  const { differences } = comparison;
  const differenceChart = differences.length === 0 ? null : await renderDifferenceChart(differences);
  return { comparison, claims, folders, series, differenceChart, panels: series.length === 0 ? [] : await renderConvergencePanels(series) };
}
