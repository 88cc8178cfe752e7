import type { ConvergencePanel } from '../convergence-curves.ts';
import { describeSeeds } from '../convergence-curves.ts';
import type { Axis } from '../convergence-panel.ts';
import type { Measure } from '../chart.ts';
import { findUneven } from '../model-series.ts';
import type { ModelSeries } from '../model-series.ts';
import { formatLoss, formatPercent, capitalize } from '../../terminal/format.ts';
import { renderEach } from './content.ts';
import type { DrawnComparison } from './content.ts';
import { html, renderPicture } from './html.ts';
import type { Html } from './html.ts';

const byAxis: Readonly<Record<Axis, string>> = { epoch: 'by epoch', time: 'by training time' };

/** What the curves show, in words. */
function describe(series: readonly ModelSeries[], measure: Measure): string {
  const show = measure === 'loss' ? formatLoss : formatPercent;
  return series.map(({ label, points, convergenceEpoch }) => {
    const [from, to] = [points[0], points.at(-1)].map((point) => show(point?.values[measure].mean ?? null));
    return `${label} from ${from ?? '–'} to ${to ?? '–'} in ${points.length} epochs, converged at epoch ${convergenceEpoch}`;
  }).join('; ');
}

function renderPanel({ title, note, measure, axis, svg }: ConvergencePanel, series: readonly ModelSeries[], id: string): Html {
  const name = title.replace(/(?=,)|$/, ` ${byAxis[axis]}`);
  return html`<figure><figcaption>${name}${note === null ? null : html` <span class="printed">${note}</span>`}</figcaption>
${renderPicture(svg, id, `${name}: ${describe(series, measure)}`)}</figure>
`;
}

function renderPictures({ panels, curves: { series } }: DrawnComparison, name: string): Html {
  if (panels.length === 0) return html`<p class="empty">No run has an epoch to draw.</p>`;
  return html`<p class="intro">${capitalize(describeSeeds(series))}.</p>
<div class="panels">
${panels.map((panel, k) => renderPanel(panel, series, `${name}-${k + 1}`))}</div>
${series.flatMap(findUneven).map((line) => html`<p class="small">${line}.</p>`)}`;
}

/** The pictures of each table, two side by side where there is room. */
export function renderCurves(tables: readonly DrawnComparison[]): Html {
  return renderEach('curves', tables, renderPictures);
}
