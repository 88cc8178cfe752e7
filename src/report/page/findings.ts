import { countVerdicts } from '../../articles/claims/finding.ts';
import type { CheckedClaims, Verdict } from '../../articles/claims/finding.ts';
import { joinWords } from '../../terminal/format.ts';
import type { Comparison, Estimate } from '../comparison.ts';
import { describeSettings } from '../comparison-tables.ts';
import { hasArticlesSettings, isBaseline } from '../comparison-rows.ts';
import { formatEstimate, formatPrinted, formatQuantity } from '../estimate.ts';
import type { ModelsPicture, ReportContent } from './content.ts';
import { html, trustMarkup } from './html.ts';
import type { Html } from './html.ts';
import type { ComparisonRow } from '../comparison-rows.ts';
import type { PairedDifference } from '../comparison-differences.ts';

/** After one claim and after several. */
const phrases: Readonly<Record<Verdict, readonly [string, string]>> = {
  'holds': ['holds', 'hold'],
  'holds in part': ['holds in part', 'hold in part'],
  'does not hold': ['does not hold', 'do not hold'],
  'contradicts another claim': ['contradicts another', 'contradict another'],
  'not decided': ['is not decided', 'are not decided'],
  'not checkable here': ['cannot be checked here', 'cannot be checked here'],
};

/** A row whose honest accuracy is known. */
interface Ranked {
  readonly label: string;
  /** Of its table, null in the main one. */
  readonly settings: Comparison['settings'];
  readonly row: ComparisonRow;
  readonly accuracy: Estimate;
  readonly articles: number | null;
}

/** The most accurate first. */
function rank(tables: readonly Comparison[]): Ranked[] {
  return tables.flatMap(({ settings, rows }) => rows.flatMap((row): Ranked[] => {
    const { testAccuracyAtBestValidation: { measured, articles } } = row;
    return measured === null ? [] : [{ label: row.label, settings, row, accuracy: measured, articles }];
  })).sort((a, b) => b.accuracy.mean - a.accuracy.mean);
}

/** `1.17 points` */
function countPoints(fraction: number): string {
  return `${(100 * Math.abs(fraction)).toFixed(2)} points`;
}

/** `GRU (87.89 ± 0.33 %)`, of one seed with that. */
function nameFigure({ label, accuracy, row }: Ranked): string {
  const lone = accuracy.runs === 1 && !isBaseline(row) ? ', one seed' : '';
  return `${label} (${formatEstimate(accuracy, 'accuracy')}${lone})`;
}

/** What the seeds say of a difference, whichever of the two stands first. */
function findOutcome(differences: readonly PairedDifference[], a: Ranked, b: Ranked): 'beyond' | 'within' | 'open' {
  const pair = differences.find(
    ({ first, second }) => (first === a.label && second === b.label) || (first === b.label && second === a.label),
  );
  if (pair === undefined || pair.outcome === 'open') return 'open';
  return pair.outcome === 'noise' ? 'within' : 'beyond';
}

/** After `2.38 points behind`. */
const chance = {
  beyond: ', more than the noise of the seeds',
  within: ', within the noise of the seeds',
  open: '; one seed cannot say how much of that is chance',
};

function tellDistance(name: string, behind: Ranked, best: Ranked, differences: readonly PairedDifference[]): string {
  return `${name}, ${nameFigure(behind)}, is ${countPoints(best.accuracy.mean - behind.accuracy.mean)} `
    + `behind${chance[findOutcome(differences, best, behind)]}.`;
}

