import { createRequire } from 'node:module';
import { Resvg } from '@resvg/resvg-js';
import { afterEach, describe, expect, it, vi } from 'vitest';

import { experimentSchema } from '../../src/experiment-schema.ts';
import { renderConvergence, findZoom } from '../../src/report/convergence-curves.ts';
import { createModelSeries } from '../../src/report/model-series.ts';
import type { Reference } from '../../src/report/model-series.ts';
import { renderPng } from '../../src/report/chart.ts';
import { makeRecords, sixModels } from '../experiment/made-runs.ts';
import type { MadeRun } from '../experiment/made-runs.ts';
import { environment, facts } from '../experiment/examples.ts';
import { createSummary } from '../../src/experiment/records.ts';
import { makeExperiments } from './page/made-content.ts';

const warned = vi.spyOn(console, 'warn');
afterEach(() => { expect(warned).not.toHaveBeenCalled(); });

const seriesOf = (runs: readonly MadeRun[]) => createModelSeries(runs.map((run, k) => {
  const epochs = makeRecords(run);
  const config = experimentSchema.parse({ seed: run.seed ?? 1, model: run.model ?? {} });
  return { name: String(k), path: String(k), config, environment, epochs, summary: createSummary(facts, epochs) };
}));
const render = (runs: readonly MadeRun[], references: readonly Reference[] = []) =>
  renderConvergence({ series: seriesOf(runs), references }, 'a title');

/** Each text with the place it is drawn at, the shifts of its groups added up. */
function findTexts(svg: string): { text: string; x: number; y: number }[] {
  const shifts: [number, number][] = [[0, 0]];
  return [...svg.matchAll(/<g([^>]*)>|<\/g>|<text([^>]*)>([^<]*)<\/text>/g)].flatMap(([tag, group, attributes, text]) => {
    if (tag === '</g>') { shifts.pop(); return []; }
    const [, x = '0', y = '0'] = /translate\(([-\d.]+),([-\d.]+)\)/.exec(group ?? attributes ?? '') ?? [];
    const [left, top] = shifts.at(-1)!;
    const place: [number, number] = [left + Number(x), top + Number(y)];
    if (group === undefined) return [{ text: text!, x: place[0], y: place[1] }];
    if (!tag.endsWith('/>')) shifts.push(place);
    return [];
  });
}

const fontFiles = [createRequire(import.meta.url).resolve('dejavu-fonts-ttf/ttf/DejaVuSans.ttf')];

/** All that is drawn but for the background and for the curves, which panels cut off; letters included, by the font of the PNG. */
function measureInk(svg: string) {
  const bare = new Resvg(
    svg.replace(
      /<rect width="\d+" height="\d+" fill="white"[^>]*>(<\/rect>)?|<path [^>]*aria-roledescription="(line mark|area mark|point)"[^>]*>/g,
      '',
    ),
    { font: { fontFiles, loadSystemFonts: false } },
  );
  return { box: bare.getBBox()!, width: bare.width, height: bare.height };
}

const cases = [[1, 1, 1], [1, 1, 20], [1, 3, 2], [3, 1, 2], [3, 3, 20], [6, 1, 20], [6, 3, 2], [6, 3, 20]] as const;

