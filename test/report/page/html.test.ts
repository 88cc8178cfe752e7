import { describe, expect, it } from 'vitest';

import { html, trustMarkup } from '../../../src/report/page/html.ts';
import type { Part } from '../../../src/report/page/html.ts';

describe('html', () => {
  it.each<[string, Part, string]>([
    ['tags', '<script>alert(1)</script>', '&lt;script&gt;alert(1)&lt;/script&gt;'],
    ['what looks escaped already', '&lt;b&gt;', '&amp;lt;b&amp;gt;'],
    ['both quotes', `"it's"`, '&quot;it&#39;s&quot;'],
    ['control characters', 'a\u0000b\u001b[31mc\n', 'a\\u0000b\\u001b[31mc\\u000a'],
    ['marks that turn the direction of text', 'a\u202eb\u2066c', 'a\\u202eb\\u2066c'],
    ['a number', 1.5, '1.5'],
    ['nothing', null, ''],
    ['a list, each part by its kind', ['<', html`<b>${'&'}</b>`, [2, null]], '&lt;<b>&amp;</b>2'],
    ['markup, as it is', trustMarkup('<svg/>'), '<svg/>'],
  ])('writes %s', (_, part, markup) => {
    expect(html`<p title="${part}">${part}</p>`.markup).toBe(`<p title="${markup}">${markup}</p>`);
  });

  it('leaves other scripts, signs and long texts whole', () => {
    const text = `情感分析 − ± ’ 🦄 ${'x'.repeat(5000)}`;
    expect(html`${text}`.markup).toBe(text);
  });
});
