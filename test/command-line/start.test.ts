import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findLimitProblem } from '../../src/command-line/address-space.js';
import { projectFolder } from '../../src/files/standing-folder.js';
import { createWorkFolder } from '../support/cli.ts';

const main = join(projectFolder, 'src/main.cjs');
const cwd = createWorkFolder();
const hooks = join(cwd, 'hooks.mjs'), list = join(cwd, 'modules.txt'), tracer = join(cwd, 'tracer.mjs');
writeFileSync(hooks, `
  import { appendFileSync } from 'node:fs';
  export async function load(url, context, next) {
    appendFileSync(${JSON.stringify(list)}, url + '\\n');
    return next(url, context);
  }`);
writeFileSync(tracer, `import { register } from 'node:module'; register(${JSON.stringify(`file://${hooks}`)});`);

/** The modules, and the packages, that the program loads for a command line. */
function findModules(args: readonly string[]): { own: string[]; program: string[]; packages: string[]; status: number | null } {
  writeFileSync(list, '');
  const { status } = spawnSync(process.execPath, ['--import', tracer, main, ...args], { cwd });
  const files = readFileSync(list, 'utf8').split('\n').filter((url) => url.startsWith('file:'));
  const kept = /\/node_modules\/\.cache\/gatelab\/\w+\/(.*)$/;
  return {
    status,
    own: files.flatMap((url) => /\/src\/(.*)$/.exec(url.includes('/node_modules/') ? '' : url)?.[1] ?? []),
    program: files.flatMap((url) => kept.exec(url)?.[1] ?? []),
    packages: [...new Set(files.filter((url) => !kept.test(url)).flatMap((url) => /\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1] ?? []))].sort(),
  };
}

/** What yargs brings, and is as quick to load as itself. */
const ofYargs = new Set([
  'ansi-regex',
  'ansi-styles',
  'cliui',
  'eastasianwidth',
  'emoji-regex',
  'escalade',
  'get-caller-file',
  'get-east-asian-width',
  'is-fullwidth-code-point',
  'string-width',
  'strip-ansi',
  'y18n',
  'yargs-parser',
]);

describe('help, the version and usage errors load no command, no TypeScript loader and no library but the parser', () => {
  it.each([
    ...['train', 'serve', 'bench'].map((name) => [name, '--help']),
    ['--version'],
    ['--help'],
    ['trian'],
    ['train', '--epochs', '3'],
    ['train', 'gru.yaml'],
  ])('%s %s', { timeout: 300_000 }, (...args) => {
    const { own, packages } = findModules(args.filter((word) => typeof word === 'string'));
    expect(packages.filter((name) => !ofYargs.has(name))).toEqual(['fastest-levenshtein', 'wrap-ansi', 'yargs']);
    expect(own).toContain('command-line/parse.js');
    expect(own.filter((path) => path.endsWith('.ts'))).toEqual([]);
  });

  it('while a command loads what it needs', { timeout: 300_000 }, () => {
    const { program, own } = findModules(['plot', cwd]);
    expect(program).toContainEqual(expect.stringMatching(/^plot-\w+\.mjs$/));
    expect(program).not.toContainEqual(expect.stringMatching(/^train-/));
    expect(own.filter((path) => path.endsWith('.ts'))).toEqual([]); // it was translated before, and is not again
  });

  it('and is translated as it is loaded where nothing can be kept', { timeout: 300_000 }, () => {
    const frozen = join(cwd, 'frozen.mjs');
    writeFileSync(frozen, `
      import fs from 'node:fs';
      import { syncBuiltinESMExports } from 'node:module';
      const { existsSync } = fs;
      fs.existsSync = (path) => !String(path).includes('.cache') && existsSync(path);
      fs.mkdirSync = () => { throw Object.assign(new Error('read-only'), { code: 'EROFS' }); };
      syncBuiltinESMExports();`);
    const { status, stderr } = spawnSync(process.execPath, ['--import', frozen, main, 'plot', 'nowhere'], { cwd, encoding: 'utf8' });
    expect({ status, stderr }).toEqual({ status: 1, stderr: expect.stringMatching(/^gatelab: nowhere: .+\n$/) as string });
  });
});

