import { describeOutcome } from '../difference-tables.ts';
import { splitByEvidence } from '../difference-chart.ts';
import { formatPoints, formatPValue } from '../estimate.ts';
import { renderEach } from './content.ts';
import type { DrawnComparison } from './content.ts';
import { html, trustMarkup, renderCaption, renderScroller } from './html.ts';
import type { Html } from './html.ts';
import type { PairedDifference } from '../comparison-differences.ts';

function isAhead({ outcome }: PairedDifference): boolean {
  return outcome === 'first' || outcome === 'second';
}

function renderOutcome(pair: PairedDifference): Html {
  return html`<span class="mark ${isAhead(pair) ? 'ahead' : 'even'}">${describeOutcome(pair)}</span>`;
}

function renderMcnemar({ mcnemar }: PairedDifference): Html {
  if (mcnemar.length === 0) return html`<span class="none">no predictions kept</span>`;
  return html`<ul class="tests">${mcnemar.map(({ seed, onlyFirst, onlySecond, pValue }) =>
    html`<li>seed ${seed}: ${onlyFirst} : ${onlySecond}, <i>p</i> ${formatPValue(pValue).replace(/^(?!<)/, '= ')}</li>`)}</ul>`;
}

function renderRow(pair: PairedDifference): Html {
  const { first, second, difference: { mean, deviation, runs }, interval } = pair;
  return html`<tr><th scope="row">${first} − ${second}</th>
<td class="number"><span class="measured">${formatPoints(mean)}${deviation === null ? null : html`<span class="spread"> ±
${formatPoints(deviation).slice(1)}</span>`}</span></td>
<td class="number">${interval === null ? '–' : `${formatPoints(interval[0])} to ${formatPoints(interval[1])}`}</td>
<td class="number">${runs}</td>
<td>${renderOutcome(pair)}</td>
<td>${renderMcnemar(pair)}</td></tr>
`;
}

const captions = {
  several: 'Test accuracy at best validation, first minus second, in percentage points: mean ± standard deviation over the seeds both have',
  one: 'Test accuracy at best validation, first minus second, in percentage points, of the one seed both have',
};

function renderTable(differences: readonly PairedDifference[], name: string, text: string): Html {
  const caption = `${name}-caption`;
  return renderScroller(caption, html`<table class="differences">
${renderCaption(caption, text)}
<thead><tr><th scope="col">Models</th><th scope="col" class="number">difference</th><th scope="col" class="number">95 % interval</th><th
scope="col" class="number">seeds</th>
<th scope="col">outcome</th><th scope="col">McNemar’s exact test: reviews that only the first and only the second has
right</th></tr></thead>
<tbody>
${differences.map(renderRow)}</tbody>
</table>`);
}

/** Pairs that share one seed say nothing of chance: they are folded away. */
function renderOpen(open: readonly PairedDifference[], name: string): Html {
  return html`<details class="more"><summary>${open.length} more ${open.length === 1 ? 'pair' : 'pairs'} of which only one seed can be
compared</summary>
${renderTable(open, name, captions.one)}
</details>
`;
}

function describeChart(differences: readonly PairedDifference[]): string {
  const ahead = differences.filter(isAhead).length;
  return `Differences between models with their intervals: ${ahead} of ${differences.length} are more than noise; the table below has `
    + `the numbers`;
}

function renderPairs({ comparison: { differences }, differenceChart }: DrawnComparison, name: string): Html {
  if (differenceChart === null) return html`<p class="empty">No two models share a seed, so no difference can be paired.</p>`;
  const { drawn, folded } = splitByEvidence(differences);
  return html`<figure class="differences-chart"><figcaption>Filled: more than noise. Hollow: within it, or of one run each.</figcaption>
<div class="panel" role="img" aria-label="${describeChart(drawn)}">${trustMarkup(differenceChart)}</div></figure>
${renderTable(drawn, name, drawn.some(({ interval }) => interval !== null) ? captions.several : captions.one)}
${folded.length === 0 ? null : renderOpen(folded, `${name}-more`)}`;
}

/** Which differences are more than noise. */
export function renderDifferences(tables: readonly DrawnComparison[]): Html {
  const pairs = renderEach('differences', tables, renderPairs);
  if (tables.every(({ differenceChart }) => differenceChart === null)) return pairs;
  return html`<p class="intro">Two models are compared seed by seed, by test accuracy at best validation. A difference is within the noise
when the 95 % interval of its mean
holds zero. One run each leaves no interval, and then nothing is known of the noise.</p>
${pairs}<p class="small">The interval is Student’s <i>t</i> over the pairs. McNemar’s test asks, of one seed’s two trained models, whether
they differ on these test reviews;
it knows nothing of what another seed would have given.</p>`;
}
