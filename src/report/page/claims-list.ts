import { articles } from '../../articles/articles.ts';
import type { Article } from '../../articles/articles.ts';
import type { Experiment } from '../../experiment/load.ts';
import { countVerdicts } from '../../articles/claims/finding.ts';
import type { CheckedClaim, CheckedClaims, Verdict } from '../../articles/claims/finding.ts';
import { describeStale } from '../../articles/claims/read-claims.ts';
import { measuredLegend } from '../../articles/claims/words.ts';
import { capitalize } from '../../terminal/format.ts';
import { html } from './html.ts';
import type { Html } from './html.ts';

/** A longer text is folded away until it is asked for. */
const LONG_TEXT = 110;

/** Shapes, so that verdicts are told apart without colour. */
const marks: Readonly<Record<Verdict, string>> = {
  'holds': 'holds',
  'holds in part': 'in-part',
  'does not hold': 'fails',
  'contradicts another claim': 'contradicts',
  'not decided': 'open',
  'not checkable here': 'open',
};

/** A claim and its place in the list, which its link goes by. */
interface Listed {
  readonly claim: CheckedClaim;
  readonly id: string;
}

function renderVerdict(verdict: Verdict): Html {
  return html`<span class="mark ${marks[verdict]}">${verdict}</span>`;
}

function renderIndex(listed: readonly Listed[]): Html {
  return html`<dl class="tally">
${countVerdicts(listed.map(({ claim }) => claim)).map(
  ({ verdict, count }) => html`<div><dt>${renderVerdict(verdict)} <span class="count">${count}</span></dt>
<dd>${listed.map(({ claim, id }) => (claim.verdict === verdict ? html`<a href="#${id}">${claim.id}</a> ` : null))}</dd></div>
`,
)}</dl>`;
}

/** What the claim says and what came of it; how and why, where it is asked for. The link goes to what is folded, so that it opens. */
function renderClaim({ claim: { id: name, statement, method, check, figure, verdict, reason }, id }: Listed): Html {
  const isLong = figure.length > LONG_TEXT;
  return html`<article class="claim" aria-labelledby="${id}-name"><details>
<summary><h4 id="${id}-name">${name}</h4> ${renderVerdict(verdict)}
<span class="statement">${statement}</span>${isLong ? null : html`
<span class="figure">${figure}</span>`}</summary>
<dl id="${id}">
${isLong ? html`<div><dt>Found</dt><dd class="figure">${figure}</dd></div>
` : null}<div><dt>Why</dt><dd>${reason}</dd></div>
<div><dt>Checked by ${method}</dt><dd>${check}</dd></div>
</dl>
</details></article>
`;
}

/** The article's name as an English reader and as a search engine knows it, with its link where one is known. */
function renderArticle({ letter, title, englishTitle, link }: Article): Html {
  const original = html`<span lang="zh">《${title}》</span>`;
  return html`<h3 id="article-${letter}">Article ${letter}: ${englishTitle} <span class="source">${link === null ? html`${original}, no link
known` : html`<a href="${link}">${original}</a>`}</span></h3>
`;
}

/** The claims of each article under its name, in their order; those of no known article last. */
function renderByArticle(listed: readonly Listed[]): Html {
  const known = articles.map((article) => ({
    heading: renderArticle(article),
    own: listed.filter(({ claim }) => claim.article === article.letter),
  }));
  const others = listed.filter(({ claim }) => !articles.some(({ letter }) => letter === claim.article));
  return html`${[...known, { heading: null, own: others }]
    .filter(({ own }) => own.length > 0)
    .map(
      ({ heading, own }) => html`${heading}<div class="claims">
${own.map(renderClaim)}</div>
`,
    )}`;
}

/** Every claim of the articles with its verdict, and over them which has which. @param shown the runs on the page */
export function renderClaims({ claims, ...checked }: CheckedClaims, shown: readonly Experiment[]): Html {
  const stale = describeStale(checked, shown);
  const listed = claims.map((claim, k) => ({ claim, id: `claim-${k + 1}` }));
  return html`${stale === null ? null : html`<p class="alarm" role="note"><strong>Not of these runs:</strong> ${stale}.</p>
`}${renderIndex(listed)}
<p class="small">Each claim opens to show why, and how it was checked. ${capitalize(measuredLegend)}.</p>
${renderByArticle(listed)}`;
}
