import { renderDocument, shades } from '../report/page/document.ts';
import { html, renderCaption, renderFacts, renderPicture, renderScroller } from '../report/page/html.ts';
import type { Facts, Html } from '../report/page/html.ts';
import { formatCount, formatLoss, formatPercent } from '../terminal/format.ts';
import type { EvaluationPictures } from './charts.ts';
import type { Evaluation, Mistake } from './evaluation.ts';
import { formatInterval, formatScore } from './terminal.ts';

const styles = [shades, new URL('evaluation.css', import.meta.url)];

/** The figures of an evaluation with their pictures, as one HTML file that needs no other and no network. */
export function renderEvaluationPage(evaluation: Evaluation, pictures: EvaluationPictures): string {
  const { run, data, items, accuracy, correct } = evaluation;
  const sections: readonly [string, string, Html][] = [
    ['classes', 'By class', renderClasses(evaluation)],
    ['confusion', 'What is taken for what', renderConfusion(evaluation)],
    ['curves', 'At other thresholds', renderCurves(evaluation, pictures)],
    ['calibration', 'How true the probabilities are', renderCalibration(evaluation, pictures)],
    ['lengths', 'By length', renderLengths(evaluation, pictures)],
    ['mistakes', 'Most confident mistakes', renderMistakes(evaluation)],
  ];
  return renderDocument({
    title: `${run}: ${formatPercent(accuracy)} right`, styles,
    body: html`<header class="top">
<p class="kicker">gatelab · <code>${run}</code> · ${data}</p>
<h1>${formatPercent(accuracy)} of ${formatCount(items)} reviews right</h1>
<p class="lead">${formatCount(correct)} answers are right. The 95 % interval, ${formatInterval(evaluation.accuracyInterval)}, is of the
reviews drawn; another seed of the training would give another model.</p>
${renderFacts(gatherFacts(evaluation))}
</header>
<nav aria-label="Sections"><ul>${sections.map(([id, title]) => html`<li><a href="#${id}">${title}</a></li>`)}</ul></nav>
<main class="evaluated">
${sections.map(([id, title, body]) => html`<section id="${id}" aria-labelledby="${id}-title">
<h2 id="${id}-title">${title}</h2>
${body}
</section>
`)}</main>`,
  });
}

function gatherFacts(evaluation: Evaluation): Facts {
  const { macroF1, weightedF1, roc, logLoss, brier, calibrationError, temperature } = evaluation;
  const [first] = roc.curves, area = roc.macro?.area ?? first?.area ?? Number.NaN;
  return [
    ['macro F1', formatScore(macroF1)], ['weighted F1', formatScore(weightedF1)],
    [roc.macro === null ? 'ROC area' : 'mean ROC area', formatScore(area)],
    ['log loss', `${formatLoss(logLoss)} nats`], ['Brier score', formatLoss(brier)], ['calibration error', formatPercent(calibrationError)],
    ['temperature', temperature === null ? 'none' : temperature.toPrecision(4)],
  ];
}

function renderClasses(evaluation: Evaluation): Html {
  const { names, classes } = evaluation;
  const { macroPrecision, macroRecall, macroF1, weightedPrecision, weightedRecall, weightedF1 } = evaluation;
  const cells = (values: readonly (number | null)[]): Html[] =>
    values.map((value) => html`<td class="number">${value === null ? '' : formatScore(value)}</td>`);
  const rows = classes.map(({ precision, recall, f1, area, support }, k) => html`<tr><th scope="row">${names[k] ?? ''}</th>${
    cells([precision, recall, f1, area])}<td class="number">${formatCount(support)}</td></tr>
`);
  const mean = (name: string, values: readonly number[]): Html =>
    html`<tr><th scope="row">${name}</th>${cells([...values, null])}<td></td></tr>
`;
  const columns = ['precision', 'recall', 'F1', 'area', 'reviews'];
  return renderScroller('classes-caption', html`<table class="scores">
${renderCaption('classes-caption', 'Each class against all others; area is that under its ROC curve')}
<thead><tr><th scope="col">Class</th>${columns.map((name) => html`<th scope="col" class="number">${name}</th>`)}</tr></thead>
<tbody>
${rows}${mean('macro mean', [macroPrecision, macroRecall, macroF1])}${
    mean('weighted mean', [weightedPrecision, weightedRecall, weightedF1])}</tbody>
</table>`);
}

/** Shares of a label's reviews from which on a cell is one shade darker: of right answers, and of wrong ones. */
const rightSteps = [0.25, 0.5, 0.75, 0.9], wrongSteps = [0.01, 0.05, 0.15, 0.3];

function classOfCell(share: number, isRight: boolean): string {
  const shade = (isRight ? rightSteps : wrongSteps).filter((step) => share >= step).length;
  return shade === 0 ? 'cell' : `cell ${isRight ? 'f' : 'a'}${shade}`;
}

function renderConfusion({ names, confusion }: Evaluation): Html {
  const rows = confusion.map((counts, label) => {
    const support = counts.reduce((sum, count) => sum + count, 0);
    const cells = counts.map((count, called) => {
      const share = support === 0 ? 0 : count / support;
      return html`<td class="${classOfCell(share, called === label)}">${formatCount(count)} <span
class="printed">${formatPercent(share, 1)}</span></td>`;
    });
    return html`<tr><th scope="row">is ${names[label] ?? ''}</th>${cells}</tr>
`;
  });
  const caption = 'Reviews by their label, in rows, and by the answer, in columns, each with its share of the row. Right answers are blue, '
    + 'wrong ones orange, the darker the larger the share';
  return renderScroller('confusion-caption', html`<table class="confusion">
${renderCaption('confusion-caption', caption)}
<thead><tr><th></th>${names.map((name) => html`<th scope="col">called ${name}</th>`)}</tr></thead>
<tbody>
${rows}</tbody>
</table>`);
}