describe('convergence curves', () => {
  it.each(cases)(
    'of %d models, %d seeds, %d epochs name each model once for accuracy and once for loss, apart from each other, all within the picture',
    async (models, seeds, epochs) => {
      const runs = sixModels.slice(0, models).flatMap((run) => Array.from({ length: seeds }, (_, k) => ({ ...run, seed: k + 1, epochs })));
      const names = ['RNN', 'BiRNN', 'LSTM', 'BiLSTM', 'GRU', 'BiGRU'].slice(0, models);
      const svg = await render(runs);
      expect(svg).not.toMatch(/NaN|undefined|Infinity/);
      const labels = findTexts(svg).filter(({ text }) => names.includes(text));
      expect(labels).toHaveLength(2 * models);
      for (const { text, x, y } of labels) {
        const near = labels.filter((other) => other.x === x && Math.abs(other.y - y) < 12.9);
        expect(near.map((other) => other.text)).toEqual([text]);
      }
      const { box, width, height } = measureInk(svg);
      expect([box.x, box.y].every((edge) => edge >= 0)).toBe(true);
      expect(box.x + box.width).toBeLessThanOrEqual(width);
      expect(box.y + box.height).toBeLessThanOrEqual(height);
      expect(width).toBeGreaterThan(700);
      expect(width).toBeLessThan(840);
      expect(svg.includes('bands from the lowest to the highest')).toBe(seeds > 1);
    },
  );

  it('mark convergence with one ring for each model and panel', async () => {
    const svg = await render(sixModels);
    expect([...svg.matchAll(/<path aria-label="[^"]*"[^>]*fill="white"[^>]*stroke="#/g)]).toHaveLength(6 * 6);
    expect(svg).toContain('○ converged: the first epoch within 0.5 points of the model’s best');
  });

  it('use the unit of time that suits the longest run', async () => {
    expect(findTexts(await render([{ epochSeconds: 1, epochs: 3 }])).map(({ text }) => text)).toContain('training time (seconds)');
    expect(findTexts(await render([{ epochSeconds: 3600 }])).map(({ text }) => text)).toContain('training time (hours)');
  });

  it('draw what there is of a run whose loss was lost, and a run whose losses all were', async () => {
    const lost = (from: number): MadeRun => ({ given: (epoch) => (epoch >= from ? { testLoss: Number.NaN } : {}) });
    expect(findTexts(await render([lost(5)])).filter(({ text }) => text === 'LSTM')).toHaveLength(2);
    const svg = await render([lost(1)]);
    expect(svg).not.toMatch(/NaN|Infinity/);
    expect(findTexts(svg).filter(({ text }) => text === 'LSTM')).toHaveLength(1);
  });

  it('break a long label into lines and tell twenty models apart', async () => {
    const svg = await render(Array.from({ length: 20 }, (_, k) => ({ model: { hiddenSize: 10 + k, headDropoutRate: 0.25 + k / 100 } })));
    expect(svg).toContain('headDropoutRate 0.25');
    const strokes = [...svg.matchAll(/<path [^>]*aria-roledescription="line mark"[^>]*stroke="(#\w+)"[^>]*stroke-dasharray="([^"]*)"/g)];
    expect(strokes).toHaveLength(6 * 20);
    expect(new Set(strokes.map(([, colour, dash]) => `${colour} ${dash}`)).size).toBe(20);
  });

  it('say what all models have and the articles\' do not, in lines no wider than the picture', async () => {
    const lines = async (runs: readonly MadeRun[]) => [...(await render(runs)).matchAll(/<tspan[^>]*>([^<]*)/g)].map(([, text]) => text);
    const shared = { embeddingDropoutRate: 0.5, headDropoutRate: 0.5 };
    expect((await lines([{ model: { cell: 'gru', ...shared } }, { model: { cell: 'rnn', ...shared } }]))[0]).toBe(
      'with embeddingDropoutRate 0.5, headDropoutRate 0.5',
    );
    const one = await lines([{ model: { cell: 'gru', ...shared } }, { model: { cell: 'rnn', headDropoutRate: 0.5 } }]);
    expect(one).toEqual(expect.arrayContaining(['with headDropoutRate 0.5', 'GRU', 'embeddingDropoutRate 0.5']));
    expect((await lines([{}, { seed: 2 }])).filter((line) => line?.startsWith('with '))).toEqual([]);
    const many = { model: { layers: 1, embeddingSize: 64, hiddenSize: 64, dropoutRate: 0.25, ...shared } };
    expect((await lines([many])).slice(0, 2)).toEqual([
      'with layers 1, embeddingSize 64, hiddenSize 64, dropoutRate 0.25,',
      'embeddingDropoutRate 0.5, headDropoutRate 0.5',
    ]);
    expect(measureInk(await render([many])).width).toBeLessThan(840);
  });

  it('enlarge the best models where others are far behind, and name those in the panel of all', async () => {
    const svg = await render(sixModels);
    for (const text of [
      'Test accuracy of the best models, enlarged',
      'Test accuracy of all models, whole range',
      'shaded: the range enlarged above',
    ])
      expect(svg).toContain(text);
    const placesOf = (name: string) => findTexts(svg).filter(({ text }) => text === name).map(({ y }) => y).sort((a, b) => a - b);
    const enlarged = ['LSTM', 'BiLSTM', 'GRU', 'BiGRU'].map((name) => placesOf(name)[0]!),
      others = ['RNN', 'BiRNN'].map((name) => placesOf(name)[0]!);
    expect(Math.max(...enlarged)).toBeLessThan(Math.min(...others));
    expect(await render(sixModels.slice(0, 2).map((run) => ({ ...run, epochs: 2 })))).not.toContain('enlarged');
  });

  it('draw a linear model as a line across the accuracies, from the moment its fit is done', async () => {
    const svg = await render([sixModels[2]!, sixModels[4]!], [{ label: 'NB-SVM', accuracy: 0.9, seconds: 16 }]);
    expect(findTexts(svg).filter(({ text }) => text === 'NB-SVM (linear)')).toHaveLength(1);
    const lines = [...svg.matchAll(/<line aria-label="[^"]*model: NB-SVM"[^>]*translate\(([\d.]+),[^>]* x2="([\d.]+)"/g)].map(
      ([, x, length]) => [Number(x), Number(length)],
    );
    expect(lines).toHaveLength(4); // two panels enlarged, two whole
    expect(lines.filter(([x]) => x === 0)).toHaveLength(2); // by epoch, all across
    for (const [, length] of lines) expect(length).toBeGreaterThan(200);
  });

  it('lead to names only from ends at the edge beside them', async () => {
    const leaders = (svg: string) => [...svg.matchAll(/<line [^>]*stroke-width="0.8"/g)].length;
    expect(leaders(await render(sixModels))).toBe(2 * 6);
    expect(leaders(await render([{ ...sixModels[2]!, epochs: 3 }, { ...sixModels[4]!, epochs: 20 }]))).toBe(2);
  });

  it('refuse to draw nothing', async () => {
    await expect(renderConvergence({ series: [], references: [] }, '')).rejects.toThrow(RangeError);
  });
});

describe('a PNG', () => {
  const written = (family: string, text: string): string =>
    `<svg xmlns="http://www.w3.org/2000/svg" width="90" height="30"><rect width="90" height="30" fill="white"/><text x="5" y="20" `
      + `font-family="${family}">${text}</text></svg>`;

  it('is twice as many pixels wide and high as the SVG has units', async () => {
    const png = Buffer.from(await renderPng(written('sans-serif', 'GRU')));
    expect(png.subarray(1, 4).toString()).toBe('PNG');
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([180, 60]);
  });

  it('has letters, in the project\'s own font whatever the machine has', async () => {
    const [letters, other, none] = await Promise.all(
      [written('DejaVu Sans', 'GRU'), written('Nowhere Grotesk', 'GRU'), written('DejaVu Sans', '')].map(renderPng),
    );
    expect(Buffer.compare(letters!, other!)).toBe(0);
    expect(Buffer.compare(letters!, none!)).not.toBe(0);
  });
});

it('writes no number of an axis with an exponent', async () => {
  for (const epochSeconds of [0.2, 27.3, 400]) {
    const texts = findTexts(await render([{ epochs: 5, epochSeconds }])).map(({ text }) => text);
    expect(texts.filter((text) => /\de[+-]?\d/.test(text))).toEqual([]);
  }
});

const WHOLE = [0.6, 0.95] as const;
const zoomOf = (runs: readonly MadeRun[], references: readonly Reference[] = []) =>
  findZoom(createModelSeries(makeExperiments(runs)), references, WHOLE);

describe('the zoom', () => {
  it('holds the models near the best and the lines near them, from convergence on', () => {
    const zoom = zoomOf(
      [...sixModels, { model: { cell: 'gru-printed' }, better: -0.2 }],
      [
        { label: 'NB-SVM', accuracy: 0.9, seconds: 16 },
        { label: 'Bag of words', accuracy: 0.7, seconds: 7 },
      ],
    );
    expect([...zoom!.shown].sort()).toEqual(['BiGRU', 'BiLSTM', 'GRU', 'LSTM', 'NB-SVM']);
    expect(zoom!.domain[0]).toBeGreaterThan(0.84);
    expect(zoom!.domain[1]).toBeGreaterThan(0.9);
    expect(zoom!.domain[1]).toBeLessThan(0.91);
  });

  it.each<[string, MadeRun[]]>([
    ['runs of few epochs', [{ epochs: 3 }, { model: { cell: 'gru' }, epochs: 3 }]],
    ['models that fill the range as it is', [{ given: (epoch) => ({ testAccuracy: epoch % 2 === 0 ? 0.65 : 0.9 }) }]],
  ])('is none of %s', (_, runs) => {
    expect(zoomOf(runs)).toBeNull();
  });
});
