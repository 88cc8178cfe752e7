import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { commands, comparedConfigs, isCommand } from '../../src/command-line/commands.js';
import { typedCommand } from '../../src/typed-command.js';
import { splitExample } from '../../src/command-line/help.js';
import { parseCommandLine } from '../../src/command-line/parse.js';
import { findSetting } from '../../src/command-line/settings.js';
import { peerNames } from '../../src/bench/peers.ts';
import { defaultModels, modelNames } from '../../src/bench/settings.ts';
import { comparisonFormats } from '../../src/report/comparison-formats.ts';
import { experimentConfigs } from '../../src/experiment-config.ts';
import { modelTypes } from '../../src/articles/formulas.ts';
import { projectFolder } from '../../src/files/standing-folder.js';
import { createWorkFolder } from '../support/cli.ts';

const lineOf = (...args: string[]): string => {
  const parsed = parseCommandLine(args);
  return parsed.kind === 'problem' ? parsed.line : `${parsed.kind}, which is no problem`;
};
const optionsOf = (...args: string[]): Readonly<Record<string, unknown>> => {
  const parsed = parseCommandLine(args);
  if (parsed.kind === 'run') return parsed.options;
  throw new Error(parsed.kind === 'problem' ? parsed.line : parsed.text);
};
const textOf = (...args: string[]): string => {
  const parsed = parseCommandLine(args);
  if (parsed.kind === 'show') return parsed.text;
  throw new Error(`${parsed.kind}, where a text is to be shown`);
};

/** As a package manager starts a script of this project. */
function startAs(script: string, manager: string, environment: Readonly<Record<string, string>> = {}): void {
  for (const name of Object.keys(process.env)) if (/^npm_config_/i.test(name)) vi.stubEnv(name, undefined);
  vi.spyOn(process, 'cwd').mockReturnValue(projectFolder);
  const all = {
    npm_lifecycle_event: script,
    npm_config_user_agent: `${manager}/11.0.0 node/v20.19.0`,
    INIT_CWD: projectFolder,
    ...environment,
  };
  for (const [name, value] of Object.entries(all)) vi.stubEnv(name, value);
}

afterEach(() => { vi.restoreAllMocks(); });

describe('what a command gets', () => {
  it('is every declared option, with its default', () => {
    expect(optionsOf('train', '--config', 'gru.yaml')).toEqual({
      config: 'gru.yaml', data: undefined, set: [], name: undefined, resume: undefined, threads: undefined, engine: 'auto', quiet: false,
    });
    expect(optionsOf('inspect', '--type', 'lstm', '--hidden-size=64', '--no-measure', '--json')).toMatchObject({
      type: 'lstm', hiddenSize: 64, embeddingSize: 256, vocabularySize: 0, measure: false, json: true,
    });
  });

  it('lists may be written together or apart', () => {
    expect(optionsOf('compare', '--set', 'a=1', 'b=2', '--set=c=3=4', '--from', 'x', 'y', '--out', 'z.md')).toMatchObject({
      set: ['a=1', 'b=2', 'c=3=4'], from: ['x', 'y'], out: ['z.md'],
    });
    expect(optionsOf('plot', 'a', '--out', 'b', 'c')).toEqual({ folders: ['a', 'c'], chart: 'curves', out: 'b' });
    expect(optionsOf('claims', 'C1', 'C5')).toMatchObject({ claims: ['C1', 'C5'] });
  });

  it('--resume may stand alone', () => {
    expect(optionsOf('train', '--resume', '--name', 'a')).toMatchObject({ resume: '', name: 'a' });
    expect(optionsOf('train', '--resume=experiments/gru-1')).toMatchObject({ resume: 'experiments/gru-1' });
  });

  it('is the same after a -- that pnpm or yarn hands on', () => {
    expect(optionsOf('compare', '--', '--from', 'x')).toEqual(optionsOf('compare', '--from', 'x'));
    expect(textOf('train', '--', '--help')).toBe(textOf('train', '--help'));
  });
});

