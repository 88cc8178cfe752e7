import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { loadConfig } from '../../src/experiment-config.ts';
import { UserError } from '../../src/errors.ts';
import { experimentSchema } from '../../src/experiment-schema.ts';
import { cellNames } from '../../src/ops/cells.ts';

const cells = cellNames.join(', ');
const modelKeys = Object.keys(experimentSchema.parse({}).model).join(', ');

let folder = '';
beforeAll(() => { folder = mkdtempSync(join(tmpdir(), 'gatelab-config-')); });
afterAll(() => { rmSync(folder, { recursive: true, force: true }); });

type Files = Readonly<Record<string, string | Uint8Array>>;

function writeFiles(files: Files): void {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
}

/** The message of what loading throws, the temporary folder's name left out. */
function messageOf(name: string, set: readonly string[] = []): string {
  try {
    loadConfig(name, { set, configFolder: folder });
  } catch (error) {
    expect(error).toBeInstanceOf(UserError);
    return (error as Error).message.replaceAll(folder, 'configs');
  }
  throw new Error('nothing was thrown');
}

const anchors = (levels: number): string =>
  Array.from({ length: levels }, (_, i) => `k${i}: &a${i} [${Array(9).fill(i === 0 ? 'x' : `*a${i - 1}`).join(', ')}]`).join('\n');

