import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, inject, it } from 'vitest';

import { findData, renderDiagnosis, type Diagnosis } from '../../src/commands/doctor.ts';
import { createWorkFolder } from '../support/cli.ts';

const native: Diagnosis = {
  engine: {
    kind: 'native',
    tensorflowVersion: '2.15.1',
    tfjsVersion: '4.22.0',
    threads: 2,
    nativeOps: true,
    baselineRssBytes: 300 * 2 ** 20,
    folder: '/cache',
  },
  nodeVersion: 'v20.19.0',
  cores: { present: 4, usable: 2 },
  machine: {
    platform: 'linux-x64',
    cpuModel: 'A CPU',
    cpuFeatures: ['avx2', 'fma'],
    python: { found: 'Python 3.11.7, pip 23.2.1', problem: null },
    compiler: { found: 'g++ 12.2.0', problem: null },
  },
  cache: { folder: '/cache', bytes: 600 * 2 ** 20, damage: [] },
  data: { path: 'data/aclImdb_v1.tar.gz', bytes: 80 * 2 ** 20 },
  warnings: [],
};

it('says what there is', () => {
  expect(`\n${renderDiagnosis(native)}\n`).toMatchInlineSnapshot(`
    "
    engine    native: TensorFlow 2.15.1 with this project's kernels
    versions  tfjs 4.22.0, Node 20.19.0, linux-x64
    CPU       A CPU; avx2 fma
    threads   2 of 2 usable cores (4 in the machine)
    memory    300 MiB resident before any work
    cache     /cache, 600 MiB, intact
    data      data/aclImdb_v1.tar.gz, 80 MiB
    python    Python 3.11.7, pip 23.2.1
    compiler  g++ 12.2.0
    verdict   training runs natively
    "
  `);
});

it('says what is missing and how to mend it', () => {
  const bare: Diagnosis = {
    ...native,
    engine: { ...native.engine, kind: 'portable', tensorflowVersion: null, threads: 1, nativeOps: false, folder: null },
    machine: { ...native.machine, cpuFeatures: [], compiler: { found: null, problem: 'a C++ compiler is missing: install one' } },
    cache: { ...native.cache, bytes: 0 },
    data: null,
    warnings: ['no native engine: a C++ compiler is missing'],
  };
  expect(`\n${renderDiagnosis(bare)}\n`).toMatchInlineSnapshot(`
    "
    engine    portable: tfjs in WebAssembly
    versions  tfjs 4.22.0, Node 20.19.0, linux-x64
    CPU       A CPU; features unknown
    threads   1 of 2 usable cores (4 in the machine)
    memory    300 MiB resident before any work
    cache     /cache, empty
    data      no data/aclImdb_v1.tar.gz; training downloads it, --data names another place
    python    Python 3.11.7, pip 23.2.1
    compiler  a C++ compiler is missing: install one
    warning   no native engine: a C++ compiler is missing
    verdict   training runs, but many times slower than it could
    "
  `);
});

it('says which part of the cache was damaged', () => {
  const cache = { ...native.cache, damage: ['/cache/tfjs_binding: tfjs_binding.node is missing'] };
  expect(renderDiagnosis({ ...native, cache })).toContain(
    '600 MiB; was damaged and is built again: /cache/tfjs_binding: tfjs_binding.node is missing',
  );
});

const runDoctor = (args: readonly string[], environment: NodeJS.ProcessEnv): ReturnType<typeof spawnSync> =>
  spawnSync(process.execPath, ['src/main.cjs', 'doctor', ...args], { encoding: 'utf8', env: { ...process.env, ...environment } });

it('exits with 1, and prints no control characters, where training cannot run natively', () => {
  const { stdout, stderr, status } = runDoctor([], { PATH: '', XDG_CACHE_HOME: '/nonexistent' });
  expect(status).toBe(1);
  expect(stdout).toMatch(/^engine {4}portable: tfjs in WebAssembly$/m);
  expect(stdout).toMatch(/^compiler {2}a C\+\+ compiler is missing: install one /m);
  expect(`${stdout.toString()}${stderr.toString()}`).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f]/);
});

it.skipIf(!inject('hasNativeEngine'))('exits with 0 and prints JSON where it can', () => {
  const { stdout, status } = runDoctor(['--json'], {});
  expect(status).toBe(0);
  expect(JSON.parse(stdout.toString())).toMatchObject({ engine: { kind: 'native' }, cache: { damage: [] }, warnings: [] });
});

it('finds the reviews where training takes them from, packed or unpacked', async () => {
  const folder = createWorkFolder();
  expect(await findData(folder)).toBeNull();
  mkdirSync(join(folder, 'aclImdb'));
  expect(await findData(folder)).toEqual({ path: join(folder, 'aclImdb'), bytes: null });
  expect(renderDiagnosis({ ...native, data: { path: 'data/aclImdb', bytes: null } })).toContain('\ndata      data/aclImdb, unpacked\n');
  writeFileSync(join(folder, 'aclImdb_v1.tar.gz'), 'archive');
  expect(await findData(folder)).toEqual({ path: join(folder, 'aclImdb_v1.tar.gz'), bytes: 7 });
});