describe('a config key written as an option or a word', () => {
  it.each([
    [['--epochs', '3'], '--set training.epochs=3'],
    [['--epochs=3'], '--set training.epochs=3'],
    [['--epochs'], '--set training.epochs=…'],
    [['--training.epochs', '1'], '--set training.epochs=1'],
    [['training.epochs=1'], '--set training.epochs=1'],
    [['epochs=1'], '--set training.epochs=1'],
    [['--lr', '0.01'], '--set training.learningRate=0.01'],
    [['--learning_rate=1e-4'], '--set training.learningRate=1e-4'],
    [['--seed', '2'], '--set seed=2'],
    [['--bs', '32'], '--set training.batchSize=32'],
    [['--batch-size', '32'], '--set training.batchSize=32'],
    [['--hidden', '64'], '--set model.hiddenSize=64'],
    [['--hidden_size', '64'], '--set model.hiddenSize=64'],
    [['--hiddenSize', '64'], '--set model.hiddenSize=64'],
    [['--num_layers', '1'], '--set model.layers=1'],
    [['--dropout', '0.2'], '--set model.dropoutRate=0.2'],
    [['--vocab-size', '10000'], '--set data.vocabularySize=10000'],
    [['--max_len', '200'], '--set data.maxLength=200'],
    [['--bidirectional'], '--set model.bidirectional=true'],
    [['--clip-norm', 'null'], '--set training.clipNorm=null'],
    [['--model.hidden-size', '8'], '--set model.hiddenSize=8'],
    [['--cell', '$(x)'], "--set 'model.cell=$(x)'"],
  ])('%j', (words, hint) => {
    expect(lineOf('train', '--config', 'gru.yaml', ...words)).toContain(`; did you mean ${hint}? gatelab train --help lists its options`);
  });

  it('is named in the words of the command', () => {
    expect(lineOf('compare', '--seed', '2')).toContain('did you mean --seeds 2?');
    expect(lineOf('plot', 'a', '--epochs', '3')).toBe('unknown option --epochs; gatelab plot --help lists its options');
  });

  it('every other name leads to a key that exists, and every key is found by its own name', () => {
    const leaves = [...experimentConfigs.keys.all]
      .filter(([key, schema]) => schema.properties === undefined && key !== 'extends')
      .map(([key]) => key);
    for (const key of leaves) {
      expect(findSetting(key)?.key).toBe(key);
      expect(findSetting(key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`))?.key).toBe(key);
    }
    for (const name of [
      'lr',
      'bs',
      'batch',
      'nepochs',
      'grad-clip',
      'eps',
      'nhid',
      'embed_dim',
      'nlayers',
      'dropout',
      'bi',
      'num_words',
      'seq-len',
      'val_split',
      'random_state',
    ]) {
      expect(leaves).toContain(findSetting(name)?.key);
    }
  });
});

describe('a word without its option', () => {
  const cwd = createWorkFolder();
  mkdirSync(join(cwd, 'runs'));
  writeFileSync(join(cwd, 'mine.txt'), '');
  it.each<[string[], string]>([
    [['train', 'gru.yaml'], '--config gru.yaml'], [['train', 'gru'], '--config gru'], [['compare', 'lstm.yaml'], '--configs lstm.yaml'],
    [['train', join(cwd, 'runs')], `--resume ${join(cwd, 'runs')}`], [['compare', join(cwd, 'runs')], `--from ${join(cwd, 'runs')}`],
    [['data', join(cwd, 'mine.txt')], `--data ${join(cwd, 'mine.txt')}`], [['train', 'portable'], '--engine portable'],
  ])('%j', (args, hint) => {
    expect(lineOf(...args)).toContain(`; did you mean ${hint}?`);
  });
});

describe('help', () => {
  it('has examples that the parser takes, for each command', () => {
    for (const [name, { examples }] of Object.entries(commands)) {
      if (!isCommand(name)) throw new Error(name);
      const help = textOf(name, '-h');
      expect(help).toContain('Examples:');
      for (const [words] of examples) {
        expect(help).toContain(typedCommand(name, splitExample(words)));
        expect(parseCommandLine([name, ...splitExample(words)]).kind).toBe('run');
      }
    }
  });

  it('says how many runs and hours a comparison means', () => {
    expect(comparedConfigs).toHaveLength(9);
    expect(textOf('compare', '--help').replace(/\s+/g, ' ')).toContain(
      'trains 9 models with the seeds 1,2,3, 23 runs in all. On IMDB that takes about 7 hours',
    );
  });

  it('stands above everything else that is wrong', () => {
    expect(textOf('train', '--epochs', '3', '--help')).toBe(textOf('train', '-h'));
    expect(textOf('help', 'train')).toBe(textOf('train', '-h'));
    expect(textOf('help')).toBe(textOf('--help'));
    for (const words of [['--version'], ['-V'], ['train', '--version'], ['plot', '-V']])
      expect(textOf(...words)).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  it('fits the width of the terminal, examples aside', () => {
    for (const name of Object.keys(commands)) {
      const [options = ''] = textOf(name, '--help').split('Examples:');
      expect(Math.max(...options.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100);
    }
  });

  it('lists the choices that the commands have', () => {
    expect(commands.inspect.options.type.choices).toEqual(modelTypes);
    expect(commands.compare.options.format.choices).toEqual(comparisonFormats);
    const { peers, models } = commands.bench.options;
    const listed = (lists: Record<'training' | 'latency', readonly string[]>): string =>
      `${lists.training.join()}; with --latency ${lists.latency.join()}`;
    expect(peers.defaultText).toBe(listed(peerNames));
    expect(models.defaultText).toBe(listed(defaultModels));
    expect(models.describe).toContain(modelNames.join());
  });
});

describe('under a package manager', () => {
  it.each([
    ['npm', 'npm run train -- --help'],
    ['pnpm', 'pnpm train --help'],
    ['yarn', 'yarn train --help'],
    ['bun', 'bun run train --help'],
  ])('%s: hints name what is typed there', (manager, line) => {
    startAs('train', manager);
    expect(lineOf('train', '--zzzzzzz')).toBe(`unknown option --zzzzzzz; ${line} lists its options`);
    expect(textOf('train', '--help')).toContain(`${line.replace('--help', '')}--config gru.yaml`);
  });

  it.each<[string, Readonly<Record<string, string>>, string[], string]>([
    ['compare', { from: 'experiments/published' }, [], '-- --from experiments/published'],
    ['data', { data: 'my reviews.csv' }, [], "-- --data 'my reviews.csv'"],
    ['train', { config: 'gru.yaml' }, [], '-- --config gru.yaml'],
    ['train', { config: 'true' }, ['gru.yaml'], '-- --config gru.yaml'],
    ['train', { config: 'true', data: 'true' }, ['gru.yaml', 'x.csv'], '-- --config gru.yaml --data x.csv'],
    [
      'train',
      { set: 'true\n\nb=2\n\ntrue', config: 'gru' },
      ['training.epochs=1', 'model.layers=1'],
      '-- --set b=2 --config gru --set training.epochs=1 --set model.layers=1',
    ],
    ['train', { config: 'gru', epochs: 'true' }, ['3'], '-- --config gru --set training.epochs=3'],
    ['train', { lr: '0.1' }, ['--config', 'gru.yaml'], '-- --set training.learningRate=0.1 --config gru.yaml'],
    ['train', { config: 'sample', engine_strict: 'true' }, ['portable'], '-- --config sample --engine portable'],
    ['train', { resume: 'true' }, [], '-- --resume …'],
    ['inspect', { measure: '', hidden_size: '64' }, ['--type', 'lstm'], '-- --no-measure --hidden-size 64 --type lstm'],
    ['doctor', { json: 'true' }, [], '-- --json'],
    ['plot', { out: 'a.svg' }, ['experiments/gru-1'], '-- --out a.svg experiments/gru-1'],
  ])('npm run %s: what it kept is refused with the line to type: %j %j', (script, kept, args, line) => {
    startAs(script, 'npm', Object.fromEntries(Object.entries(kept).map(([name, value]) => [`npm_config_${name}`, value])));
    expect(lineOf(script, ...args)).toMatch(/^npm kept --.* for itself, because no -- came before (?:it|them); type /);
    expect(lineOf(script, ...args)).toContain(`; type npm run ${script} ${line}`);
    expect(lineOf(script, ...args).endsWith(line)).toBe(true);
  });

  it("npm's own settings, and what another script was called with, are no concern of a command", () => {
    const own = {
      npm_config_loglevel: 'warn',
      npm_config_cache: '/c',
      npm_config_prefix: '/p',
      npm_config_registry: 'r',
      npm_config_engine_strict: 'true',
      npm_config_yes: '',
    };
    startAs('doctor', 'npm', own);
    expect(optionsOf('doctor')).toEqual({ json: false });
    vi.stubEnv('npm_config_json', 'true');
    expect(optionsOf('doctor', '--json')).toEqual({ json: true }); // json=true in .npmrc locks nobody out
    startAs('test', 'npm', { npm_config_data: 'x' });
    expect(optionsOf('data')).toEqual({ data: undefined, config: undefined, set: [], json: false });
  });
});

describe('relative paths', () => {
  const standing = createWorkFolder();
  mkdirSync(join(standing, 'runs'));
  writeFileSync(join(standing, 'mine.csv'), '');

  it('are looked up where the user stands, then in the project', () => {
    startAs('compare', 'npm', { INIT_CWD: standing });
    expect(
      optionsOf(
        'compare',
        '--from',
        'runs',
        'experiments/published',
        '--data',
        'mine.csv',
        '--out',
        'table.md',
        '--into',
        'experiments/mine',
      ),
    ).toMatchObject({
      from: [join(standing, 'runs'), join(projectFolder, 'experiments/published')],
      data: join(standing, 'mine.csv'),
      out: [join(standing, 'table.md')],
      into: join(standing, 'experiments/mine'),
    });
    expect(optionsOf('plot', 'runs')).toMatchObject({ folders: [join(standing, 'runs')] });
    expect(optionsOf('train', '--resume', '--name', 'a')).toMatchObject({ resume: '' });
  });

  it('that lead nowhere are named with both places', () => {
    startAs('train', 'npm', { INIT_CWD: standing });
    const both = `no such file or folder; looked for ${join(standing, 'nowhere')} and ${join(projectFolder, 'nowhere')}`;
    expect(lineOf('train', '--resume', 'nowhere')).toBe(`--resume nowhere: ${both}`);
    expect(lineOf('plot', 'nowhere')).toBe(`nowhere: ${both}`);
  });

  it('stay as they are typed everywhere else', () => {
    vi.stubEnv('INIT_CWD', standing); // of a shell that npm started
    expect(optionsOf('compare', '--from', 'runs')).toMatchObject({ from: ['runs'] });
  });
});