describe('a bad config file is refused in one clear line', () => {
  it.each<[string, string | Uint8Array, string]>([
    ['a misspelt key', 'model:\n  hiddenSze: 64\n', 'configs/bad.yaml:2: model.hiddenSze is not a known key; did you mean '
      + 'model.hiddenSize?'],
    ['a key of another section', 'model:\n  batchSize: 8\n', 'configs/bad.yaml:2: model.batchSize is not a known key; did you mean '
      + 'training.batchSize?'],
    ['a key in snake case at the top', 'hidden_size: 8\n', 'configs/bad.yaml:1: hidden_size is not a known key; did you mean '
      + 'model.hiddenSize?'],
    ['the beginning of a key', 'model: { dropout: 0.5 }\n', 'configs/bad.yaml:1: model.dropout is not a known key; did you mean '
      + 'model.dropoutRate?'],
    ['a key like no other', 'seed: 1\nmodel:\n  xyzzy: 1\n', `configs/bad.yaml:3: model.xyzzy is not a known key; model has ${modelKeys}`],
    ['a section like no other', 'xyzzy: {}\n', 'configs/bad.yaml:1: xyzzy is not a known key; the known keys are extends, seed, data, '
      + 'model, training'],
    ['a misspelt section', 'traning:\n  epochs: 1\n', 'configs/bad.yaml:1: traning is not a known key; did you mean training?'],
    ['a key written with a dot', 'training.epochs: 3\n', 'configs/bad.yaml:1: training.epochs cannot be written with a dot; write epochs '
      + 'under training:'],
    ['text for a number', '# one\nseed: 1\ntraining:\n\n  batchSize: many\n', 'configs/bad.yaml:5: training.batchSize must be an integer '
      + 'from 1 to 100000, got "many"'],
    ['an integer out of range', 'model:\n  layers: 0\n', 'configs/bad.yaml:2: model.layers must be an integer from 1 to 32, got 0'],
    ['a fraction for an integer', 'model: {layers: 1.5}\n', 'configs/bad.yaml:1: model.layers must be an integer from 1 to 32, got 1.5'],
    ['a rate of 1', 'model:\n  dropoutRate: 1\n', 'configs/bad.yaml:2: model.dropoutRate must be a number of at least 0 and below 1, got '
      + '1'],
    ['not a number', 'training:\n  learningRate: .nan\n', 'configs/bad.yaml:2: training.learningRate must be a number above 0 and at '
      + 'most 10, got NaN'],
    ['infinity', 'training:\n  clipNorm: .inf\n', 'configs/bad.yaml:2: training.clipNorm must be a number above 0 or null, got Infinity'],
    ['a key without a value', 'training:\n  epochs:\n', 'configs/bad.yaml:2: training.epochs must be an integer from 1 to 100000, got '
      + 'null'],
    ['an unknown choice', 'model:\n  cell: LSTM\n', `configs/bad.yaml:2: model.cell must be one of ${cells}, got "LSTM"`],
    ['yes for true', 'model:\n  bidirectional: yes\n', 'configs/bad.yaml:2: model.bidirectional must be true or false, got "yes"'],
    ['a list for a number', 'data:\n  limit: [2]\n', 'configs/bad.yaml:2: data.limit must be an integer of at least 2 or null, got a list'],
    ['a number for a section', 'model: 3\n', 'configs/bad.yaml:1: model must be a mapping of keys, got 3'],
    ['an empty section', 'seed: 1\nmodel:\n', 'configs/bad.yaml:2: model must be a mapping of keys, got null'],
    ['a key written twice', 'model:\n  cell: gru\n  layers: 1\n  cell: rnn\n', 'configs/bad.yaml:4: the key cell is written twice in its '
      + 'section; keep one'],
    ['__proto__', 'model:\n  __proto__: {cell: gru}\n', 'configs/bad.yaml:2: __proto__ is not allowed as a key'],
    ['constructor', 'constructor: 1\n', 'configs/bad.yaml:1: constructor is not a known key; the known keys are extends, seed, data, '
      + 'model, training'],
    ['a number as a key', 'model:\n  1: 2\n', 'configs/bad.yaml:2: a key must be a word'],
    ['an alias bomb', `${anchors(9)}\n`, 'configs/bad.yaml:1: its aliases (*name) multiply too often; write the values out'],
    ['an alias to itself', 'model: &m { cell: *m }\n', `configs/bad.yaml:1: model.cell must be one of ${cells}, got a mapping`],
    ['an unknown alias', 'seed: *one\n', 'configs/bad.yaml:1: not valid YAML: Unresolved alias (the anchor must be set before the '
      + 'alias): one'],
    ['a tag of a programming language', 'seed: !!js/function "x"\n', 'configs/bad.yaml:1: not valid YAML: Unresolved tag: '
      + 'tag:yaml.org,2002:js/function'],
    ['5,000 nested brackets', `seed: ${'['.repeat(5000)}${']'.repeat(5000)}\n`, 'configs/bad.yaml:1: is nested too deeply; a config has '
      + 'two levels'],
    ['20,000 nested list items', `${'- '.repeat(20_000)}1\n`, 'configs/bad.yaml:1: is nested too deeply; a config has two levels'],
    ['an open bracket', 'seed: 1\nmodel: {cell: gru\n', 'configs/bad.yaml:3: not valid YAML: Flow map in block collection must be '
      + 'sufficiently indented and end with a }'],
    ['a tab for indentation', 'model:\n\tcell: gru\n', 'configs/bad.yaml:2: not valid YAML: Tabs are not allowed as indentation'],
    ['two documents', 'seed: 1\n---\nseed: 2\n', 'configs/bad.yaml:2: holds more than one YAML document; keep one'],
    ['a list at the top', '- seed: 1\n', 'configs/bad.yaml: must hold keys and values, got a list'],
    ['only text', 'gru\n', 'configs/bad.yaml: must hold keys and values, got "gru"'],
    ['an empty file', '', 'configs/bad.yaml: is empty; write at least one key, for example extends: base.yaml'],
    ['a file of comments', '# nothing\n', 'configs/bad.yaml: is empty; write at least one key, for example extends: base.yaml'],
    ['bytes that are not UTF-8', Uint8Array.of(0x73, 0xff, 0xfe), 'configs/bad.yaml: is not UTF-8 text; save it as UTF-8'],
    ['10 MB', '#'.repeat(10 * 2 ** 20), 'configs/bad.yaml: has 10485760 bytes; a config has at most 65536'],
    ['control characters in a key', '"a\\e[31m\\n": 1\n', 'configs/bad.yaml:1: a\\u001b[31m\\u000a is not a known key; the known keys '
      + 'are extends, seed, data, model, training'],
    ['a number as extends', 'seed: 1\nextends: 3\n', 'configs/bad.yaml:2: extends must name a YAML file, got 3'],
    ['a missing base', 'extends: none.yaml\n', 'configs/bad.yaml:1: extends: no such file: configs/none.yaml'],
    ['a folder as base', 'extends: .\n', 'configs/bad.yaml:1: extends: configs is a folder; a config is a YAML file'],
    ['itself as base', 'extends: bad.yaml\n', 'configs/bad.yaml:1: extends goes round in a circle: configs/bad.yaml is already part of it'],
  ])('%s', (_, content, message) => {
    writeFiles({ 'bad.yaml': content });
    expect(messageOf('bad.yaml')).toBe(message);
  });

  it('names the file of a chain that holds the mistake', () => {
    writeFiles({
      'chain/a.yaml': 'extends: b.yaml\nseed: 2\n',
      'chain/b.yaml': 'extends: deeper/c.yaml\n',
      'chain/deeper/c.yaml': 'seed: 1\nmodel:\n  cells: gru\n',
    });
    expect(messageOf('chain/a.yaml')).toBe('configs/chain/deeper/c.yaml:3: model.cells is not a known key; did you mean model.cell?');
  });

  it('refuses a circle of two and a chain of more than ten', () => {
    writeFiles({ 'ping.yaml': 'extends: pong.yaml\n', 'pong.yaml': 'seed: 1\nextends: ping.yaml\n' });
    expect(messageOf('ping')).toBe('configs/pong.yaml:2: extends goes round in a circle: configs/ping.yaml is already part of it');
    writeFiles(Object.fromEntries(Array.from({ length: 13 }, (_, i) => [`deep${i}.yaml`, `extends: deep${i + 1}.yaml\n`])));
    expect(messageOf('deep0')).toBe('configs/deep10.yaml:1: extends goes more than 10 files deep');
  });

  it('lists every problem in the order of its lines, ten at most', () => {
    writeFiles({ 'many.yaml': 'zzz: 1\nmodel:\n  layers: x\n  cell: y\n' });
    expect(messageOf('many', ['training.epochs=0']).split('\n')).toEqual([
      'configs/many.yaml:1: zzz is not a known key; the known keys are extends, seed, data, model, training',
      'configs/many.yaml:3: model.layers must be an integer from 1 to 32, got "x"',
      `configs/many.yaml:4: model.cell must be one of ${cells}, got "y"`,
      '--set training.epochs=0: training.epochs must be an integer from 1 to 100000, got 0',
    ]);
    writeFiles({ 'many.yaml': Array.from({ length: 25 }, (_, i) => `zzz${i}: 1`).join('\n') });
    expect(messageOf('many').split('\n').slice(9)).toEqual([
      'configs/many.yaml:10: zzz9 is not a known key; the known keys are extends, seed, data, model, training',
      '… and 15 more',
    ]);
  });
});

