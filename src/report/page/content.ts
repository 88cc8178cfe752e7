import { isNeuralExperiment } from '../../experiment/load.ts';
import type { CheckedClaims } from '../../articles/claims/finding.ts';
import type { Comparison, Comparisons } from '../comparison.ts';
import { isBaseline, isCounted } from '../comparison-rows.ts';
import type { ComparisonRow } from '../comparison-rows.ts';
import { describeSettings } from '../comparison-tables.ts';
import { renderConvergencePanels } from '../convergence-curves.ts';
import type { ConvergencePanel } from '../convergence-curves.ts';
import type { Curves } from '../convergence-panel.ts';
import { renderDifferenceChart, splitByEvidence } from '../difference-chart.ts';
import { createReference, createSeries } from '../model-series.ts';
import { describeMarks, renderModels } from '../models-chart.ts';
import { html } from './html.ts';
import type { Html } from './html.ts';
import type { DrawnStudy } from './studies.ts';

/** A table and what is drawn of it. */
export interface DrawnComparison {
  readonly comparison: Comparison;
  readonly curves: Curves;
  readonly panels: readonly ConvergencePanel[];
  /** As SVG; null when there is no difference. */
  readonly differenceChart: string | null;
}

/** The accuracies of all tables in one picture. */
export interface ModelsPicture {
  readonly svg: string;
  /** What each of its marks is. */
  readonly marks: readonly string[];
}

export interface ReportContent {
  /** The main table first; at least one row with an experiment. */
  readonly tables: readonly DrawnComparison[];
  /** Null when there are fewer than two models with an accuracy. */
  readonly models: ModelsPicture | null;
  /** Null when none have been checked. */
  readonly claims: CheckedClaims | null;
  /** What the report is made from, as the user named it. */
  readonly folders: readonly string[];
  readonly studies: readonly DrawnStudy[];
}

/** Beside the text of a wide page, and all of a phone's width. */
const MODELS_WIDTH = 480;

/**
 * Draws what a report shows besides its texts.
 * @param folders what the report is made from, as the user named it
 */
export async function createContent(
  comparisons: Comparisons,
  claims: CheckedClaims | null,
  folders: readonly string[],
  studies: readonly DrawnStudy[] = [],
): Promise<ReportContent> {
  return { tables: await Promise.all(comparisons.map(drawComparison)), models: await drawModels(comparisons), claims, folders, studies };
}

/** Models of other tables have a star each, which the marks explain. */
async function drawModels(comparisons: Comparisons): Promise<ModelsPicture | null> {
  const starred = comparisons.map((comparison, k) => ({
    stars: '*'.repeat(k),
    settings: describeSettings(comparison),
    rows: comparison.rows,
  }));
  const rows = starred.flatMap(({ stars, rows: own }) => own.map((row) => ({ ...row, label: `${row.label}${stars}` })))
    .filter(({ testAccuracyAtBestValidation: { measured } }) => measured !== null);
  if (rows.length < 2) return null;
  const others = starred.flatMap(({ stars, settings }) => (settings === null ? [] : [`${stars} ${settings}`]));
  return { svg: await renderModels(rows, { title: null, width: MODELS_WIDTH }), marks: [...describeMarks(rows), ...others] };
}

/** Curves are of completed runs only, as the table's means are; a model without epochs is a line across. */
async function drawComparison(comparison: Comparison): Promise<DrawnComparison> {
  const { rows, differences } = comparison;
  const drawn = (some: readonly ComparisonRow[]): { label: string; runs: ComparisonRow['experiments'] }[] =>
    some.map(({ label, experiments }) => ({ label, runs: experiments.filter(isCounted) })).filter(({ runs }) => runs.length > 0);
  const curves = {
    series: drawn(rows.filter(({ experiments }) => experiments.every(isNeuralExperiment))).map(createSeries),
    references: drawn(rows.filter(isBaseline)).map(createReference),
  };
  return {
    comparison, curves,
    panels: curves.series.length === 0 ? [] : await renderConvergencePanels(curves),
    differenceChart: differences.length === 0 ? null : await renderDifferenceChart(splitByEvidence(differences).drawn),
  };
}

/**
 * Something of each table, under a heading that says what its models share; the main one needs none.
 * @param name of the section @param render gets a name for the table's own part, no two the same
 */
export function renderEach(name: string, tables: readonly DrawnComparison[], render: (table: DrawnComparison, id: string) => Html): Html {
  return html`${tables.map((table, k) => {
    const heading = describeSettings(table.comparison);
    return html`${heading === null ? null : html`<h3>${heading}</h3>
`}${render(table, k === 0 ? name : `${name}-${k + 1}`)}
`;
  })}`;
}
