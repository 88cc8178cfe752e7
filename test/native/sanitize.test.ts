import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { readVariable } from '../../src/files/user-environment.ts';
import { createWorkFolder } from '../support/cli.ts';

const scripts = join(import.meta.dirname, '../../scripts');
/** Compiling takes 40 seconds each, so that it waits to be asked for: `.ci/run` does. */
const isAsked = readVariable('SANITIZE') !== undefined;
const compiler = readVariable('CXX') ?? 'g++';

/** Whether programs can be made and run here with the sanitizers. */
function hasSanitizers(): boolean {
  const command = `echo 'int main() {}' > p.cc && '${compiler}' -fsanitize=address,undefined p.cc -o p && ./p`;
  return spawnSync('bash', ['-c', command], { cwd: createWorkFolder() }).status === 0;
}

describe.skipIf(!isAsked || !hasSanitizers())(
  `the kernels under the sanitizers (skipped without SANITIZE=1, or where ${compiler} has none)`,
  () => {
    it.each([
      ['inside their memory, and do nothing undefined', 'native'],
      ['products of bfloat16 by tiles, whatever this CPU has', 'tiles'],
    ])('compute over random shapes: %s (scripts/sanitize-kernels.sh for all of it)', (_, check) => {
      const { status, stdout, stderr } = spawnSync('bash', [join(scripts, 'sanitize-kernels.sh'), '20', check], {
        encoding: 'utf8',
        env: { ...process.env, OPTIMISATION: '-O0' },
      });
      expect(stderr).toBe('');
      expect(stdout).toMatch(/\n20 rounds of random shapes with vectors of \d+ floats, 0 failures\n$/);
      expect(status).toBe(0);
    });
  },
);