/** The best of all tables, in the first sentence, then what is behind it in the main one. */
function tellBest(main: Comparison, others: readonly Comparison[]): string[] {
  const all = rank([main, ...others]), [best] = all;
  if (best === undefined) return ['No run has been completed, so there is no figure to report.'];
  if (all.length === 1) return tellOnly(best);
  const accuracy = `is the most accurate: it is right on ${formatEstimate(best.accuracy, 'accuracy')} of the test reviews`;
  const ranked = rank([main]);
  if (isBaseline(best.row)) {
    const neural = ranked.filter(({ row }) => !isBaseline(row));
    return [
      `${best.label}, a linear model, ${accuracy}${neural.length === 0 ? '' : ', more than any neural model'}.`,
      ...tellNeural(best, neural, main, others.length > 0),
    ];
  }
  const linear = ranked.find(({ row }) => isBaseline(row)), next = ranked.find((one) => one.row !== best.row && !isBaseline(one.row));
  const name = best.settings === null ? best.label : `${best.label} with ${best.settings}`;
  return [
    `${name} ${accuracy}.`,
    ...(next === undefined || best.settings !== null ? [] : [tellDistance('The next neural model', next, best, main.differences)]),
    ...(linear === undefined ? [] : [tellDistance('The best linear model', linear, best, best.settings === null ? main.differences : [])]),
  ];
}

/** How far the neural models of the main table are behind a linear one. */
function tellNeural(best: Ranked, neural: readonly Ranked[], { differences }: Comparison, hasOthers: boolean): string[] {
  const [first] = neural;
  if (first === undefined) return [];
  const where = hasOthers
    ? neural.every(({ row }) => hasArticlesSettings(row))
      ? 'The best neural model with the articles’ settings'
      : 'The best neural model of the first table'
    : 'The best neural model';
  const beyond = neural.slice(1).filter((other) => findOutcome(differences, best, other) === 'beyond').map(({ label }) => label);
  const rest =
    beyond.length === 0 ? '' : ` ${joinWords(beyond)} ${beyond.length === 1 ? 'is' : 'are'} behind by more than the noise of the seeds.`;
  return [`${tellDistance(where, first, best, differences)}${rest}`];
}

function tellOnly({ label, row, accuracy }: Ranked): string[] {
  const { measured: best } = row.bestTestAccuracy;
  const chosen =
    isBaseline(row) || best === null ? '' : ` The best epoch on the test reviews themselves gives ${formatEstimate(best, 'accuracy')}.`;
  const lone = accuracy.runs === 1 && !isBaseline(row) ? ' This is one run: how much of it is chance, only more seeds can tell.' : '';
  return [
    `${label} is right on ${formatEstimate(accuracy, 'accuracy')} of the test `
      + `reviews${isBaseline(row) ? '' : ' at the epoch that is best on validation'}.${chosen}${lone}`,
  ];
}

/** `LSTM (87.62 %) and GRU (87.89 %) reach the articles' 87.2 % and 86.8 %` */
function tellArticles(known: readonly Ranked[]): string[] {
  const told = known.flatMap(({ articles, ...one }) =>
    articles === null ? [] : [{ ...one, articles, printed: formatPrinted(articles, 'accuracy') }],
  );
  const reached = told.filter(({ accuracy, articles }) => accuracy.mean >= articles);
  const short = told.filter(({ accuracy, articles }) => accuracy.mean < articles);
  const measured = (some: readonly Ranked[]): string =>
    joinWords(some.map(({ label, accuracy }) => `${label} (${formatQuantity(accuracy.mean, 'accuracy')})`));
  const parts = [
    ...(reached.length === 0
      ? []
      : [
          `${measured(reached)} ${reached.length === 1 ? 'reaches' : 'reach'} the articles’ `
            + joinWords(reached.map(({ printed }) => printed)),
        ]),
    ...short.map(
      (one, k) =>
        `${measured([one])} falls ${countPoints(one.accuracy.mean - one.articles)} short of `
          + `${k === 0 && reached.length === 0 ? 'the articles’' : 'their'} ${one.printed}`,
    ),
  ];
  return parts.length === 0 ? [] : [`${parts.join('; ')}.`];
}

