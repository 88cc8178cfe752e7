import { formatCount, formatPercent, formatSigned } from '../terminal/format.ts';
import { isRead, splitText } from '../text/reading.ts';
import type { Piece, Word } from '../text/reading.ts';
import { renderDocument, shades } from '../report/page/document.ts';
import { html, renderCaption, renderScroller, trustMarkup } from '../report/page/html.ts';
import type { Html } from '../report/page/html.ts';
import { effectOnAnswer, wordText } from './explain.ts';
import type { Explanation } from './explain.ts';
import { findFullEffect, shadeOf, SHADES } from './shades.ts';
import { formatDeviation, meaningForClass, meanings } from './terminal.ts';
import type { WordTable } from './word-table.ts';

const styles = [shades, new URL('explain.css', import.meta.url)];

/** Texts with their words coloured, each with a table of its words. @param run what the model is called */
export function renderExplanationPage(run: string, explanations: readonly Explanation[]): string {
  const [first] = explanations;
  return renderDocument({
    title: 'What each word adds', styles,
    body: html`<header class="top">
<p class="kicker">gatelab · <code>${run}</code></p>
<h1>What each word adds</h1>
${first === undefined ? null : html`<p class="lead">A word’s number is ${meanings[first.method]}.</p>`}
</header>
<main>
${explanations.map(renderSection)}</main>`,
  });
}

function renderSection(explanation: Explanation, number: number): Html {
  const { classes, probabilities, predicted, logOdds, words } = explanation, id = `text-${number + 1}`;
  const full = findFullEffect(words.map((_, k) => effectOnAnswer(explanation, k)));
  return html`<section aria-labelledby="${id}">
<h2 id="${id}">${classes[predicted] ?? ''}, ${formatPercent(probabilities[predicted] ?? null)}</h2>
<p class="small">Log-odds ${formatSigned(logOdds)}.</p>
<div class="explained">${splitText(explanation).map((piece) => renderPiece(explanation, piece, full))}</div>
${renderLegend(explanation, full)}
${words.length === 0 ? html`<p class="empty">The text has no word.</p>` : renderWords(explanation, id)}
</section>
`;
}

/** `f3` for a word that speaks for the answer, `a1` for one against it. */
function classOf(shade: number): string {
  return shade === 0 ? '' : ` ${shade > 0 ? 'f' : 'a'}${Math.abs(shade)}`;
}

function renderPiece(explanation: Explanation, { text, word }: Piece, full: number): Html {
  if (word === null) return keepLines(text);
  const { isUnknown, ...place } = explanation.words[word] as Word, effect = effectOnAnswer(explanation, word);
  if (!isRead({ isUnknown, ...place })) return html`<span class="unread" title="not read">${text}</span>`;
  const title = `${formatSigned(effect ?? Number.NaN)}${isUnknown ? ', not in the vocabulary' : ''}`;
  return html`<span class="w${classOf(shadeOf(effect, full))}${isUnknown ? ' unknown' : ''}" title="${title}">${text}</span>`;
}

/** `html` shows control characters as codes; the line ends of a text are its own. */
function keepLines(text: string): Html {
  const lines = text.replaceAll('\r\n', '\n').replaceAll('\t', ' ').split('\n');
  return html`${lines.map((line, k) => [k === 0 ? null : trustMarkup('\n'), line])}`;
}

function renderLegend({ classes, predicted, words }: Explanation, full: number): Html {
  const name = classes[predicted] ?? '', step = full / SHADES;
  const swatch = (shade: number): Html => html`<span class="w${classOf(shade)}">${formatSigned(shade * step)}</span> `;
  const shades = Array.from({ length: SHADES }, (_, k) => k + 1);
  const against = shades.map((shade) => swatch(-shade));
  const unread = words.filter((word) => !isRead(word)).length;
  const unknown = words.filter((word) => isRead(word) && word.isUnknown).length;
  return html`<p class="legend"><span>for ${name} ${shades.map(swatch)}</span> <span>against it ${against}</span>
${unknown === 0 ? null : html`<span><span class="unknown">dotted</span>: not in the vocabulary (${formatCount(unknown)})</span>`}
${unread === 0 ? null : html`<span><span class="unread">slanted</span>: not read, beyond maxLength (${formatCount(unread)})</span>`}</p>`;
}

/** Every word that is read and its number, the strongest either way first. */
function renderWords(explanation: Explanation, id: string): Html {
  const of = (k: number): number => effectOnAnswer(explanation, k) ?? 0;
  const read = [...explanation.words.keys()].filter((k) => effectOnAnswer(explanation, k) !== null);
  const rows = read.sort((a, b) => Math.abs(of(b)) - Math.abs(of(a)) || a - b).map((k) =>
    html`<tr><th scope="row">${wordText(explanation, explanation.words[k] as Word)}</th><td class="number">${formatSigned(of(k), 3)}</td>
<td class="number">${formatCount(k + 1)}</td></tr>
`);
  return html`<details class="more"><summary>Every word as a number</summary>
${renderScroller(`${id}-words`, html`<table class="effects">
${renderCaption(`${id}-words`, 'What each word adds to the log-odds of the answer')}
<thead><tr><th scope="col">Word</th><th scope="col" class="number">adds</th><th scope="col" class="number">place</th></tr></thead>
<tbody>${rows}</tbody>
</table>`)}</details>`;
}

/** A table of words with the run and the texts that it is of. */
export interface NamedWordTable extends WordTable {
  readonly run: string;
  readonly data: string;
}

/** The words that matter most for each class. */
export function renderWordPage({ run, data, method, texts, words, differentWords, minCount, classes }: NamedWordTable): string {
  return renderDocument({
    title: 'The words that matter most', styles,
    body: html`<header class="top">
<p class="kicker">gatelab · <code>${run}</code> · ${data}</p>
<h1>The words that matter most</h1>
<p class="lead">${formatCount(texts)} texts with ${formatCount(words)} words that the model read, ${formatCount(differentWords)} of them
different; words read in fewer than ${formatCount(minCount)} places are left out. The number is the mean over places of
${meaningForClass(method)}.</p>
</header>
<main class="classes">
${classes.map(renderClass)}</main>`,
  });
}

function renderClass({ name, words }: WordTable['classes'][number], number: number): Html {
  const id = `class-${number + 1}`, full = words[0]?.meanEffect ?? 1;
  const rows = words.map(({ word, meanEffect, deviation, count }) => html`<tr><th scope="row"><span
class="w${classOf(shadeOf(meanEffect, full))}">${word}</span></th><td class="number">${formatSigned(meanEffect)}</td>
<td class="number">${formatDeviation(deviation)}</td><td class="number">${formatCount(count)}</td></tr>
`);
  return html`<section aria-labelledby="${id}">
<h2 id="${id}">for ${name}</h2>
${words.length === 0 ? html`<p class="empty">No word was read often enough.</p>` : null}${renderScroller(`${id}-words`, html`<table
class="effects">
${renderCaption(`${id}-words`, `Words that raise the log-odds of ${name}`)}
<thead><tr><th scope="col">Word</th><th scope="col" class="number">mean</th><th scope="col" class="number">deviation</th>
<th scope="col" class="number">places</th></tr></thead>
<tbody>${rows}</tbody>
</table>`)}
</section>
`;
}
