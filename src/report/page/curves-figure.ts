import type { Axis, ConvergencePanel } from '../convergence-curves.ts';
import { describeSeries } from '../convergence-curves.ts';
import type { Measure } from '../chart.ts';
import { findUneven } from '../model-series.ts';
import type { ModelSeries } from '../model-series.ts';
import { formatLoss, formatPercent } from '../../terminal/format.ts';
import type { DrawnComparison } from './content.ts';
import { renderEach } from './each-table.ts';
import { html, trustMarkup } from './html.ts';
import type { Html } from './html.ts';

const titles: Readonly<Record<Measure, string>> = { accuracy: 'Test accuracy', loss: 'Test loss' };
const byAxis: Readonly<Record<Axis, string>> = { epoch: 'by epoch', time: 'by training time' };

/** What the curves show, in words. */
function describe(series: readonly ModelSeries[], measure: Measure): string {
  const show = measure === 'loss' ? formatLoss : formatPercent;
  return series.map(({ label, points, convergenceEpoch }) => {
    const [from, to] = [points[0], points.at(-1)].map((point) => show(point?.values[measure].mean ?? null));
    return `${label} from ${from ?? '–'} to ${to ?? '–'} in ${points.length} epochs, converged at epoch ${convergenceEpoch}`;
  }).join('; ');
}

function renderPanel({ measure, axis, svg }: ConvergencePanel, series: readonly ModelSeries[]): Html {
  const title = `${titles[measure]} ${byAxis[axis]}`;
  return html`<figure><figcaption>${title}</figcaption>
<div class="panel" role="img" aria-label="${title}: ${describe(series, measure)}">${trustMarkup(svg)}</div></figure>
`;
}

function renderPictures({ panels, series }: DrawnComparison): Html {
  if (panels.length === 0) return html`<p class="empty">No run has an epoch to draw.</p>`;
  return html`<p>${describeSeries(series).map((line) => `${line.replace(/^./, (letter) => letter.toUpperCase())}. `)}</p>
<div class="panels">
${panels.map((panel) => renderPanel(panel, series))}</div>
${series.flatMap(findUneven).map((line) => html`<p class="small">${line}.</p>`)}`;
}

/** The four pictures of each table, side by side where there is room. */
export function renderCurves(tables: readonly DrawnComparison[]): Html {
  return renderEach('curves', tables, renderPictures);
}
