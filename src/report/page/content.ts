import { isRecurrentExperiment } from '../../experiment/load.ts';
import type { CheckedClaim } from '../claims/claim.ts';
import { checkComparable } from '../comparable.ts';
import type { Comparison } from '../comparison.ts';
import { renderConvergencePanels } from '../convergence-curves.ts';
import { renderDifferenceChart } from '../difference-chart.ts';
import { createModelSeries } from '../model-series.ts';
import type { ReportContent } from './page.ts';

/**
 * Draws what a report shows besides its texts. Curves are of completed runs only, as the table's means are, and of models
 * that have epochs.
 * @param folders what the report is made from, as the user named it
 * @throws UserError when runs cannot stand in one picture
 */
export async function createContent(comparison: Comparison, claims: readonly CheckedClaim[] | null, folders: readonly string[]): Promise<ReportContent> {
  const drawn = comparison.rows.flatMap(({ experiments }) => experiments.filter(isRecurrentExperiment).filter(({ summary, epochs }) => summary.status === 'completed' && epochs.length > 0));
  checkComparable(drawn);
  const series = createModelSeries(drawn);
  const { differences } = comparison;
  const differenceChart = differences.length === 0 ? null : await renderDifferenceChart(differences);
  return { comparison, claims, folders, series, differenceChart, panels: series.length === 0 ? [] : await renderConvergencePanels(series) };
}