describe('a config that is not there', () => {
  beforeAll(() => {
    writeFiles({ 'shelf/gru.yaml': 'seed: 1\n', 'shelf/lstm.yaml': 'seed: 1\n', 'shelf/run/config.yaml': 'seed: 1\n' });
  });

  it.each([
    ['a misspelt name', 'gruu.yaml', '--config: no such file: looked for gruu.yaml and configs/shelf/gruu.yaml; did you mean gru.yaml?'],
    ['a name without an ending', 'transformer', '--config: no such file: looked for transformer, configs/shelf/transformer, '
      + 'transformer.yaml and configs/shelf/transformer.yaml; there are gru.yaml, lstm.yaml'],
    ['an empty name', ' ', '--config needs the name of a YAML file, for example gru.yaml'],
    ['a folder', '.', '--config: . is a folder; a config is a YAML file'],
    ['a NUL byte', 'a\u0000.yaml', '--config: no such file: looked for a\\u0000.yaml and configs/shelf/a\\u0000.yaml; there are '
      + 'gru.yaml, lstm.yaml'],
    ['a device', '/dev/null', '--config: /dev/null is not a regular file; a config is a YAML file'],
    ['a run’s folder', 'run', '--config: configs/shelf/run is a folder; did you mean configs/shelf/run/config.yaml?'],
  ])('%s', (_, name, message) => {
    const load = (): unknown => loadConfig(name, { configFolder: join(folder, 'shelf') });
    expect(load).toThrow(UserError);
    let shown = '';
    try { load(); } catch (error) { shown = (error as Error).message.replaceAll(folder, 'configs').replace(process.cwd(), '.'); }
    expect(shown).toBe(message);
  });
});

