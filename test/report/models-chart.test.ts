import { afterEach, describe, expect, it, vi } from 'vitest';

import { createRows } from '../../src/report/comparison-rows.ts';
import { describeMarks, renderModels } from '../../src/report/models-chart.ts';
import type { MadeRun } from '../experiment/made-runs.ts';
import { sixModels } from '../experiment/made-runs.ts';
import { makeExperiments, makeRuns } from './page/made-content.ts';

const warned = vi.spyOn(console, 'warn');
afterEach(() => { expect(warned).not.toHaveBeenCalled(); });

const rowsOf = (runs: readonly MadeRun[]) => createRows(makeExperiments(runs));
const draw = (runs: readonly MadeRun[]) => renderModels(rowsOf(runs), { title: 'a title', width: 800 });
const svm: MadeRun = { model: { type: 'nb-svm' }, epochs: 1, better: 0.2 };

/** Texts with their heights in the picture, topmost first. */
function findTexts(svg: string): { text: string; y: number }[] {
  return [...svg.matchAll(/<text[^>]*translate\([-\d.]+,([-\d.]+)\)[^>]*>([^<]*)<\/text>/g)]
    .map(([, y, text]) => ({ text: text!, y: Number(y) }))
    .sort((a, b) => a.y - b.y);
}

describe('the picture of models', () => {
  it('has a row for each model, the most accurate first, with its figure and the number of its seeds', async () => {
    const runs = [...makeRuns(sixModels, [1, 2, 3]), svm];
    const texts = findTexts(await draw(runs)).map(({ text }) => text);
    const sorted = rowsOf(runs)
      .map(({ label, testAccuracyAtBestValidation: { measured } }) => ({ label, mean: measured!.mean }))
      .sort((a, b) => b.mean - a.mean);
    const labels = sorted.map(({ label }) => label);
    expect(labels[0]).toBe('NB-SVM');
    expect(texts.filter((text) => labels.includes(text))).toEqual(labels);
    expect(texts.filter((text) => text.endsWith(' %'))).toEqual(sorted.map(({ mean }) => `${(100 * mean).toFixed(2)} %`));
    expect(texts.filter((text) => text === '3 seeds')).toHaveLength(6);
    expect(texts.filter((text) => text === 'linear')).toHaveLength(1);
  });

  it('shows an interval from three seeds on, a tick for each seed, and the articles\' figures', async () => {
    const svg = await draw([...makeRuns(sixModels.slice(2, 3), [1, 2, 3]), ...makeRuns(sixModels.slice(3, 4), [1, 2]), sixModels[4]!, svm]);
    expect([...svg.matchAll(/<line [^>]*stroke-width="2.5"/g)]).toHaveLength(1);
    expect([...svg.matchAll(/aria-roledescription="tick"/g)]).toHaveLength(3 + 2);
    expect([...svg.matchAll(/<path [^>]*stroke="#000000"/g)]).toHaveLength(3);
    expect([...svg.matchAll(/<path [^>]*fill="white"[^>]*stroke="#0072B2"/g)]).toHaveLength(1); // the model of one seed is hollow
  });

  it('explains the marks that it has, and no others', () => {
    expect(describeMarks(rowsOf([...makeRuns(sixModels.slice(2, 3), [1, 2, 3]), sixModels[0]!, svm]))).toEqual([
      '● mean over seeds, with a tick for each',
      'bar: 95 % interval of the mean, from 3 seeds on',
      '○ one seed, so no interval',
      '■ linear model',
      '◇ the articles’ best accuracy',
    ]);
    expect(describeMarks(rowsOf([svm]))).toEqual(['■ linear model']);
  });

  it('puts the settings of a model below its name', async () => {
    const svg = await draw([{}, { model: { embeddingDropoutRate: 0.5, headDropoutRate: 0.5 }, better: 0.01 }]);
    for (const line of ['embeddingDropoutRate 0.5', 'headDropoutRate 0.5']) expect(svg).toContain(`>${line}</tspan>`);
  });

  it('is as wide as asked for, and leaves out what has no figure', async () => {
    expect(await draw([{}])).toMatch(/^<svg [^>]*width="800"/);
    const failed = rowsOf([{}]).map((row) => ({ ...row, testAccuracyAtBestValidation: { measured: null, articles: 0.872, ratio: null } }));
    await expect(renderModels(failed, { title: null, width: 480 })).rejects.toThrow(RangeError);
  });
});
