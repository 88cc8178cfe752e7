import { mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isSearch, readStudyDefinition } from '../../src/study/definition.ts';
import { drawTrials } from '../../src/study/search.ts';
import { listPoints, recordStudy } from '../../src/study/points.ts';
import type { AskedPoint } from '../../src/study/points.ts';
import { UserError } from '../../src/errors.ts';

const folder = mkdtempSync(join(tmpdir(), 'gatelab-study-'));

function write(text: string): string {
  const path = join(folder, 'own.yaml');
  writeFileSync(path, text);
  return path;
}

const list = (text: string, set: readonly string[] = []): AskedPoint[] => listPoints(readStudyDefinition(write(text)), set);

function messageOf(text: string): string {
  try {
    list(text);
  } catch (error) {
    if (error instanceof UserError) return error.message;
    throw error;
  }
  return '';
}

const shipped = readdirSync(join(import.meta.dirname, '../../configs/studies')).filter((name) => name.endsWith('.yaml'));

describe('listPoints', () => {
  it('is every combination of the grid, each compared with the first value of the first key', () => {
    const points = list('question: q\ngrid:\n  config: [gru, lstm.yaml]\n  data.maxLength: [20, 100]\nset: {training.epochs: 3}\n');
    expect(points.map(({ name, reference, label }) => [name, reference, label])).toEqual([
      ['gru-maxLength20', null, 'GRU, maxLength 20'], ['gru-maxLength100', null, 'GRU, maxLength 100'],
      ['lstm-maxLength20', 'gru-maxLength20', 'LSTM, maxLength 20'], ['lstm-maxLength100', 'gru-maxLength100', 'LSTM, maxLength 100'],
    ]);
    expect(points.map(({ asked: { config } }) => [config.data.maxLength, 'epochs' in config.training && config.training.epochs]))
      .toEqual([[20, 3], [100, 3], [20, 3], [100, 3]]);
  });

  it('compares a change with none, for every point of the grid', () => {
    const points = list('question: q\ngrid: {config: [gru, lstm]}\nchanges:\n  forget bias 1: {model.forgetBias: 1}\n'
      + '  tail: {training.averaging: tail}\nexclude:\n  - {config: gru, change: forget bias 1}\n');
    expect(points.map(({ name, reference, values }) => [name, reference, values['change']])).toEqual([
      ['gru', null, 'none'], ['gru-tail', 'gru', 'tail'],
      ['lstm', null, 'none'], ['lstm-forget-bias-1', 'lstm', 'forget bias 1'], ['lstm-tail', 'lstm', 'tail'],
    ]);
  });

  it('has a model once where a key is not its own', () => {
    const points = list('question: q\ngrid: {config: [nb-svm, gru], model.layers: [1, 3]}\n');
    expect(points.map(({ name }) => name)).toEqual(['nb-svm', 'gru-layers1', 'gru-layers3']);
  });

  it('lets a change of model.type come first, whatever stands before it, and leave out what the type does not have', () => {
    const points = list('question: q\nbase: gru\nset: {training.epochs: 3, model.hiddenSize: 8, model.embeddingSize: 16}\n'
      + 'changes:\n  transformer: {model.heads: 2, model.type: transformer}\n');
    expect(points.map(({ asked: { config } }) => config)).toEqual([
      expect.objectContaining({ model: expect.objectContaining({ cell: 'gru', hiddenSize: 8 }) as unknown }),
      expect.objectContaining({
        model: expect.objectContaining({ type: 'transformer', heads: 2, embeddingSize: 16 }) as unknown,
        training: expect.objectContaining({ epochs: 3 }) as unknown,
      }),
    ]);
  });

  it('lets --set have the last word', () => {
    const [point] = list('question: q\nbase: gru\nset: {training.epochs: 9}\nseeds: [1, 2]\n', ['training.epochs=2']);
    expect(point?.asked.config.training).toMatchObject({ epochs: 2 });
  });

  it.each([
    ['question: q\nbase: gru\nchanges:\n  a: {training.epoch: 2}\n', /own\.yaml:4: a: training\.epoch=2: .*did you mean "?training\.epochs/s],
    ['question: q\nbase: gru\ngrid:\n  training.epochs: [1, -2]\n', /own\.yaml:4: .*training\.epochs must be .*, got -2/],
    ['question: q\nbase: gru\nset:\n  model.layers: many\ngrid: {seed: [1]}', /own\.yaml:5: seeds says which seeds there are/],
    ['question: q\nbase: gru\ngrid: {model.layers: 2}\n', /own\.yaml:3: grid\.model\.layers must be a list of values/],
    ['question: q\nbase: gru\ngrids: {}\n', /own\.yaml:3: unknown key "grids"; a study has question, measures, base, set, grid, changes, exclude, seeds/],
    ['base: gru\ngrid: {model.layers: [1, 2]}\n', /question is missing/],
    ['question: q\ngrid: {model.layers: [1, 2]}\n', /names no config; write base: gru\.yaml/],
    ['question: q\nbase: gru\ngrid: {config: [gru]}\n', /own\.yaml:2: base and grid\.config both name configs/],
    ['question: q\nbase: gru\nseeds: [1]\n', /has nothing to compare/],
    ['question: q\nbase: gru\nseeds: [1, 1]\n', /own\.yaml:3: seeds names 1 twice/],
    ['question: q\nbase: gru\nchanges: {a: {training.epochs: 20}}\n', /GRU and GRU, a are the same config/],
    ['question: q\nbase: gru\nchanges:\n  a b: {training.epochs: 2}\n  a-b: {training.epochs: 3}\n',
      /GRU, a b and GRU, a-b would both be kept in folders called gru-a-b; rename a change or a config/],
    ['question: q\nbase: gruu\nchanges: {a: {training.epochs: 2}}\n', /own\.yaml:2: no such file.*did you mean gru\.yaml/],
    ['question: q\nbase: gru\ngrid: {model.layers: [1, 2]}\nexclude:\n  - {model.layers: 3}\n', /exclude names model\.layers: 3, .*it takes 1, 2/],
    ['question: q\nbase: gru\ngrid: {model.layers: [1, 2]}\nexclude: [{layers: 3}]\n', /exclude names layers: 3.*there are model\.layers/],
    ['question: q\nmeasures: [speed]\nbase: gru\nchanges: {a: {training.epochs: 2}}\n',
      /own\.yaml:2: measures\S* must be a list of accuracy, time, memory/],
    ['question: q\nextends: gru.yaml\nbase: gru\n', /own\.yaml:2: extends/],
  ])('says where a mistake is: %j', (text, message) => { expect(messageOf(text)).toMatch(message); });

  it.each(shipped)('reads the study that comes with the project: %s', (file) => {
    const definition = readStudyDefinition(file);
    if (isSearch(definition)) {
      expect(drawTrials(definition, [], '').trials).toHaveLength(definition.search.trials);
      return;
    }
    const points = listPoints(definition, []);
    const { points: recorded } = recordStudy(definition, points, definition.seeds, '');
    const names = new Set(recorded.map(({ name }) => name));
    expect(names.size).toBe(points.length);
    for (const { reference } of recorded) if (reference !== null) expect(names).toContain(reference);
    expect(recorded.some(({ reference }) => reference !== null) || definition.seeds.length > 2).toBe(true);
  });
});
