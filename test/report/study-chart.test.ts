import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadStudy } from '../../src/report/study.ts';
import { renderStudyChart } from '../../src/report/study-chart.ts';

const loadPublished = (name: string): ReturnType<typeof loadStudy> =>
  loadStudy(join(import.meta.dirname, '../../experiments/published/studies', name));

const count = (svg: string | null, pattern: RegExp): number => [...(svg ?? '').matchAll(pattern)].length;
const textsOf = (svg: string | null): string[] => [...(svg ?? '').matchAll(/<text[^>]*>([^<]+)<\/text>/g)].map(([, text]) => text ?? '');

describe('the picture of a study', () => {
  it('of named changes is a point for each effect, hollow where its verdict decides nothing, whatever its own interval says', async () => {
    const loaded = loadPublished('ablation'), undecided = loaded.effects.filter(({ verdict }) => verdict === 'not decided');
    const [first] = undecided.filter(({ difference }) => difference.outcome !== 'noise');
    const effects = loaded.effects.map((effect) => (effect === first ? { ...effect, verdict: 'better' as const } : effect));
    const svg = await renderStudyChart({ ...loaded, effects });
    const points = count(svg, /<path [^>]*fill="[^"]*"[^>]*stroke="#0072B2"[^>]*stroke-width="2"/g);
    expect(points).toBe(loaded.effects.length);
    expect(count(svg, /<path [^>]*fill="white"[^>]*stroke="#0072B2"[^>]*stroke-width="2"/g)).toBe(undecided.length - 1);
  });

  it.each(['data', 'cost', 'length'])('of numbers is a line for each model and a mark for each point: %s', async (name) => {
    const study = loadPublished(name), svg = await renderStudyChart(study), texts = textsOf(svg), { measures } = study.record;
    const models = new Set(study.points.map(({ row }) => row.label.split(', ')[0] ?? ''));
    expect(models.size).toBeGreaterThan(2);
    for (const model of models) expect(texts).toContain(model);
    const titles = { accuracy: 'test accuracy at best validation', time: 'seconds an epoch (median)', memory: 'peak memory above the engine’s own, MiB' };
    for (const measure of measures) expect(texts).toContain(titles[measure]);
    const axis = study.record.axes.find(({ values }) => values.every((value) => typeof value === 'number'));
    for (const value of [axis?.values[0], axis?.values.at(-1)]) expect(texts.map((text) => text.replace(/\D/g, ''))).toContain(String(value));
    expect(count(svg, /aria-roledescription="line mark"/g)).toBe(measures.length * models.size);
    expect(count(svg, /aria-roledescription="point"/g)).toBe(measures.length * study.points.length);
  });
});
