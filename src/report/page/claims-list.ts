import type { Experiment } from '../../experiment/load.ts';
import type { CheckedClaim, CheckedClaims, Verdict } from '../claims/claim.ts';
import { describeStale } from '../claims/stale.ts';
import { countVerdicts } from '../claims/verdict-counts.ts';
import { measuredLegend } from '../claims/words.ts';
import { html } from './html.ts';
import type { Html } from './html.ts';

/** Shapes, so that verdicts are told apart without colour. */
const marks: Readonly<Record<Verdict, string>> = {
  'holds': 'holds', 'holds in part': 'in-part', 'does not hold': 'fails', 'contradicts another claim': 'contradicts', 'not checkable here': 'open',
};

function renderVerdict(verdict: Verdict): Html {
  return html`<span class="mark ${marks[verdict]}">${verdict}</span>`;
}

function renderIndex(claims: readonly CheckedClaim[]): Html {
  return html`<dl class="tally">
${countVerdicts(claims).map(({ verdict, count }) => html`<div><dt>${renderVerdict(verdict)} <span class="count">${count}</span></dt>
<dd>${claims.map((claim, k) => (claim.verdict === verdict ? html`<a href="#claim-${k + 1}">${claim.id}</a> ` : null))}</dd></div>
`)}</dl>`;
}

function renderClaim({ id, article, statement, method, check, figure, verdict, reason }: CheckedClaim, k: number): Html {
  return html`<article class="claim" id="claim-${k + 1}" aria-labelledby="claim-${k + 1}-name">
<header><h3 id="claim-${k + 1}-name">${id} <span class="source">article ${article}</span></h3>${renderVerdict(verdict)}</header>
<p class="statement">${statement}</p>
<dl>
<div><dt>Found</dt><dd class="figure">${figure}</dd></div>
<div><dt>Why</dt><dd>${reason}</dd></div>
<div><dt>Checked by ${method}</dt><dd>${check}</dd></div>
</dl>
</article>
`;
}

/** Every claim of the articles with its verdict, and over them who is where. @param shown the runs on the page */
export function renderClaims({ claims, ...checked }: CheckedClaims, shown: readonly Experiment[]): Html {
  const stale = describeStale(checked, shown);
  return html`${stale === null ? null : html`<p class="alarm" role="note"><strong>Not of these runs:</strong> ${stale}.</p>
`}${renderIndex(claims)}
<p class="small">${measuredLegend.replace(/^./, (letter) => letter.toUpperCase())}.</p>
<div class="claims">
${claims.map(renderClaim)}</div>`;
}