/** Whether the articles' order of their models is there. */
function tellOrder(known: readonly Ranked[], differences: readonly PairedDifference[]): string[] {
  if (known.length < 2) return [];
  const theirs = known.toSorted((a, b) => (b.articles ?? 0) - (a.articles ?? 0));
  const pairs = theirs.flatMap((a, k) => theirs.slice(k + 1).map((b) => ({ a, b, outcome: findOutcome(differences, a, b) })));
  const order = `The articles’ order, ${theirs.map(({ label }) => label).join(' > ')},`;
  if (pairs.every(({ outcome }) => outcome === 'open')) return [`${order} can be neither confirmed nor refuted by one run each.`];
  const beyond = pairs.filter(({ outcome }) => outcome === 'beyond');
  if (beyond.length === 0) return [`${order} does not show: the differences between them are within the noise of the seeds.`];
  const found = beyond.map(({ a, b }) =>
    a.accuracy.mean > b.accuracy.mean ? `${a.label} ahead of ${b.label}` : `${b.label} ahead of ${a.label}`,
  );
  const rest = beyond.length === pairs.length ? '' : '; the other differences are within the noise or of one run each';
  const isTheirs = beyond.length === pairs.length && beyond.every(({ a, b }) => a.accuracy.mean > b.accuracy.mean);
  return [
    isTheirs
      ? `${order} shows, beyond the noise of the seeds.`
      : `${order} shows in part at most: beyond the noise of the seeds are ${joinWords(found)}${rest}.`,
  ];
}

function tellConvergence(known: readonly Ranked[]): string[] {
  const told = known.flatMap(
    ({
      label,
      row: {
        convergenceEpoch: { measured, articles },
      },
    }) => (measured === null || articles === null ? [] : [{ label, measured, articles }]),
  );
  if (told.length === 0) return [];
  const epochs = joinWords(
    told.map(({ label, measured }, k) => `${label} ${k === 0 ? 'converges at epoch' : 'at'} ${formatEstimate(measured, 'epoch')}`),
  );
  return [`${epochs}; the articles say ${joinWords(told.map(({ articles }) => String(articles)))}.`];
}

/** What other settings change, and whether the best of the main table is still ahead. */
function tellSettings(table: Comparison, main: readonly Ranked[]): string[] {
  const ranked = rank([table]), [best] = ranked, [ahead] = main;
  if (best === undefined || ahead === undefined) return [];
  const changes = ranked.flatMap((one) => {
    const twin = main.find(({ label }) => label === one.label);
    return twin === undefined
      ? []
      : [
          `${nameFigure(one)} ${one.accuracy.mean >= twin.accuracy.mean ? 'gains' : 'loses'} `
            + countPoints(one.accuracy.mean - twin.accuracy.mean),
        ];
  });
  const gap = ahead.accuracy.mean - best.accuracy.mean;
  const end =
    gap > 0
      ? `${ahead.label} is still ahead, by ${countPoints(gap)}.`
      : `${best.label} is then ahead of every model above, by ${countPoints(gap)} or more.`;
  return [
    `${describeSettings(table) ?? ''}: ${changes.length === 0 ? `${nameFigure(best)} is the most accurate` : joinWords(changes)}. ${end}`,
  ];
}

/** The result in plain sentences, the main one first. */
export function describeFindings([main, ...others]: readonly Comparison[]): string[] {
  if (main === undefined) return [];
  const ranked = rank([main]);
  const known = main.rows.flatMap(({ label }) => ranked.filter((one) => one.label === label && one.articles !== null));
  return [
    ...tellBest(main, others), ...tellArticles(known), ...tellOrder(known, main.differences), ...tellConvergence(known),
    ...others.flatMap((table) => tellSettings(table, ranked)),
  ];
}

/** `5 hold, 10 hold in part and 2 do not hold` */
export function describeVerdicts({ claims }: CheckedClaims): string {
  return joinWords(countVerdicts(claims).map(({ verdict, count }) => `${count} ${phrases[verdict][count === 1 ? 0 : 1]}`));
}

function renderModels({ svg, marks }: ModelsPicture): Html {
  return html`<figure class="models"><figcaption>Test accuracy at the best validation epoch <span
class="printed">${marks.join(' · ')}</span></figcaption>
<div class="panel" role="img"
aria-label="Test accuracy of each model, the most accurate first; the table below has the numbers">${trustMarkup(svg)}</div></figure>
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
${findings.map(
  (sentence) => html`<p>${keepTogether(sentence)}</p>
`,
)}${
    claims === null || claims.claims.length === 0
      ? null
      : html`<p>Of ${claims.claims.length} claims of the articles <a href="#claims">${describeVerdicts(claims)}</a>.</p>
`
  }</div>
${models === null ? null : renderModels(models)}</div>`;
}
