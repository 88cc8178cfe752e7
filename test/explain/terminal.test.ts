import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';

import { markText, wrapMarked } from '../../src/explain/marked-text.ts';
import { findFullEffect, shadeOf, SHADES } from '../../src/explain/shades.ts';
import { renderExplanation, renderFaithfulness, renderWordTable } from '../../src/explain/terminal.ts';
import { makeExplanation } from './made-explanation.ts';

const plain = { columns: Infinity, isColored: false };

describe('shades', () => {
  it('are even steps of the strongest effect, which is never taken for less than a quarter', () => {
    expect([2, 1.5, 1, 0.26, 0.24, 0, -0.24, -1, -2].map((effect) => shadeOf(effect, 2))).toEqual([4, 3, 2, 1, 0, 0, 0, -2, -4]);
    expect(shadeOf(null, 2)).toBe(0);
    expect(shadeOf(9, 2)).toBe(SHADES);
    expect(findFullEffect([0.1, null, -3])).toBe(3);
    expect(findFullEffect([0.1, null])).toBe(0.25);
  });
});

describe('an explained text', () => {
  it('keeps its own spelling, with numbers where there are no colours', () => {
    expect(renderExplanation(makeExplanation('A MOVING film,<br />but Zorblax…', [0, 1.32, 0, 0, -0.4]), plain)).toMatchInlineSnapshot(`
      "positive  75.00 %, log-odds +1.10

        A MOVING(+1.32) film,<br />but(−0.40) Zorblax(?)…(+1.32)

        for positive  +1.32 MOVING  +1.32 …
        against it    −0.40 but
        (how much higher the log-odds of the answer are with a word than without it)
        1 word that the model does not know: marked ?"
    `);
  });

  it.each(['start', 'end'] as const)('sets apart what is cut off at the %s, and loses none of it', (truncate) => {
    const text = `so so ${'a film . '.repeat(4)}great.`, marked = markText(makeExplanation(text, [0], truncate), false);
    const unread = truncate === 'start' ? 'so so a' : 'film . great.';
    expect(marked).toContain(`[not read: ${unread}`);
    expect(marked.replace(/\[not read: ([^\]]*)\]/, '$1').replace(/ +/g, ' ').trim()).toBe(text.replace(/ +/g, ' ').trim());
    const colored = markText(makeExplanation(text, [0], truncate), true);
    expect(colored).toContain(truncate === 'start' ? '\u001b[2mso so a' : 'film . great.\u001b[22m');
    expect(stripVTControlCharacters(colored)).toBe(text);
  });

  it('obeys nothing that a text says to a terminal, and keeps its lines', () => {
    const marked = markText(makeExplanation('dull\u001b[2J\r\na\tfilm\u202e so', [1]), true);
    expect(stripVTControlCharacters(marked)).toBe('dull\\u001b[2J\na film\\u202e so');
  });

  it('is broken at blanks, whatever colours stand in a line', () => {
    const marked = markText(makeExplanation(`${'a great film '.repeat(3)}so`, [2, -1, 0.5]), true);
    const lines = stripVTControlCharacters(wrapMarked(marked, 20, '> ')).split('\n');
    expect(lines).toEqual(['> a great film a great', '> film a great film so']);
  });

  it('says that it has no word', () => {
    expect(renderExplanation(makeExplanation(' <br /> ', [1]), plain)).toBe('positive  75.00 %, log-odds +1.10\n\n  The text has no word.');
  });
});

describe('tables', () => {
  it('list words, and what deleting words did, within 80 columns', () => {
    const words = [{ word: 'great', count: 1234, meanEffect: 1.234, deviation: 0.5 }, { word: '<unk>', count: 1, meanEffect: 0.1, deviation: NaN }];
    const table = renderWordTable({
      method: 'leave-one-out', texts: 20, words: 3000, differentWords: 700, minCount: 1, classes: [{ name: 'good', words }],
    }, 80);
    expect(table).toContain('for good   mean  deviation  places\ngreat     +1.23       0.50   1,234\n<unk>     +0.10          –       1\n');
    const measured = renderFaithfulness({
      deleted: 5, texts: 20, skipped: 3,
      rows: [{ order: 'random', meanDrop: -0.012, deviation: 0.09, standardError: 0.013, changedAnswers: 0.016 }],
    }, 80);
    expect(measured).toContain('3 with fewer than 10 words left\nout');
    expect(measured).toContain('words      log-odds lost  deviation  other answer\nat random   −0.01 ± 0.01       0.09         1.6 %\n');
    for (const line of `${table}${measured}`.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  });
});