function renderFigure(id: string, title: string, note: string, svg: string): Html {
  return html`<figure><figcaption>${title} <span class="printed">${note}</span></figcaption>
${renderPicture(svg, id, title)}</figure>
`;
}

function renderCurves({ roc: { curves, macro }, names }: Evaluation, { roc, precisionRecall }: EvaluationPictures): Html {
  const [only] = curves;
  if (roc === null || precisionRecall === null || only === undefined)
    return html`<p class="empty">All reviews are of one class: there is nothing to tell apart.</p>`;
  const whose = macro === null ? `of ${only.name} against ${names[0] ?? ''}` : 'of each class against all others';
  const [area, precision] = macro === null ? [only.area, only.averagePrecision]
    : [macro.area, curves.reduce((sum, { averagePrecision }) => sum + averagePrecision, 0) / curves.length];
  const mean = macro === null ? '' : 'mean ';
  return html`<p class="intro">What the same probabilities would give if more or fewer of them counted as a yes, ${whose}.</p>
<div class="panels">
${renderFigure('roc', 'Receiver operating characteristic', `${mean}area ${formatScore(area)}; chance is the dashed line, 0.5`, roc)}${
    renderFigure('precision-recall', 'Precision and recall', `${mean}average precision ${formatScore(precision)}`, precisionRecall)}</div>`;
}

function renderCalibration(evaluation: Evaluation, { calibration, confidence }: EvaluationPictures): Html {
  const { uncalibrated, calibrationError, brier, logLoss, temperature } = evaluation;
  const before = uncalibrated === null ? html`<p class="intro">The probabilities are the model’s own, not calibrated.</p>`
    : html`<p class="intro">The probabilities are calibrated by a temperature of ${temperature?.toPrecision(4) ?? ''}, chosen on the
validation part of the run. Before it the expected calibration error was ${formatPercent(uncalibrated.calibrationError)}, the Brier score
${formatLoss(uncalibrated.brier)} and the log loss ${formatLoss(uncalibrated.logLoss)}; with it they are ${formatPercent(calibrationError)},
${formatLoss(brier)} and ${formatLoss(logLoss)}.</p>`;
  const rows = evaluation.calibration.map(({ low, high, items, confidence: mean, accuracy }) => html`<tr><th scope="row">${
    `${formatPercent(low, 1)} to ${formatPercent(high, 1)}`}</th><td class="number">${formatCount(items)}</td><td
class="number">${formatPercent(mean)}</td><td class="number">${formatPercent(accuracy)}</td></tr>
`);
  return html`${before}
<div class="panels">
${renderFigure('reliability', 'Reliability', 'on the dashed line, answers are right as often as their probability says', calibration)}${
    renderFigure('confidence', 'Confidence', 'how many reviews have an answer of such a probability', confidence)}</div>
<details class="more"><summary>Each bin in figures</summary>
${renderScroller('bins-caption', html`<table class="scores">
${renderCaption('bins-caption', 'Reviews by the probability of their answer')}
<thead><tr><th scope="col">Probability</th><th scope="col" class="number">reviews</th><th scope="col" class="number">mean of it</th>
<th scope="col" class="number">right</th></tr></thead>
<tbody>
${rows}</tbody>
</table>`)}</details>`;
}

function renderLengths({ byLength, accuracy }: Evaluation, { lengths }: EvaluationPictures): Html {
  const groups = byLength.map(({ from, to, items }) => `${formatCount(items)} of ${formatCount(from)} to ${formatCount(to)}`).join(', ');
  const note = `by tokens read; reviews: ${groups}; the dashed line is all of them, ${formatPercent(accuracy)}`;
  return renderFigure('by-length', 'Accuracy and its 95 % interval', note, lengths);
}

function renderMistakes({ mistakes }: Evaluation): Html {
  if (mistakes.length === 0) return html`<p class="empty">There is none.</p>`;
  return renderScroller('mistakes-caption', html`<table class="mistakes">
${renderCaption('mistakes-caption', 'Wrong answers with the highest probabilities')}
<thead><tr><th scope="col">Review</th><th scope="col">is</th><th scope="col">called</th>
<th scope="col" class="number">with</th></tr></thead>
<tbody>
${mistakes.map(renderMistake)}</tbody>
</table>`);
}

function renderMistake({ id, label, predicted, probability, text }: Mistake): Html {
  const quoted = text === undefined ? null : html`<tr class="quoted"><td colspan="4"><details><summary>its text</summary>
${splitLines(text).map((line) => html`<p>${line}</p>
`)}</details></td></tr>
`;
  return html`<tr><th scope="row">${id}</th><td>${label}</td><td>${predicted}</td>
<td class="number">${formatPercent(probability)}</td></tr>
${quoted}`;
}

/** Line ends, and the tags of IMDB's reviews that stand for them. */
function splitLines(text: string): string[] {
  return text.split(/<br\s*\/?>|[\r\n]+/i).filter((line) => line.trim() !== '');
}
