import { htmlEscape } from 'escape-goat';
import { printable } from '../../config/quote.ts';

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
