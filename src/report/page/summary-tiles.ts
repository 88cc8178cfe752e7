import type { Comparison, ComparisonRow } from '../comparison.ts';
import { describeSettings } from '../comparison-tables.ts';
import type { CheckedClaims, Verdict } from '../claims/claim.ts';
import { countVerdicts } from '../claims/verdict-counts.ts';
import { joinWords } from '../claims/words.ts';
import { formatPoints, formatPrinted } from '../format-estimate.ts';
import type { DrawnComparison } from './content.ts';
import { renderEstimate } from './figures.ts';
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

/** Reached or not, by the honest figure against the articles' flattering one. */
function renderTile({ label, testAccuracyAtBestValidation: { measured, articles } }: ComparisonRow): Html | null {
  if (measured === null || articles === null) return null;
  const reached = measured.mean >= articles;
  return html`<div class="tile"><dt>${label}</dt>
<dd class="big">${renderEstimate(measured, 'accuracy')}</dd>
<dd>articles ${formatPrinted(articles, 'accuracy')}</dd>
<dd><span class="mark ${reached ? 'holds' : 'fails'}">${reached ? 'reached' : 'falls short'}, ${formatPoints(measured.mean - articles)} points</span></dd></div>
`;
}

function renderTiles(comparison: Comparison): Html | null {
  const tiles = comparison.rows.map(renderTile).filter((tile) => tile !== null);
  if (tiles.length === 0) return null;
  return html`<p>${describeSettings(comparison) ?? 'Test accuracy at the best validation epoch, against the articles’ best accuracy'}:</p>
<dl class="tiles">
${tiles}</dl>
`;
}

/** What came out, at a glance. */
export function renderSummary(tables: readonly DrawnComparison[], checked: CheckedClaims | null): Html {
  const claims = checked?.claims ?? [];
  const counts = countVerdicts(claims).map(({ verdict, count }) => `${count} ${phrases[verdict][count === 1 ? 0 : 1]}`);
  return html`${tables.map(({ comparison }) => renderTiles(comparison))}${claims.length === 0 ? null : html`<p>Of ${claims.length} claims of the articles <a href="#claims">${joinWords(counts)}</a>.</p>`}`;
}
