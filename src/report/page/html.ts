import { htmlEscape } from 'escape-goat';

import { printable } from '../../files/escape.ts';

/** Finished markup. A string is never taken for it, so what is forgotten is escaped. */
class Html {
  readonly markup: string;
  constructor(markup: string) {
    this.markup = markup;
  }
}
export type { Html };

/** What may stand in a template: text and numbers are escaped, markup is not, lists are joined, null is nothing. */
export type Part = string | number | Html | null | readonly Part[];

function toMarkup(part: Part): string {
  if (part === null) return '';
  if (part instanceof Html) return part.markup;
  if (typeof part === 'object') return part.map(toMarkup).join('');
  return htmlEscape(printable(String(part), Infinity));
}

/** Markup with parts in it, each escaped by its kind; attributes must be quoted. */
export function html(template: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return new Html(String.raw({ raw: template }, ...parts.map(toMarkup)));
}

/** Takes a string for markup as it is: a picture or style sheet of our own, never text from data. */
export function trustMarkup(markup: string): Html {
  return new Html(markup);
}

/** A box of its own to scroll in, by keyboard too, for what may be wider than the page. @param labelId element that names it */
export function renderScroller(labelId: string, content: Html): Html {
  return html`<div class="scroller" role="region" aria-labelledby="${labelId}" tabindex="0">
${content}
</div>`;
}

/** A table's caption, which stays in sight while the table scrolls past under it. */
export function renderCaption(id: string, text: string): Html {
  return html`<caption id="${id}"><span>${text}</span></caption>`;
}

/** Terms and what they are. */
export type Facts = readonly (readonly [string, string | Html])[];

/** Keys of configs, which may end a line at a dot. */
function breakAtDots(term: string): Html {
  return html`${term.split(/(?<=\.)/).map((part, k) => html`${k === 0 ? '' : trustMarkup('<wbr>')}${part}`)}`;
}

/** @param wide for long values, one under the other */
export function renderFacts(facts: Facts, wide = false): Html {
  return html`<dl class="facts${wide ? ' wide' : ''}">
${facts.map(([term, value]) => html`<div><dt>${breakAtDots(term)}</dt><dd>${value}</dd></div>
`)}</dl>`;
}

/**
 * A picture in the page.
 * @param id what names within it begin with, since those of other pictures must differ @param label what it shows
 */
export function renderPicture(svg: string, id: string, label: string): Html {
  return html`<div class="panel" role="img" aria-label="${label}">${trustMarkup(svg.replace(/(?<= id="|url\(#)/g, `${id}-`))}</div>`;
}
