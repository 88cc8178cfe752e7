import { describeFindings, describeVerdicts } from './findings.ts';
import type { ModelsPicture, ReportContent } from './content.ts';
import { html, trustMarkup } from './html.ts';
import type { Html } from './html.ts';

function renderModels({ svg, marks }: ModelsPicture): Html {
  return html`<figure class="models"><figcaption>Test accuracy at the best validation epoch <span class="printed">${marks.join(' · ')}</span></figcaption>
<div class="panel" role="img" aria-label="Test accuracy of each model, the most accurate first; the table below has the numbers">${trustMarkup(svg)}</div></figure>
`;
}

/** A figure and its unit stay on one line. */
function keepTogether(sentence: string): string {
  return sentence.replaceAll(' %', '\u00a0%').replaceAll(' points', '\u00a0points');
}

/** What came out, at a glance: in sentences, and in one picture. */
export function renderSummary({ tables, models, claims }: ReportContent): Html {
  const findings = describeFindings(tables.map(({ comparison }) => comparison));
  return html`<div class="short">
<div class="findings">
${findings.map((sentence) => html`<p>${keepTogether(sentence)}</p>
`)}${claims === null || claims.claims.length === 0 ? null : html`<p>Of ${claims.claims.length} claims of the articles <a href="#claims">${describeVerdicts(claims)}</a>.</p>
`}</div>
${models === null ? null : renderModels(models)}</div>`;
}
