import type { Comparison, ComparisonRow } from '../comparison.ts';
import type { CheckedClaim, Verdict } from '../claims/claim.ts';
import { countVerdicts } from './claims-list.ts';
import { formatPoints } from '../format-estimate.ts';
import { formatPrinted, renderEstimate } from './figures.ts';
import { html } from './html.ts';
import type { Html } from './html.ts';

/** After one claim and after several. */
const phrases: Readonly<Record<Verdict, readonly [string, string]>> = {
  'holds': ['holds', 'hold'],
  'holds in part': ['holds in part', 'hold in part'],
  'does not hold': ['does not hold', 'do not hold'],
  'contradicts another claim': ['contradicts another', 'contradict another'],
  'not checkable here': ['cannot be checked here', 'cannot be checked here'],
};

/** Reached or not, by the honest figure against the documents' flattering one. */
function renderTile({ label, testAccuracyAtBestValidation: { measured, documents } }: ComparisonRow): Html | null {
  if (measured === null || documents === null) return null;
  const reached = measured.mean >= documents;
  return html`<div class="tile"><dt>${label}</dt>
<dd class="big">${renderEstimate(measured, 'accuracy')}</dd>
<dd>documents ${formatPrinted(documents, 'accuracy')}</dd>
<dd><span class="mark ${reached ? 'holds' : 'fails'}">${reached ? 'reached' : 'falls short'}, ${formatPoints(measured.mean - documents)} points</span></dd></div>
`;
}

function listInWords(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1) ?? ''}`;
}

/** What came out, at a glance. */
export function renderSummary({ rows }: Comparison, claims: readonly CheckedClaim[] | null): Html {
  const tiles = rows.map(renderTile).filter((tile) => tile !== null);
  const counts = countVerdicts(claims ?? []).map(({ verdict, count }) => `${count} ${phrases[verdict][count === 1 ? 0 : 1]}`);
  return html`${tiles.length === 0 ? null : html`<p>Test accuracy at the best validation epoch, against the documents’ best accuracy:</p>
<dl class="tiles">
${tiles}</dl>`}
${claims === null ? null : html`<p>Of the documents’ ${claims.length} claims <a href="#claims">${listInWords(counts)}</a>.</p>`}`;
}
