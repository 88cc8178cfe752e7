import { findFullEffect, findLeastShown } from '../../explain/shades.ts';
import { computeLogOdds, rankWords } from '../../explain/word-effects.ts';
import type { WordEffects } from '../../explain/word-effects.ts';
import { indexOfLargest } from '../../measure/classification.ts';
import { formatPercent, formatSigned } from '../../terminal/format.ts';
import { isRead } from '../../text/reading.ts';
import type { Reading } from '../../text/reading.ts';
import type { PageModel } from '../page-model.ts';
import { element, find } from './dom.ts';
import { examples, isOfFeeling } from './examples.ts';
import { renderLegend, renderText } from './marked-text.ts';

/** Up to so many classes keep their places; of more the likeliest are shown. */
const SHOWN = 10;
/** Words named for the answer and against it. */
const NAMED = 5;

/** All that a page shows. Whatever is not its own words goes in as text, never as markup. */
export interface View {
  text(): string;
  onText(listener: () => void): void;
  ready(): void;
  clear(): void;
  /** What is shown is of a text that has changed. */
  wait(): void;
  fail(message: string): void;
  /** @param probabilities [C] */
  showAnswer(reading: Reading, probabilities: readonly number[], milliseconds: number): void;
  showEffects(reading: Reading, probabilities: readonly number[], effects: WordEffects): void;
}

export function createView(model: PageModel): View {
  const field = find<HTMLTextAreaElement>('text'), answer = find('answer'), why = find('why'), state = find('state');
  let isReady = false;
  describeModel(model);
  const say = (text: string): void => {
    if (text !== state.textContent) state.textContent = text; // what is put there again would be read out again
  };
  return {
    text: () => field.value,
    onText(listener) {
      field.addEventListener('input', listener);
      const shown = find('examples');
      if (!isOfFeeling(model.classes)) shown.remove();
      shown.append(...examples.map(({ name, text }) => {
        const button = element('button', name);
        button.type = 'button';
        button.addEventListener('click', () => {
          field.value = text;
          listener();
        });
        return button;
      }));
    },
    ready() {
      isReady = true;
      if (field.value.trim() === '') say('');
    },
    clear() {
      find('classes').replaceChildren();
      find('rest').textContent = '';
      why.hidden = true;
      if (isReady) say('');
    },
    wait() {
      for (const region of [answer, why]) region.setAttribute('aria-busy', 'true');
    },
    fail(message) {
      this.clear();
      say(message);
    },
    showAnswer(reading, probabilities, milliseconds) {
      answer.setAttribute('aria-busy', 'false');
      answer.dataset['milliseconds'] = String(milliseconds);
      find('classes').replaceChildren(...renderClasses(model.classes, probabilities));
      find('rest').textContent = probabilities.length > SHOWN ? `The likeliest ${SHOWN} of ${probabilities.length} classes.` : '';
      say(describeReading(model, reading, probabilities));
      why.hidden = why.hidden || reading.words.length === 0;
    },
    showEffects(reading, probabilities, effects) {
      why.hidden = reading.words.length === 0;
      why.setAttribute('aria-busy', 'false');
      showEffects(model, reading, probabilities, effects);
    },
  };
}

function describeModel({ name, classes, facts, limits }: PageModel): void {
  find('name').textContent = name;
  find('question').textContent = classes.length > SHOWN ? `Which of ${classes.length} classes is it?`
    : `Is it ${classes.slice(0, -1).join(', ')} or ${classes.at(-1) ?? ''}?`;
  document.title = `${name} · gatelab`;
  find('facts').append(...facts.map(([term, value]) => element('div', element('dt', term), element('dd', value))));
  find('limits').textContent = limits;
}

/** A row for each class: in their order while all have a place, else the likeliest first. */
function renderClasses(classes: readonly string[], probabilities: readonly number[]): HTMLElement[] {
  const of = (k: number): number => probabilities[k] ?? 0, largest = indexOfLargest(probabilities);
  const order = [...classes.keys()];
  const shown = order.length > SHOWN ? order.sort((a, b) => of(b) - of(a)).slice(0, SHOWN) : order;
  return shown.map((k) => {
    const head = element('th', classes[k] ?? ''), fill = element('span'), bar = element('td', fill);
    head.scope = 'row';
    bar.className = 'bar';
    bar.setAttribute('aria-hidden', 'true');
    fill.style.width = `${100 * of(k)}%`;
    const row = element('tr', head, bar, element('td', formatPercent(of(k))));
    row.className = k === largest ? 'first' : '';
    row.dataset['probability'] = String(of(k));
    return row;
  });
}

/** `positive, 93.2 %. The model read 40 words, 2 of them unknown to it.` */
function describeReading({ classes, reads }: PageModel, { words, tokenIds }: Reading, probabilities: readonly number[]): string {
  if (tokenIds.length === 0) return 'The text has no word: the answer means nothing.';
  const largest = indexOfLargest(probabilities), read = words.filter(isRead), unknown = read.filter(({ isUnknown }) => isUnknown).length;
  const answer = `${classes[largest] ?? ''}, ${formatPercent(probabilities[largest] ?? null, 1)}.`;
  const cut = words.length - read.length, end = reads.truncate === 'start' ? 'last' : 'first';
  const count = `${read.length} ${read.length === 1 ? 'word or mark' : 'words and marks'}`;
  const known = unknown === 0 ? '' : `, ${unknown} of them unknown to it`;
  return cut === 0 ? `${answer} The model read ${count}${known}.`
    : `${answer} The text is too long for the model: it read the ${end} ${count} of ${words.length}${known}.`;
}

function showEffects(
  { classes }: PageModel, reading: Reading, probabilities: readonly number[], effects: WordEffects,
): void {
  const predicted = indexOfLargest(probabilities), name = classes[predicted] ?? '';
  const own = effects.map((ofClasses) => ofClasses?.[predicted] ?? null), full = findFullEffect(own);
  const wordOf = (k: number): string => reading.text.slice(reading.words[k]?.start, reading.words[k]?.end);
  find('why-title').textContent = `What each word adds to “${name}”`;
  find('words').replaceChildren(...renderText(reading, own, full));
  find('legend').replaceChildren(...renderLegend(reading, name, full));
  const ranked = rankWords(effects, predicted), least = findLeastShown(full);
  const list = (some: readonly number[], sign: number): string => some.filter((k) => sign * (own[k] ?? 0) >= least).slice(0, NAMED)
    .map((k) => `${formatSigned(own[k] ?? 0)}\u00a0${wordOf(k)}`).join('   ') || 'no word';
  const logOdds = formatSigned(computeLogOdds(probabilities, predicted));
  find('strongest').replaceChildren(...[
    ['for it', list(ranked, 1)], ['against it', list(ranked.toReversed(), -1)], ['log-odds', logOdds],
  ].map(([term = '', value = '']) => element('div', element('dt', term), element('dd', value))));
  const strength = (k: number): number => Math.abs(own[k] ?? 0);
  find('effects').replaceChildren(...ranked.sort((a, b) => strength(b) - strength(a) || a - b).map((k) => {
    const head = element('th', wordOf(k)), number = element('td', formatSigned(own[k] ?? 0, 3)), place = element('td', String(k + 1));
    head.scope = 'row';
    number.className = place.className = 'number';
    return element('tr', head, number, place);
  }));
}
