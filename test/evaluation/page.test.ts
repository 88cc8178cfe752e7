import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';

import { drawEvaluation } from '../../src/evaluation/charts.ts';
import { evaluate } from '../../src/evaluation/evaluation.ts';
import type { Evaluation } from '../../src/evaluation/evaluation.ts';
import { renderEvaluationPage } from '../../src/evaluation/page.ts';
import type { Classifier } from '../../src/experiment/load-model.ts';
import { createRandomStream } from '../../src/random.ts';
import { joinSequences } from '../../src/text/encode.ts';
import { makeTemporaryFolder } from '../experiment/temporary-folder.ts';
import { expectReadable, hasBrowser, useBrowser } from '../support/browser.ts';

const folder = makeTemporaryFolder();

/** Of a model that knows more or less, and of reviews of 0 to 49 tokens. */
function make(classes: readonly string[], temperature: number | null, labelOf: (item: number) => number): Evaluation {
  const random = createRandomStream({ seed: 4, purpose: 'sample', index: classes.length });
  const sequences = Array.from({ length: 400 }, (_, item) => new Int32Array(item % 50));
  const labels = Uint8Array.from(sequences, (_, item) => labelOf(item));
  const rows = Array.from(labels, (label) => {
    const weights = classes.map((_, k) => Math.exp(3 * random.uniform() + (k === label ? 1 : 0)));
    return weights.map((weight) => weight / weights.reduce((sum, value) => sum + value, 0));
  });
  const part = { ...joinSequences(sequences, 9), labels, ids: Array.from(labels, (_, item) => `test/${item}`) };
  const model = { classes, temperature, predictUncalibrated: () => rows } as unknown as Classifier;
  const { mistakes, ...evaluation } = evaluate(model, part, () => undefined);
  const texts = ['<b>not</b> what I hoped<br />for', 'x'.repeat(300)];
  return {
    ...evaluation, run: 'experiments/gru-1', data: 'reviews.csv',
    mistakes: mistakes.map((mistake, k) => (k < 2 ? { ...mistake, text: texts[k] ?? '' } : mistake)),
  };
}

const names = (count: number): string[] => Array.from({ length: count }, (_, k) => (k === 1 ? `<i>${'wide '.repeat(9)}</i>` : `topic ${k}`));
const evaluations = {
  'two.html': make(['negative', 'positive'], 0.4, (item) => item % 2),
  'four.html': make(names(4), 2, (item) => item % 4),
  'many.html': make(names(12), null, (item) => item % 12),
  'one.html': make(['negative', 'positive'], null, () => 1),
};
const pages: Record<string, string> = {};
beforeAll(async () => {
  for (const [name, evaluation] of Object.entries(evaluations))
    pages[name] = renderEvaluationPage(evaluation, await drawEvaluation(evaluation));
});

describe('the page of an evaluation', () => {
  it('has the figures, and a picture for each question', () => {
    const page = pages['two.html'] ?? '', { accuracy, roc, confusion, uncalibrated } = evaluations['two.html'];
    expect(page).toContain(`<h1>${(100 * accuracy).toFixed(2)} % of 400 reviews right</h1>`);
    expect(page).toContain(`area ${roc.curves[0]?.area.toFixed(4) ?? ''}; chance is the dashed line`);
    expect(page).toMatch(new RegExp(`<td class="cell a\\d">${confusion[0]?.[1] ?? ''} <span`));
    expect(page).toContain(`error was ${(100 * (uncalibrated?.calibrationError ?? 0)).toFixed(2)} %`);
    expect(page.match(/<svg/g)).toHaveLength(5);
  });

  it('draws each of a few classes and their mean, of many the mean alone, and nothing where there is nothing to tell apart', () => {
    expect(pages['four.html']).toContain('mean of 4 classes, area');
    expect(pages['four.html']?.match(/>topic \d, area /g)).toHaveLength(3);
    expect(pages['many.html']).toContain('mean of 12 classes, area');
    expect(pages['many.html']).not.toMatch(/>topic \d+, area /);
    expect(pages['one.html']).toContain('All reviews are of one class');
    expect(pages['one.html']?.match(/<svg/g)).toHaveLength(3);
  });

  it('escapes what comes from data, is the same for the same evaluation, and names nothing elsewhere', async () => {
    const { 'four.html': evaluation } = evaluations;
    expect(renderEvaluationPage(evaluation, await drawEvaluation(evaluation))).toBe(pages['four.html']);
    for (const page of Object.values(pages)) {
      expect(page).not.toMatch(/<b>|<i>|<script|src=/);
      expect(page.replaceAll('http://www.w3.org/', '')).not.toMatch(/https?:/);
    }
    expect(pages['two.html']).toContain('<p>&lt;b&gt;not&lt;/b&gt; what I hoped</p>\n<p>for</p>');
  });
});

describe.skipIf(!hasBrowser)('the page in a browser', () => {
  beforeAll(() => {
    for (const [name, page] of Object.entries(pages)) writeFileSync(join(folder, name), page);
  });
  const open = useBrowser();

  it.each(Object.keys(evaluations).flatMap((name) => ([[360, 'light'], [360, 'dark'], [1280, 'light'], [1280, 'dark']] as const)
    .map(([width, colorScheme]) => ({ name, width, colorScheme }))))('$name is readable at $width pixels in $colorScheme', async (
    { name, width, colorScheme },
  ) => {
    await expectReadable(await open(join(folder, name), { width, colorScheme }));
  });
});
