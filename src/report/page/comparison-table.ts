import type { Estimate } from '../comparison.ts';
import { describeMissing, figureColumns, figureGroups, describeSettings } from '../comparison-tables.ts';
import type { FigureColumn } from '../comparison-tables.ts';
import { formatEstimate, formatPrinted, formatRatio } from '../estimate.ts';
import type { Quantity } from '../estimate.ts';
import { html, renderCaption, renderScroller } from './html.ts';
import type { Html } from './html.ts';
import { renderEach } from './content.ts';
import type { DrawnComparison } from './content.ts';
import type { ComparisonRow } from '../comparison-rows.ts';

/** The table's columns, in groups that share a heading. */
export const columnGroups = figureGroups.map((group) => ({
  title: group,
  columns: figureColumns.filter((column) => column.group === group),
}));

/** The mean, then what belongs to it: `87.92` and smaller `± 0.12 %`. */
export function renderEstimate(estimate: Estimate, quantity: Quantity): Html {
  const [mean = '', ...after] = formatEstimate(estimate, quantity).split(' ');
  return html`<span class="measured">${mean}${after.length === 0 ? null : html` <span class="spread">${after.join(' ')}</span>`}</span>`;
}

/** What was measured, and under it what the articles say. */
export function renderFigure(row: ComparisonRow, { key, quantity }: FigureColumn): Html {
  const { measured, articles, ratio } = row[key];
  const below = articles === null ? null
    : html` <span class="printed"><span>articles ${formatPrinted(articles, quantity)}</span>${ratio === null ? null : html` <span>ratio
${formatRatio(ratio)}</span>`}</span>`;
  return html`${measured === null ? html`<span class="none">${describeMissing(row)}</span>` : renderEstimate(measured, quantity)}${below}`;
}

const columns = columnGroups.flatMap((group) => group.columns.map((column, k) => ({ ...column, first: k === 0 })));

function renderHead(): Html {
  return html`<thead>
<tr><th rowspan="2" scope="col">Model</th>${columnGroups.map(({ title, columns: { length } }) => html`<th colspan="${length}"
scope="colgroup" class="group"><span>${title}</span></th>`)}</tr>
<tr>${columns.map(({ short, first }) => html`<th scope="col" class="number${first ? ' first' : ''}">${short}</th>`)}</tr>
</thead>`;
}

function describeSeeds({ seeds }: ComparisonRow): string {
  return seeds.length === 0 ? 'no completed run' : `${seeds.length === 1 ? 'seed' : 'seeds'} ${seeds.join(', ')}`;
}

function renderRow(row: ComparisonRow): Html {
  const cells = columns.map((column) => html`<td class="number${column.first ? ' first' : ''}">${renderFigure(row, column)}</td>`);
  return html`<tr><th scope="row">${row.label} <span class="printed">${describeSeeds(row)}</span></th>${cells}</tr>
`;
}

function renderTable({ comparison: { rows } }: DrawnComparison, name: string): Html {
  const caption = `${name}-caption`;
  return renderScroller(caption, html`<table class="comparison">
${renderCaption(caption, 'Mean ± standard deviation over seeds; below it the articles’ figure, and the measured mean divided by it')}
<colgroup><col></colgroup>${columnGroups.map((group) => html`<colgroup span="${group.columns.length}"></colgroup>`)}
${renderHead()}
<tbody>
${rows.map(renderRow)}</tbody>
</table>`);
}

function renderNotes({ comparison }: DrawnComparison): Html | null {
  const { notes } = comparison, heading = describeSettings(comparison);
  if (notes.length === 0) return null;
  return html`${heading === null ? null : html`<p>${heading}:</p>
`}<ul class="notes">${notes.map((note) => html`<li>${note}</li>
`)}</ul>
`;
}

/** The articles' table, measured: a row for each model, each figure over the articles' own, and what to know besides. */
export function renderComparisons(tables: readonly DrawnComparison[]): Html {
  const notes = tables.map(renderNotes).filter((part) => part !== null);
  return html`${renderEach('comparison', tables, renderTable)}<p class="small">Time an epoch is training alone, evaluation left out; a
baseline’s is that of its whole fit. Memory above the engine’s is the peak less what the
process holds with the engine started and no reviews read.</p>
${notes.length === 0 ? null : html`<h3>Read with care</h3>
${notes}`}`;
}
