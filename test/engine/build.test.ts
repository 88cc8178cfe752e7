import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';

import { bindingAddon, computeAddonKey, opsAddon, type Addon } from '../../src/engine/build.ts';

let folder = '';
let addon: Addon;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gatelab-build-'));
  writeFileSync(join(folder, 'a.cc'), 'int a;');
  writeFileSync(join(folder, 'a.h'), 'extern int a;');
  addon = { name: 'ops', sources: [join(folder, 'a.cc')], headers: [join(folder, 'a.h')], flags: ['-O3'], cpuFlags: [] };
});
afterEach(() => { rmSync(folder, { recursive: true }); });

it('knows the binding that tfjs-node brings', () => {
  expect(bindingAddon.sources.map((path) => path.split('/').at(-1))).toEqual(['tfjs_backend.cc', 'tfjs_binding.cc']);
});

it('lets no compiler decide what the kernels round', () => {
  expect(opsAddon('native').flags).toContain('-ffp-contract=off');
});

it.each([
  ['a source', () => { writeFileSync(join(folder, 'a.cc'), 'int a = 1;'); return addon; }],
  ['a header', () => { writeFileSync(join(folder, 'a.h'), 'extern long a;'); return addon; }],
  ['a flag', () => ({ ...addon, flags: ['-O2'] })],
  ['the CPU it is for', () => ({ ...addon, cpuFlags: ['-march=native'] })],
])('another build is another key when %s changes', (_what, change) => {
  const before = computeAddonKey(addon, 'tensorflow-1');
  expect(before).toMatch(/^ops-[0-9a-f]{16}$/);
  expect(computeAddonKey(addon, 'tensorflow-1')).toBe(before);
  expect(computeAddonKey(addon, 'tensorflow-2')).not.toBe(before);
  expect(computeAddonKey(change(), 'tensorflow-1')).not.toBe(before);
});
