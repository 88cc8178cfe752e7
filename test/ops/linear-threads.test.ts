import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, inject, it } from 'vitest';
import { finished } from '../support/child.ts';

const script = fileURLToPath(new URL('../support/linear-bits.ts', import.meta.url));

it.skipIf(!inject('hasNativeEngine'))('a product over many rows has the same gradient with any number of threads', async () => {
  const seen: string[] = [];
  for (const threads of ['1', '2', '4', '8']) {
    const { status, stdout, stderr } = await finished(spawn(process.execPath, ['--import', import.meta.resolve('tsx'), script, threads]));
    expect([status, stderr]).toEqual([0, '']);
    seen.push(stdout);
  }
  expect(new Set(seen).size).toBe(1);
  expect(seen[0]).toMatch(/^[0-9a-f]{64}$/);
});
