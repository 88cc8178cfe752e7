import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';

import { renderExplanationPage, renderWordPage } from '../../src/explain/page.ts';
import { makeTemporaryFolder } from '../experiment/temporary-folder.ts';
import { expectReadable, hasBrowser, useBrowser } from '../support/browser.ts';
import { makeExplanation } from './made-explanation.ts';

const folder = makeTemporaryFolder();
const effects = [2, -2, 1.5, -1.5, 1, -1, 0.5, -0.5, 0.1];
const explanations = [
  makeExplanation('<b>A moving</b> film & so…\nbut "dull" Zorblax!', effects),
  makeExplanation(`${'x'.repeat(200)} ${'a great film, '.repeat(10)}`, effects), makeExplanation('', effects),
];
const words = ['great', 'x'.repeat(60), '<unk>', 'so', 'a'].map((word, k) => ({ word, count: 10 ** k, meanEffect: 2 - k / 3, deviation: 0.5 }));
const pages = {
  'texts.html': renderExplanationPage('experiments/gru-1', explanations),
  'words.html': renderWordPage({
    run: 'experiments/gru-1', data: 'reviews.csv', method: 'leave-one-out', texts: 9, words: 1000, differentWords: 100, minCount: 5,
    classes: [{ name: 'negative', words }, { name: 'positive', words: [] }],
  }),
};

describe('the page of an explanation', () => {
  it('holds each text with its words in shades, escaped, and every word as a number', () => {
    const page = pages['texts.html'];
    expect(page).toContain('&lt;/<span class="w f4 unknown" title="+2.00, not in the vocabulary">b</span>&gt;');
    expect(page).toContain('<span class="w a4" title="−2.00">film</span>');
    expect(page).not.toContain('<b>');
    expect(page).toContain('<span class="unread" title="not read">great</span>');
    expect(page).toContain('The text has no word.');
    expect(page.match(/<tbody>/g)).toHaveLength(2);
  });

  it('is the same for the same explanations, and names nothing elsewhere', () => {
    expect(renderExplanationPage('experiments/gru-1', explanations)).toBe(pages['texts.html']);
    for (const page of Object.values(pages)) expect(page).not.toMatch(/https?:|<script|src=/);
  });
});

describe.skipIf(!hasBrowser)('the pages in a browser', () => {
  beforeAll(() => {
    for (const [name, page] of Object.entries(pages)) writeFileSync(join(folder, name), page);
  });
  const open = useBrowser();

  it.each(Object.keys(pages).flatMap((name) => ([[360, 'light'], [360, 'dark'], [1280, 'light'], [1280, 'dark']] as const)
    .map(([width, colorScheme]) => ({ name, width, colorScheme }))))('$name is readable at $width pixels in $colorScheme', async (
    { name, width, colorScheme },
  ) => {
    await expectReadable(await open(join(folder, name), { width, colorScheme }));
  });
});
