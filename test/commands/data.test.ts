import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { prepareData, wordsOf } from '../../src/commands/data.ts';
import type { DataOptions } from '../../src/commands/data.ts';
import { renderDataReport } from '../../src/commands/data-view.ts';
import { goodEntries, writeArchive } from '../data/archives.ts';

const folder = mkdtempSync(join(tmpdir(), 'gatelab-data-'));
afterAll(() => { rmSync(folder, { recursive: true }); });

async function describeData(options: DataOptions): Promise<string> {
  const report = await prepareData(options);
  return renderDataReport(report, wordsOf(report, options.cacheFolder), Infinity);
}

it('data says what was found, and that it is not the official archive', async () => {
  const path = await writeArchive(folder, goodEntries);
  const lines = (
    await describeData({
      dataPath: path,
      cacheFolder: join(folder, 'cache'),
      onWarning: (line) => {
        throw new Error(line);
      },
    })
  ).split('\n');
  expect(lines.map((line) => line.replace(/[0-9a-f]{64}|MD5 {8}[0-9a-f]{32}|\d+ B$/, '…').replace(folder, 'FOLDER')))
    .toMatchInlineSnapshot(`
      [
        "Data       Large Movie Review Dataset (Maas et al. 2011)",
        "Location   FOLDER/archive.tar.gz",
        "Size       …",
        "SHA-256    …",
        "…: not the official archive (MD5 7c2ac02c03563afcf9b574c7e56c153a), but its layout and labels are right",
        "Reviews    SHA-256 …, however they are packed",
        "Training   4 reviews, 2 of them positive, 1.0 words each",
        "Test       4 reviews, 2 of them positive, 3.3 words each",
        "           only 4 test reviews: chance alone moves an accuracy by up to ±49.0 points (95 %)",
        "Words      14 distinct, 5 in the vocabulary; 0.0 % of the training tokens and 70.6 % of the test tokens are unknown",
        "Lengths    half of the reviews have 2 tokens or fewer, 95 % 5, the longest 5",
        "",
        "Classes (2)",
        "negative           ██████████████████████████████  50.0 %  4",
        "positive           ██████████████████████████████  50.0 %  4",
        "",
        "Lengths in tokens",
        "0–1                                                 0.0 %  0",
        "2–2                ██████████████████████████████  62.5 %  5",
        "3–3                                                 0.0 %  0",
        "4–4                                                 0.0 %  0",
        "5–5                ██████████████████              37.5 %  3",
        "",
        "Tokens are kept in FOLDER/cache",
      ]
    `);
});

it('data says that tokens were not kept where they could not be written', async () => {
  const path = await writeArchive(folder, goodEntries, 'other.tar.gz');
  writeFileSync(join(folder, 'file'), '');
  const warnings: string[] = [];
  const lines = (
    await describeData({
      dataPath: path,
      cacheFolder: join(folder, 'file', 'cache'),
      onWarning: (line) => {
        warnings.push(line);
      },
    })
  ).split('\n');
  expect(lines.at(-1)).toBe(
    `Tokens are not kept, since ${join(folder, 'file', 'cache')} cannot be written: each start encodes them again`,
  );
  expect(warnings).toEqual([expect.stringMatching(/^Cannot keep the tokens in /)]);
});

it('data says what was guessed of a table, that labels are uneven, and that training has some of the test reviews', async () => {
  const path = join(folder, 'table.tsv');
  writeFileSync(path, `text\tlabel\n${Array.from({ length: 40 }, (_, i) => `film ${i}\t${i % 10 === 0 ? 'NEG' : 'POS'}\n`).join('')}`);
  const shown = await describeData({ dataPath: path, cacheFolder: join(folder, 'cache'), onWarning: (line) => { throw new Error(line); } });
  expect(shown).toContain(
    '\nNote       read as tab-separated; reviews are taken from the column "text", labels from "label"; "POS" is read as positive, "NEG" '
      + 'as negative\n',
  );
  expect(shown).toContain('\n           always answering positive gives 90.00 %\n');
  const twins = await writeArchive(
    folder,
    [...goodEntries, { name: 'aclImdb/test/neg/7_1.txt', content: 'DULL .' }, { name: 'aclImdb/test/pos/7_8.txt', content: 'New.' }],
    'twins.tar.gz',
  );
  expect(await describeData({ dataPath: twins, cacheFolder: join(folder, 'cache'), onWarning: (line) => { throw new Error(line); } }))
    .toContain('\n           1 of them have the tokens of a training review\n');
});
