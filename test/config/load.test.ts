import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { renderConfigPage } from '../../scripts/config-page.ts';
import { renderJsonSchema } from '../../src/config/known-keys.ts';
import { defaultConfigFolder, experimentConfigs, loadConfig } from '../../src/experiment-config.ts';
import { experimentSchema, modelTypes } from '../../src/experiment-schema.ts';
import { renderConfig } from '../../src/config/yaml.ts';

let folder = '';
beforeAll(() => { folder = mkdtempSync(join(tmpdir(), 'gatelab-config-')); });
afterAll(() => { rmSync(folder, { recursive: true, force: true }); });

const shipped = readdirSync(defaultConfigFolder).filter((name) => name.endsWith('.yaml'));

describe('the configs of the project', () => {
  it('are the cells, the Transformer, the poolings, their base, the linear models and the sample', () => {
    expect(shipped.sort()).toEqual([
      'bag-of-words.yaml',
      'base.yaml',
      'bigru.yaml',
      'bilstm.yaml',
      'birnn.yaml',
      'gru-attention.yaml',
      'gru-printed.yaml',
      'gru.yaml',
      'lstm.yaml',
      'mgu.yaml',
      'mingru.yaml',
      'minlstm.yaml',
      'nb-svm.yaml',
      'qrnn.yaml',
      'rnn.yaml',
      'sample.yaml',
      'transformer.yaml',
    ]);
  });

  it.each(shipped)('%s loads, starts with its schema and says in one comment what it is', (name) => {
    const [schemaLine, comment, next] = readFileSync(join(defaultConfigFolder, name), 'utf8').split('\n');
    expect(schemaLine).toBe('# yaml-language-server: $schema=./experiment.schema.json');
    expect(comment).toMatch(/^# [A-Z].*\.$/);
    expect(next).not.toMatch(/^#/);
    expect(loadConfig(name).name).toBe(name.replace('.yaml', ''));
  });

  it('base.yaml holds the hyper-parameters of the articles', () => {
    const { model, training, data } = loadConfig('base').config;
    expect(model).toMatchObject({ embeddingSize: 256, hiddenSize: 128, layers: 2, dropoutRate: 0.5 });
    expect(training).toMatchObject({ learningRate: 1e-3, epochs: 20, batchSize: 64, clipNorm: 1 });
    expect(data).toMatchObject({ source: 'imdb', maxLength: 300, vocabularySize: 20_000 });
  });

  it('base.yaml agrees with the defaults, so a config that extends nothing is comparable too', () => {
    expect(loadConfig('base').config).toEqual(experimentSchema.parse({}));
  });

  it.each([
    ['rnn', 'rnn', false], ['birnn', 'rnn', true],
    ['lstm', 'lstm', false], ['bilstm', 'lstm', true],
    ['gru', 'gru', false], ['bigru', 'gru', true], ['gru-printed', 'gru-printed', false], ['mgu', 'mgu', false],
  ] as const)('%s differs from the base in cell and direction only', (name, cell, bidirectional) => {
    const base = loadConfig('base').config;
    expect(loadConfig(name).config).toEqual({ ...base, model: { ...base.model, cell, bidirectional } });
  });
});

describe('loading', () => {
  it('finds a file as given before one in the folder of configs, with or without its ending', () => {
    writeFileSync(join(folder, 'gru.yaml'), 'seed: 77\n');
    expect(loadConfig('gru', { configFolder: folder }).config.seed).toBe(77);
    expect(loadConfig(join(folder, 'gru.yaml')).config.seed).toBe(77);
    expect(loadConfig('configs/gru.yaml', { configFolder: folder })).toMatchObject({
      name: 'gru',
      path: 'configs/gru.yaml',
      config: { seed: 1 },
    });
  });

  it('merges mappings by key along a chain and replaces scalars', () => {
    writeFileSync(join(folder, 'one.yaml'), 'seed: 5\nmodel: {cell: rnn, layers: 4}\n');
    writeFileSync(join(folder, 'two.yaml'), 'extends: one.yaml\nmodel: {layers: 3}\n');
    writeFileSync(join(folder, 'three.yaml'), '\uFEFFextends: ./two.yaml\nmodel: {hiddenSize: 7}\n');
    expect(loadConfig('three', { configFolder: folder }).config).toMatchObject({
      seed: 5,
      model: { cell: 'rnn', layers: 3, hiddenSize: 7 },
    });
  });

  it('reads anchors and aliases', () => {
    writeFileSync(join(folder, 'alias.yaml'), 'model: {embeddingSize: &width 96, hiddenSize: *width}\n');
    expect(loadConfig('alias', { configFolder: folder }).config.model).toMatchObject({ embeddingSize: 96, hiddenSize: 96 });
  });

  it('lets --set replace any key, the last one winning, values read as YAML', () => {
    const set = [
      'training.epochs=3',
      'training.epochs=2',
      'training.clipNorm=null',
      'model.bidirectional=true',
      'data.source=sample',
      'training.learningRate=5e-4',
    ];
    const { config } = loadConfig('gru', { set });
    expect(config.training).toMatchObject({ epochs: 2, clipNorm: null, learningRate: 5e-4 });
    expect(config.model).toMatchObject({ cell: 'gru', bidirectional: true });
    expect(config.data.source).toBe('sample');
  });

  it('freezes the config all the way down', () => {
    const { config } = loadConfig('gru');
    expect([config, config.data, config.model, config.training].every(Object.isFrozen)).toBe(true);
    expect(() => { Object.assign(config.model, { layers: 9 }); }).toThrow(TypeError);
  });

  it.each(shipped)('gives the same config again from %s written out in full', (name) => {
    const { config } = loadConfig(name, { set: ['seed=12', 'data.limit=200'] });
    const text = renderConfig(config);
    writeFileSync(join(folder, 'resolved.yaml'), text);
    expect(loadConfig(join(folder, 'resolved.yaml')).config).toEqual(config);
    for (const key of experimentConfigs.keys.of(config.model.type).keys())
      if (key !== 'extends') expect(text).toContain(`${key.split('.').at(-1) ?? ''}:`);
  });
});

describe('the page of all keys', () => {
  const page = readFileSync(join(import.meta.dirname, '../../docs/config.md'), 'utf8');

  it('is current (npm run schema writes it)', () => {
    expect(page).toBe(renderConfigPage());
  });

  it('has a row for each key of each type of model, with its meaning', () => {
    for (const [key, { properties, description = '' }] of modelTypes.flatMap((type) => [...experimentConfigs.keys.of(type)])) {
      if (properties === undefined) expect(page).toContain(`| \`${key.split('.').at(-1) ?? ''}\` |`);
      expect(page.replaceAll('\\|', '|'), key).toContain(description);
    }
  });

  it('holds nothing that Markdown would swallow as a tag', () => {
    expect(page.replace(/`[^`]*`/g, '')).not.toMatch(/<\w/);
  });
});

describe('the schema for editors', () => {
  it('is current (npm run schema writes it)', () => {
    expect(readFileSync(join(defaultConfigFolder, 'experiment.schema.json'), 'utf8')).toBe(renderJsonSchema(experimentConfigs));
  });

  it('describes every key in a sentence', () => {
    expect(experimentConfigs.keys.all.size).toBeGreaterThan(25);
    for (const [key, schema] of experimentConfigs.keys.all) expect(schema.description, key).toMatch(/^[A-Z`].{8,}\.$/);
  });

  it('gives every key that holds a value its default, and every number its range', () => {
    const leaves = [...experimentConfigs.keys.all].filter(([key, schema]) => schema.properties === undefined && key !== 'extends');
    for (const [key, schema] of leaves) {
      expect(schema, key).toHaveProperty('default');
      const numbers = [schema, ...(schema.anyOf ?? [])].filter(({ type }) => type === 'integer' || type === 'number');
      for (const number of numbers) expect(number.minimum ?? number.exclusiveMinimum, key).toBeTypeOf('number');
    }
  });

  it('refuses unknown keys and requires none', () => {
    for (const schema of [
      JSON.parse(renderJsonSchema(experimentConfigs)) as object,
      ...['data', 'model', 'training'].map((key) => experimentConfigs.keys.all.get(key)),
    ]) {
      expect(schema).toHaveProperty('additionalProperties', false);
      expect(schema).not.toHaveProperty('required');
    }
  });
});
