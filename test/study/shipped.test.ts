import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { defaultConfigFolder } from '../../src/experiment-config.ts';
import { capabilitiesOf } from '../../src/experiment-schema.ts';
import { corpusOptionsOf, openCorpus } from '../../src/data/open-corpus.ts';
import { isBuiltIn } from '../../src/data/settings.ts';
import { readStudyDefinition } from '../../src/study/definition.ts';
import { listPoints } from '../../src/study/points.ts';
import { planAsked } from '../../src/study/plan.ts';

const names = readdirSync(join(defaultConfigFolder, 'studies')).filter((name) => name.endsWith('.yaml'));

it('are the studies that the articles\' claims take', () => {
  const wanted = ['ablation', 'cost', 'data', 'distance', 'layers', 'length', 'seeds', 'width'];
  expect(names).toEqual(expect.arrayContaining(wanted.map((name) => `${name}.yaml`)));
});

describe.each(names)('the study %s', (name) => {
  const definition = readStudyDefinition(name);
  const points = listPoints(definition, []);

  it('can be planned, with something to compare', () => {
    const runs = planAsked(points.map(({ asked }) => asked), definition.seeds, join('none', name));
    const perPoint = points.map(({ asked: { config } }) => (capabilitiesOf(config).dependsOnSeed ? definition.seeds.length : 1));
    expect(runs).toHaveLength(perPoint.reduce((sum, count) => sum + count, 0));
    expect(points.some(({ reference }) => reference !== null) || definition.seeds.length > 1).toBe(true);
    expect(definition.question).toMatch(/^[A-Z].*\?$/);
  });

  it('reads data that can be had as its configs ask for it', async () => {
    const made = points.map(({ asked: { config } }) => config.data).filter(({ source }) => isBuiltIn(source));
    for (const data of made)
      await expect(openCorpus({ ...corpusOptionsOf(data), allowSampleFallback: false })).resolves.toMatchObject({ synthetic: true });
    expect(points.every(({ asked: { config } }) => isBuiltIn(config.data.source) || config.data.source === 'imdb')).toBe(true);
  });
});
