import { articles } from '../../articles/articles.ts';
import type { Experiment } from '../../experiment/load.ts';
import { joinWords } from '../../terminal/format.ts';
import { listExperiments } from '../comparison.ts';
import { describeData } from '../departures.ts';
import type { ReportContent } from './content.ts';
import { html } from './html.ts';
import type { Html } from './html.ts';
import type { ComparisonRow } from '../comparison-rows.ts';

/** More models than this are counted, not named. */
const MOST_NAMES = 4;

interface Shown {
  readonly experiments: readonly Experiment[];
  /** No two the same, in the table's order. */
  readonly labels: readonly string[];
  /** Of models that the articles have figures of. */
  readonly articlesLabels: readonly string[];
}

function listShown({ tables }: Pick<ReportContent, 'tables'>): Shown {
  const rows = tables.flatMap(({ comparison }) => comparison.rows);
  const labelsOf = (some: readonly ComparisonRow[]): string[] => [...new Set(some.map(({ label }) => label))];
  return {
    experiments: tables.flatMap(({ comparison }) => listExperiments(comparison)),
    labels: labelsOf(rows), articlesLabels: labelsOf(rows.filter(({ bestTestAccuracy: { articles: theirs } }) => theirs !== null)),
  };
}

const numbers = ['No', 'One', 'Two', 'Three', 'Four', 'Five', 'Six', 'Seven', 'Eight', 'Nine', 'Ten'];

/** `Nine models`, `21 models` */
function count(number: number, one: string): string {
  return `${numbers[number] ?? number} ${one}${number === 1 ? '' : 's'}`;
}

/** Where the reviews come from, within a sentence. */
function nameReviews([run]: readonly Experiment[]): string {
  const { kind, synthetic } = run?.environment.dataset ?? { kind: 'imdb', synthetic: false };
  if (synthetic) return 'synthetic reviews';
  return kind === 'imdb' ? 'IMDB' : 'other reviews than IMDB’s';
}

/** What the page is about: the articles' figures where it has several of them beside measured ones, otherwise its models and reviews. */
export function titleReport(content: Pick<ReportContent, 'tables'>): string {
  const { experiments, labels, articlesLabels } = listShown(content);
  if (articlesLabels.length > 1) return `What the articles say of ${joinWords(articlesLabels)}, measured`;
  const models = labels.length > MOST_NAMES ? count(labels.length, 'model') : joinWords(labels);
  return `${models} on ${nameReviews(experiments)}${experiments.length === 1 ? ', one run' : ''}`;
}

function describeOrigin({ experiments, labels, articlesLabels }: Shown): Html {
  const runs =
    experiments.length === 1
      ? 'One training run'
      : `${count(labels.length, 'model')} in ${count(experiments.length, 'training run').toLowerCase()}`;
  const spread = experiments.length === 1 ? '' : ', with its spread over seeds';
  if (articlesLabels.length === 0) return html`${runs}, on the processor alone.`;
  return html`${runs}, on the processor alone. ${count(articles.length, 'article')} compare recurrent text classifiers and print figures for
them; here each figure stands beside the measured one${spread}.`;
}

/** Title, reviews and what is shown. */
export function renderHeader(content: ReportContent): Html {
  const shown = listShown(content);
  const dataset = shown.experiments[0]?.environment.dataset;
  return html`<header class="top">
<p class="kicker">gatelab · ${describeData(shown.experiments)}</p>
<h1>${titleReport(content)}</h1>
<p class="lead">${describeOrigin(shown)}</p>
${dataset?.synthetic === true ? html`<p class="alarm" role="note"><strong>Synthetic reviews, not IMDB.</strong> gatelab makes them to be
tried out on; no figure here says anything about the articles’.</p>` : null}
</header>`;
}
