import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { prepareData } from '../../src/commands/data.ts';
import { goodEntries, writeArchive } from '../data/archives.ts';

const folder = mkdtempSync(join(tmpdir(), 'gatelab-data-'));
afterAll(() => { rmSync(folder, { recursive: true }); });

it('data says what was found, and that it is not the official archive', async () => {
  const path = await writeArchive(folder, goodEntries);
  const lines = (await prepareData({ dataPath: path, cacheFolder: join(folder, 'cache'), onWarning: (line) => { throw new Error(line); } })).split('\n');
  expect(lines.map((line) => line.replace(/[0-9a-f]{64}|MD5 {8}[0-9a-f]{32}|\d+ B$/, '…').replace(folder, 'FOLDER'))).toMatchInlineSnapshot(`
    [
      "Data       Large Movie Review Dataset (Maas et al. 2011)",
      "Location   FOLDER/archive.tar.gz",
      "Size       …",
      "…: not the official archive (MD5 7c2ac02c03563afcf9b574c7e56c153a), but its layout and labels are right",
      "SHA-256    …",
      "Training   4 reviews, 2 of them positive, 1.0 words each",
      "Test       4 reviews, 2 of them positive, 3.3 words each",
      "Words      14 distinct, encoded in FOLDER/cache",
    ]
  `);
});
