import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { kindOf } from '../../src/files/paths.ts';
import { UserError } from '../../src/errors.ts';
import { createWorkFolder } from '../support/cli.ts';

const folder = createWorkFolder();
mkdirSync(join(folder, 'folder'));
writeFileSync(join(folder, 'file'), '');
symlinkSync('loop', join(folder, 'loop'));

describe('what a path is', () => {
  it.each([
    ['file', 'file'],
    ['folder', 'folder'],
    ['none', 'missing'],
    ['file/none', 'missing'],
    ['a\0b', 'missing'],
  ])('%j: %s', (name, kind) => {
    expect(kindOf(join(folder, name))).toBe(kind);
  });

  it.each([
    ['loop', 'its links lead in a circle (ELOOP)'], ['x'.repeat(300), 'the name is too long (ENAMETOOLONG)'],
  ])('%s: cannot be told, which is not the same as missing', (name, reason) => {
    expect(() => kindOf(join(folder, name))).toThrow(UserError);
    expect(() => kindOf(join(folder, name))).toThrow(`: cannot be looked at: ${reason}`);
  });
});
