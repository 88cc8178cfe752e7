import { html } from './html.ts';
import type { Html } from './html.ts';

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
