import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterEach, describe, expect, it, vi } from 'vitest';

import { toDiskError } from '../../src/files/disk-errors.ts';
import { writeFileAtomically } from '../../src/files/write.ts';
import { makeTemporaryFolder, userErrorOf } from '../experiment/temporary-folder.ts';

const disk = vi.hoisted(() => ({ fails: '' }));
vi.mock('node:fs', async (original) => {
  const fs = await original<typeof import('node:fs')>();
  const failing = (code: string) => Object.assign(new Error(code), { code, syscall: 'write' });
  return { ...fs, fsyncSync: (file: number) => { if (disk.fails !== '') throw failing(disk.fails); fs.fsyncSync(file); } };
});
afterEach(() => { disk.fails = ''; });

const folder = makeTemporaryFolder();

describe('writing a file atomically', () => {
  it('puts text or bytes in place of what was there, and nothing beside it', () => {
    const path = join(folder, 'one/file');
    mkdirSync(join(folder, 'one'));
    writeFileAtomically(path, 'long old text');
    writeFileAtomically(path, 'né');
    expect(readFileSync(path, 'utf8')).toBe('né');
    writeFileAtomically(path, Uint8Array.of(1, 2, 255));
    expect([...readFileSync(path)]).toEqual([1, 2, 255]);
    expect(readdirSync(join(folder, 'one'))).toEqual(['file']);
  });

  it.each([
    ['ENOSPC', 'the disk is full; make room and start again'],
    ['EDQUOT', 'the disk quota is used up; make room and start again'],
    ['EROFS', 'the disk is read-only'],
    ['EWEIRD', 'the system refused'],
  ])('keeps the old content and cleans up when the disk answers %s', (code, reason) => {
    const at = join(folder, code);
    mkdirSync(at);
    writeFileSync(join(at, 'file'), 'old');
    disk.fails = code;
    expect(
      userErrorOf(() => {
        writeFileAtomically(join(at, 'file'), 'new');
      }, folder),
    ).toBe(`tmp/${code}/file: cannot be written: ${reason} (${code})`);
    expect(readFileSync(join(at, 'file'), 'utf8')).toBe('old');
    expect(readdirSync(at)).toEqual(['file']);
  });

  it('says so when a folder is in the way', () => {
    mkdirSync(join(folder, 'in-the-way/x'), { recursive: true });
    expect(userErrorOf(() => { writeFileAtomically(join(folder, 'in-the-way'), 'text'); }, folder))
      .toBe('tmp/in-the-way: cannot be written: a folder of that name is in the way (EISDIR)');
    expect(readdirSync(folder).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  it('passes on what is not the system’s doing', () => {
    const fault = new TypeError('ours');
    expect(toDiskError(fault, 'x')).toBe(fault);
  });
});