describe('a bad --set is refused in one clear line', () => {
  it.each([
    ['training.epochs', '--set training.epochs: write key=value, for example --set training.epochs=2'],
    ['=2', '--set =2: write key=value, for example --set training.epochs=2'],
    ['', '--set : write key=value, for example --set training.epochs=2'],
    ['training.epochs=', '--set training.epochs=: write a value after the ='],
    ['training..epochs=2', '--set training..epochs=2: "training..epochs" is not a key; write it as section.key, for example '
      + 'training.epochs'],
    ['training.epochs =2', '--set training.epochs =2: "training.epochs " is not a key; write it as section.key, for example '
      + 'training.epochs'],
    ['model.hiddenSze=3', '--set model.hiddenSze=3: model.hiddenSze is not a known key; did you mean model.hiddenSize?'],
    ['epochs=3', '--set epochs=3: epochs is not a known key; did you mean training.epochs?'],
    ['__proto__.cell=gru', '--set __proto__.cell=gru: __proto__.cell is not a known key; did you mean model.cell?'],
    ['toString=1', '--set toString=1: toString is not a known key; the known keys are extends, seed, data, model, training'],
    ['model=gru', '--set model=gru: model is a section; set one of its keys, for example --set model.type=…'],
    ['seed.deep=1', '--set seed.deep=1: seed.deep is not a known key; the known keys are extends, seed, data, model, training'],
    ['extends=base.yaml', '--set extends=base.yaml: extends belongs in a config file; name that file with --config'],
    ['training.epochs=many', '--set training.epochs=many: training.epochs must be an integer from 1 to 100000, got "many"'],
    ['training.epochs=1e9', '--set training.epochs=1e9: training.epochs must be an integer from 1 to 100000, got 1000000000'],
    ['training.epochs=[2]', '--set training.epochs=[2]: write one value, not a mapping or a list'],
    ['training.epochs={a: 1}', '--set training.epochs={a: 1}: write one value, not a mapping or a list'],
    ['training.epochs=[', '--set training.epochs=[: not valid YAML: Flow sequence must end with a ]'],
    ['training.epochs="2', '--set training.epochs="2: not valid YAML: Missing closing "quote'],
    [`seed=${'['.repeat(9000)}`, `--set seed=${'['.repeat(55)}…: is nested too deeply; a config has two levels`],
    ['training.strengths=1', '--set training.strengths=1: training.strengths is a key of model.type bag-of-words and nb-svm, and this '
      + 'model\'s type is recurrent; remove it'],
    ['seed=1\n2', '--set seed=1\\u000a2: seed must be an integer from 0 to 4294967295, got "1 2"'],
  ])('%.40s', (set, message) => {
    writeFiles({ 'good.yaml': 'seed: 1\n' });
    expect(messageOf('good.yaml', [set])).toBe(message);
  });
});

describe('whatever is written, only a UserError comes out', () => {
  const words = fc.constantFrom('model', 'cell', 'seed', 'extends', 'training', 'epochs', 'fuzz.yaml', '__proto__', 'gru', '1', 'null');
  const marks = fc.constantFrom(
    ':',
    ': ',
    '\n',
    '  ',
    '- ',
    '[',
    ']',
    '{',
    '}',
    ',',
    '&a ',
    '*a',
    '!!',
    '|',
    '>',
    '"',
    "'",
    '#',
    '---\n',
    '? ',
    '<<',
    '\t',
    '%YAML 1.1\n',
  );
  const yamlish = fc.array(fc.oneof(words, marks, fc.string({ maxLength: 3 })), { maxLength: 60 }).map((parts) => parts.join(''));

  function expectUserErrorOnly(content: string | Uint8Array, set: readonly string[]): void {
    writeFiles({ 'fuzz.yaml': content });
    try {
      expect(Object.isFrozen(loadConfig('fuzz.yaml', { set, configFolder: folder }).config)).toBe(true);
    } catch (error) {
      expect(error).toBeInstanceOf(UserError);
      expect((error as Error).message).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f]/);
    }
  }

  it('arbitrary bytes', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => { expectUserErrorOnly(bytes, []); }), { numRuns: 300 });
  });

  it('text that looks like YAML', () => {
    fc.assert(fc.property(yamlish, (text) => { expectUserErrorOnly(text, []); }), { numRuns: 500 });
  });

  it('arbitrary --set', () => {
    const path = fc.constantFrom('seed', 'model.cell', 'training.clipNorm', 'data', '');
    const set = fc.oneof(fc.string(), fc.tuple(path, fc.oneof(yamlish, fc.string())).map(([key, value]) => `${key}=${value}`));
    fc.assert(fc.property(fc.array(set, { maxLength: 3 }), (sets) => { expectUserErrorOnly('seed: 1\n', sets); }), { numRuns: 500 });
  });
});
