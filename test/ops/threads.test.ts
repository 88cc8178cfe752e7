import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, inject, it } from 'vitest';
import { finished } from '../support/child.ts';

const script = fileURLToPath(new URL('../support/step-bits.ts', import.meta.url));

it.skipIf(!inject('hasNativeEngine'))('steps of every kind of model give the same parameters with any number of threads', async () => {
  const seen: string[] = [];
  for (const threads of ['1', '2', '4']) {
    const { status, stdout, stderr } = await finished(spawn(process.execPath, ['--import', import.meta.resolve('tsx'), script, threads]));
    expect([status, stderr]).toEqual([0, '']);
    seen.push(stdout);
  }
  const [one, ...more] = seen;
  expect(one?.trim().split('\n')).toHaveLength(8);
  for (const bits of more) expect(bits).toBe(one);
});
