import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { UserError } from '../../src/errors.ts';
import { checkHost } from '../../src/engine/platform.ts';
import { locateEngine, setUpEngine } from '../../src/engine/setup.ts';
import { writeStamp } from '../../src/engine/stamp.ts';

let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gatelab-setup-'));
  mkdirSync(join(folder, 'bin'));
});
afterEach(() => { rmSync(folder, { recursive: true }); });

/** Puts a shell script in the only folder of the PATH. */
function install(name: string, script: string): void {
  const path = join(folder, 'bin', name);
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
}

const compiler = (): void => { install('g++', 'echo "g++ 12.2.0"'); };
const pythonWithoutPip = (): void => { install('python3', '[ "$1" = --version ] && echo "Python 3.11.7"'); };
/** A pip whose download says `words` and fails. */
const pip = (words: string) => (): void => {
  compiler();
  install('python3', `case "$*" in *download*) echo '${words}' >&2; exit 1;; *) echo "pip 23.2.1 from here";; esac`);
};
/** A pip that downloads an empty wheel; python3 then says `words` and fails. */
const unpacking = (words: string) => (): void => {
  compiler();
  install(
    'python3',
    `case "$1 $*" in -c*) echo '${words}' >&2; exit 1;; *download*) : > "$TMPDIR/tensorflow.whl";; *) echo "pip 23.2.1 from here";; esac`,
  );
};

const getPython =
  'install it with pip (Debian, Ubuntu: apt install python3-pip; Fedora: dnf install python3-pip; macOS: brew install python)';
const getCompiler = 'install one (Debian, Ubuntu: apt install g++; Fedora: dnf install gcc-c++; macOS: xcode-select --install)';
const notDownloaded = 'TensorFlow 2.15.1 could not be downloaded:';

describe('set-up on a machine', () => {
  it.each([
    ['without python3', compiler, `python3 is missing: ${getPython}`],
    ['without pip', () => { compiler(); pythonWithoutPip(); },
      'python3 has no pip: install it (Debian, Ubuntu: apt install python3-pip; Fedora: dnf install python3-pip; elsewhere: python3 -m '
        + 'ensurepip)'],
    ['without a compiler', () => { install('python3', 'echo "pip 23.2.1 from here"'); }, `a C++ compiler is missing: ${getCompiler}`],
    ['without any tool', () => undefined, `python3 is missing: ${getPython}; and a C++ compiler is missing: ${getCompiler}`],
    ['without network', pip('NewConnectionError: Failed to establish a new connection: [Errno -3] Temporary failure in name resolution'),
      `${notDownloaded} pip cannot reach its package index; check the network, HTTPS_PROXY and pip config`],
    ['with a tampered wheel', pip('ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.'),
      `${notDownloaded} what pip downloaded has the wrong checksum; check the package index or mirror that it uses`],
    ['with another package index', pip('ERROR: No matching distribution found for tensorflow-cpu==2.15.1'),
      `${notDownloaded} pip's package index does not have it; check pip config (index-url)`],
    ['with an unknown trouble', pip('Traceback\nERROR: pip fell over'), `${notDownloaded} pip fell over`],
    ['whose python3 cannot unpack', unpacking('Traceback\nAttributeError: no such thing'), 'TensorFlow 2.15.1 could not be unpacked: '
      + 'AttributeError: no such thing'],
  ])('%s says in one line what to do', async (_what, prepare, message) => {
    prepare();
    const environment = { PATH: join(folder, 'bin'), XDG_CACHE_HOME: join(folder, 'cache') };
    const failure = await setUp(environment, 'linux-x64');
    expect(failure).toEqual(new UserError(message));
    const cache = join(folder, 'cache', 'gatelab', 'engine');
    expect(existsSync(cache) ? readdirSync(cache) : []).toEqual([]);
  });

  it.each([
    ['the download', pip('ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device')],
    ['unpacking', unpacking('OSError: [Errno 28] No space left on device')],
  ])('whose disk fills up during %s says so', async (_what, prepare) => {
    prepare();
    const failure = await setUp({ PATH: join(folder, 'bin'), XDG_CACHE_HOME: join(folder, 'cache') }, 'linux-x64');
    expect(failure).toBeInstanceOf(UserError);
    expect((failure as Error).message).toMatch(/^cannot build the engine in .*: the disk is full; [^\n]*$/);
  });

  it.each([
    ['no compiler', () => undefined, `a C++ compiler is missing: ${getCompiler}`],
    ['a compiler that fails', () => { install('g++', '[ "$1" = --version ] || { echo "a.h:1: error: what is this" >&2; exit 1; }'); },
      'g++ could not compile gatelab_ops (it needs C++17: GCC 9, Clang 10 or newer): a.h:1: error: what is this'],
  ])('with all but the kernels in the cache and %s does without them', async (_what, prepare, warning) => {
    prepare();
    const environment = { PATH: join(folder, 'bin'), XDG_CACHE_HOME: join(folder, 'cache') };
    const folders = locateEngine(environment, 'linux-x64');
    for (const built of [folders.tensorflow, folders.binding]) {
      mkdirSync(built, { recursive: true });
      writeFileSync(join(built, 'library'), '');
      await writeStamp(built);
    }
    const warnings: string[] = [];
    const engine = await setUpEngine({
      environment,
      platform: 'linux-x64',
      onProgress: () => undefined,
      onWarning: (line) => warnings.push(line),
    });
    expect(engine).toEqual({ ...folders, ops: null });
    expect(warnings).toEqual([`${warning}; the slower reference operations are used`]);
  });

  it('names a CXX that does not run', async () => {
    install('python3', 'echo "pip 23.2.1 from here"');
    const failure = await setUp({ PATH: join(folder, 'bin'), XDG_CACHE_HOME: join(folder, 'cache'), CXX: 'no-such-compiler' }, 'linux-x64');
    expect(failure).toEqual(
      new UserError(`the C++ compiler that CXX names, no-such-compiler, does not run: correct it, or ${getCompiler}`),
    );
  });

  it.each([
    ['win32-x64', 'there is no TensorFlow library for win32-x64; run it inside WSL 2'],
    ['freebsd-x64', 'there is no TensorFlow library for freebsd-x64; use one of linux-x64, linux-arm64, darwin-arm64'],
  ])('of kind %s says that there is no library for it', async (platform, message) => {
    expect(await setUp({}, platform)).toEqual(new UserError(message));
  });

  it('without AVX is not given a library that would crash', () => {
    expect(() => { checkHost('linux-x64', ['sse4_2']); }).toThrow('this CPU has no AVX, which TensorFlow needs; use another machine');
    expect(() => { checkHost('linux-x64', ['avx', 'sse4_2']); }).not.toThrow();
  });
});

/** What set-up throws. */
async function setUp(environment: NodeJS.ProcessEnv, platform: string): Promise<unknown> {
  const quiet = { onProgress: () => undefined, onWarning: () => undefined };
  return setUpEngine({ environment, platform, ...quiet }).then(() => 'built', (error: unknown) => error);
}
