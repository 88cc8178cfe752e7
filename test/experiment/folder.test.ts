import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { describe, expect, it } from 'vitest';

import { createExperimentFolder } from '../../src/experiment/folder.ts';
import { makeTemporaryFolder, userErrorOf } from './temporary-folder.ts';

const folder = makeTemporaryFolder();

describe('an experiment folder without a name', () => {
  it('is the config with the next number, in a root that is made on the way', () => {
    const root = join(folder, 'deep/er/experiments');
    expect(createExperimentFolder(root, undefined, 'gru')).toEqual({ name: 'gru-1', path: join(root, 'gru-1') });
    expect(createExperimentFolder(root, undefined, 'gru').name).toBe('gru-2');
    expect(createExperimentFolder(root, undefined, 'bigru').name).toBe('bigru-1');
    expect(readdirSync(root).sort()).toEqual(['bigru-1', 'gru-1', 'gru-2']);
  });

  it('does not fill gaps, and is not misled by names that only look alike', () => {
    const root = join(folder, 'gaps');
    for (const name of ['gru-2', 'gru-10', 'gru-11-old', 'gru-', 'gru-x', 'gru-1e9', 'lstm-40', 'gru-99999999999999999999'])
      mkdirSync(join(root, name), { recursive: true });
    expect(createExperimentFolder(root, undefined, 'gru').name).toBe('gru-11');
    rmSync(join(root, 'gru-10'), { recursive: true });
    expect(createExperimentFolder(root, undefined, 'gru').name).toBe('gru-12');
  });

  it('steps over a file of that name', () => {
    const root = join(folder, 'file-in-the-way');
    mkdirSync(root);
    writeFileSync(join(root, 'gru-1'), '');
    expect(createExperimentFolder(root, undefined, 'gru').name).toBe('gru-2');
  });

  it('is another one for each of several processes that start at once', async () => {
    const root = join(folder, 'race');
    const module = new URL('../../src/experiment/folder.ts', import.meta.url).href;
    const script = `const { createExperimentFolder } = await import('${module}');
      for (let i = 0; i < 25; i++) console.log(createExperimentFolder(${JSON.stringify(root)}, undefined, 'gru').name);`;
    const run = promisify(execFile);
    const outputs = await Promise.all([1, 2, 3].map(() => run(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script])));
    const names = outputs.flatMap(({ stdout }) => stdout.trim().split('\n'));
    expect(names).toHaveLength(75);
    expect(new Set(names).size).toBe(75);
  });

  it.each([
    ['my config', 'my-config-1'], ['..', 'run-1'], ['-x', 'x-1'], ['a/../b', 'a-.-b-1'], ['', 'run-1'], ['ünï', 'ünï-1'],
  ])('turns the config’s name %j into %j', (config, name) => {
    expect(createExperimentFolder(join(folder, `stem-${name}-${config.length}`), undefined, config).name).toBe(name);
  });
});

describe('an experiment folder with a name', () => {
  it('takes it as it is', () => {
    const root = join(folder, 'named');
    for (const name of ['first try', 'gru_v1.2', '2026-01-01', 'größe=3', 'x']) {
      expect(createExperimentFolder(root, name, 'gru')).toEqual({ name, path: join(root, name) });
    }
  });

  it('refuses a name that is taken', () => {
    createExperimentFolder(folder, 'taken', 'gru');
    expect(userErrorOf(() => createExperimentFolder(folder, 'taken', 'gru'), folder))
      .toBe('--name taken: tmp/taken already exists; choose another name');
  });

  it.each([
    '',
    '.',
    '..',
    'a/b',
    '../a',
    'a\\b',
    '.hidden',
    '-rf',
    '=x',
    'a..b',
    'a\nb',
    'a\u001b[31m',
    ' a',
    'a ',
    'a.',
    '/tmp/x',
    'a\u0000',
    'a:b',
    'a*',
    'x'.repeat(101),
  ])('refuses %j before anything is made', (name) => {
    const root = join(folder, 'refused');
    expect(userErrorOf(() => createExperimentFolder(root, name, 'gru'), folder)).toMatch(
      /^--name ".*": a name holds letters, digits, spaces and _ - \. , \+ = @ \(100 at most\), starts with a letter, digit or _, ends with no full stop, comma or space, and has no two full stops in a row$/,
    );
    expect(existsSync(root)).toBe(false);
  });
});

describe('a root that cannot be used', () => {
  it('is a file', () => {
    writeFileSync(join(folder, 'a-file'), '');
    expect(userErrorOf(() => createExperimentFolder(join(folder, 'a-file'), undefined, 'gru'), folder))
      .toBe('tmp/a-file: is a file, not a folder; move it away');
    expect(userErrorOf(() => createExperimentFolder(join(folder, 'a-file/below'), undefined, 'gru'), folder))
      .toBe('tmp/a-file/below: cannot be made: a part of the path is a file, not a folder (ENOTDIR)');
  });

  it.runIf(process.platform === 'linux')('lies where nobody may write', () => {
    expect(userErrorOf(() => createExperimentFolder('/sys/gatelab', undefined, 'gru'), folder)).toMatch(
      /^\/sys\/gatelab: cannot be made: .+ \(E[A-Z]+\)$/,
    );
    expect(userErrorOf(() => createExperimentFolder('/proc', undefined, 'gru'), folder)).toMatch(
      /^\/proc\/gru-1: cannot be made: .+ \(E[A-Z]+\)$/,
    );
  });
});