describe('an old Node is told so in one line', () => {
  it('in syntax that Node 12 parses', () => {
    const text = readFileSync(main, 'utf8');
    expect(text).not.toMatch(/=>|\b(?:const|let|async|await)\b|\?\.|\?\?|`/);
  });

  it.each([['12.22.0', true], ['18.20.8', true], ['20.18.3', true], ['20.19.0', false], ['22.0.0', false]])('%s', (version, isOld) => {
    const pretend = `Object.defineProperty(process.versions, 'node', { value: '${version}' }); process.argv.splice(1, 0, 'main', `
      + `'--version'); require(${JSON.stringify(main)})`;
    const { stderr, stdout, status } = spawnSync(process.execPath, ['-e', pretend], { encoding: 'utf8' });
    if (!isOld)
      expect({ stderr, status, stdout }).toMatchObject({
        stderr: '',
        status: 0,
        stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) as string,
      });
    else
      expect({ stderr, status }).toEqual({
        stderr:
          `gatelab: Node 20.19 or newer is needed, and this is Node ${version}; install a newer one, for example from https://nodejs.org\n`,
        status: 1,
      });
  });
});

const GIB = 2 ** 30;
const canLimit = spawnSync('sh', ['-c', 'ulimit -v 4000000'], { stdio: 'ignore' }).status === 0 && process.platform === 'linux';

describe('under ulimit -v', () => {
  it('a command that would run out of addresses is refused in one line', () => {
    const train = { kind: 'run', name: 'train', options: { engine: 'auto' } } as const;
    expect(findLimitProblem(train, 4 * GIB)).toBe(
      'ulimit -v lets a process reserve 4.0 GiB of addresses, and train with TensorFlow needs 11.0 GiB, '
        + 'most of which are never used; raise it with ulimit -v unlimited, or take --engine portable, which is slow',
    );
    expect(findLimitProblem({ ...train, options: { engine: 'portable' } }, 4 * GIB)).toBeNull();
    expect(findLimitProblem({ kind: 'run', name: 'plot', options: {} }, 2 * GIB)).toMatch(
      /^ulimit -v lets a process reserve 2\.0 GiB of addresses, and plot needs 3\.5 GiB, /,
    );
    expect(findLimitProblem(train, 16 * GIB)).toBeNull();
    expect(findLimitProblem(train, null)).toBeNull();
  });

  it.skipIf(!canLimit)('help is shown and a table is made where WebAssembly could reserve nothing', { timeout: 300_000 }, () => {
    const limited = (words: string): { stdout: string; stderr: string; status: number | null } =>
      spawnSync('sh', ['-c', `ulimit -v 4500000; exec "$0" "$1" ${words}`, process.execPath, main], {
        encoding: 'utf8',
        cwd: projectFolder,
      });
    expect(limited('train --help')).toMatchObject({ status: 0, stderr: '' });
    expect(limited('train --config sample.yaml')).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/^gatelab: ulimit -v .*\n$/) as string,
    });
    const table = limited('compare --from experiments/published --format csv');
    expect(table).toMatchObject({
      status: 0,
      stderr: expect.stringMatching(/^(?:gatelab: experiments\/published\/\w+ holds \d+ more runs?, .+\n)*$/) as string,
    });
    expect(table.stdout).toMatch(/^model,/);
  });

  it.skipIf(!canLimit)('the exit status of a command comes through', { timeout: 300_000 }, () => {
    const { status, stderr } = spawnSync('sh', ['-c', 'ulimit -v 4500000; exec "$0" "$1" plot nowhere', process.execPath, main], {
      encoding: 'utf8',
      cwd,
    });
    expect({ status, stderr }).toEqual({ status: 1, stderr: expect.stringMatching(/^gatelab: nowhere: .+\n$/) as string });
  });
});
