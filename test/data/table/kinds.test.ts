import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { openCorpus } from '../../../src/data/open-corpus.ts';
import { readTable } from '../../../src/data/table/source.ts';
import { tokenizeCorpus } from '../../../src/data/tokenized-corpus.ts';
import { UserError } from '../../../src/errors.ts';
import { findClasses, findLabel } from '../../../src/data/table/labels.ts';
import { sentiments } from '../../../src/data/review.ts';

const folder = mkdtempSync(join(tmpdir(), 'gatelab-table-'));
afterAll(() => { rmSync(folder, { recursive: true }); });
let files = 0;

function write(content: string | Buffer): string {
  const path = join(folder, `${++files}.data`);
  writeFileSync(path, content);
  return path;
}

const rows = Array.from({ length: 8 }, (_, i): [string, string] => [
  `A film; "number ${i}", good | bad\tor so.`,
  i % 2 === 0 ? 'positive' : 'negative',
]);
const quote = (text: string): string => `"${text.replaceAll('"', '""')}"`;
function tableOf(separator: string, header: string, label: (word: string) => string = (word) => word): string {
  return `${header}\n${rows.map(([text, word]) => `${quote(text)}${separator}${label(word)}\n`).join('')}`;
}
const json = rows.map(([review, sentiment]) => JSON.stringify({ id: 7, text: review, sentiment })).join('\n');
const plain = tableOf(',', 'review,sentiment');
const utf16be = (text: string): Buffer => Buffer.from(text, 'utf16le').swap16();
const asNumber = (word: string): string => (word === 'positive' ? '1' : '0');

describe('a table', () => {
  it.each<[string, string | Buffer, string | null]>([
    ['commas', plain, null],
    ['semicolons', tableOf(';', 'review;sentiment'), 'read as semicolon-separated'],
    ['a hint for Excel', `sep=;\n${tableOf(';', 'review;sentiment')}`, 'read as semicolon-separated'],
    ['tabs', tableOf('\t', 'review\tsentiment'), 'read as tab-separated'],
    ['vertical bars', tableOf('|', 'review|sentiment'), 'read as separated by vertical bars'],
    ['names in capitals', tableOf(',', '"Review", SENTIMENT'), 'reviews are taken from the column "Review", labels from " SENTIMENT"'],
    [
      'other names',
      tableOf(',', 'text,label', asNumber),
      'reviews are taken from the column "text", labels from "label"; "1" is read as positive, "0" as negative',
    ],
    [
      'other label words',
      tableOf(',', 'review,sentiment', (word) => word.slice(0, 3).toUpperCase()),
      '"POS" is read as positive, "NEG" as negative',
    ],
    [
      'other columns',
      `id,review,stars,sentiment\n${rows.map(([text, word], i) => `${i},${quote(text)},5,${word}\n`).join('')}`,
      'reviews are taken from the column "review", labels from "sentiment"; other columns are ignored: "id", "stars"',
    ],
    [
      'a column beside that has a name as well',
      `text,review,sentiment\n${rows.map(([text, word]) => `x,${quote(text)},${word}\n`).join('')}`,
      'reviews are taken from the column "review", labels from "sentiment"; another column is ignored: "text"',
    ],
    ['gzip', gzipSync(plain), 'read as unpacked with gzip'],
    ['gzip, tabs', gzipSync(tableOf('\t', 'review\tsentiment')), 'read as unpacked with gzip, tab-separated'],
    ['UTF-16 with a mark', Buffer.from(`\ufeff${plain}`, 'utf16le'), 'read as UTF-16LE'],
    ['UTF-16 without one', Buffer.from(plain, 'utf16le'), 'read as UTF-16LE'],
    ['big-endian UTF-16 with a mark', utf16be(`\ufeff${plain}`), 'read as UTF-16BE'],
    ['big-endian UTF-16 without one', utf16be(plain), 'read as UTF-16BE'],
    [
      'JSON Lines',
      json,
      'read as JSON Lines; reviews are taken from the column "text", labels from "sentiment"; another column is ignored: "id"',
    ],
    [
      'gzipped JSON Lines with empty lines',
      gzipSync(`\ufeff${json.replaceAll('\n', '\r\n\r\n')}\r\n`),
      'read as unpacked with gzip, JSON Lines; reviews are taken from the column "text", labels from "sentiment"; another column is '
        + 'ignored: "id"',
    ],
  ])('is read with %s, and what was guessed is said', async (_, content, note) => {
    const { rows: read, taken } = await readTable(write(content));
    expect(read.map(({ text, word }) => [text, sentiments[findLabel(word, sentiments) ?? -1]])).toEqual(rows);
    const labelling = findClasses(read.map(({ word }) => word));
    expect([...taken, ...(typeof labelling === 'string' || labelling.note === null ? [] : [labelling.note])].join('; ')).toBe(note ?? '');
  });

  it('has the same fingerprint however it is written', async () => {
    const prints = await Promise.all(
      [plain, gzipSync(plain), tableOf(';', 'text;label', asNumber), json, utf16be(plain)].map(async (content) => {
        const source = await openCorpus({ source: 'file', dataPath: write(content), allowSampleFallback: false });
        return (await tokenizeCorpus(await source.load())).fingerprint;
      }),
    );
    expect(new Set(prints).size).toBe(1);
  });

  it('may be separated by tabs and know no quotes', async () => {
    const path = write('review\tsentiment\nA "great" film.\tpositive\n"Great" it is not.\tnegative\n');
    expect((await readTable(path)).rows.map(({ text }) => text)).toEqual(['A "great" film.', '"Great" it is not.']);
  });

  it('is refused where a line of it is no JSON, with all such lines', async () => {
    const path = write(`${json}\n[1]\n{"review":\n"x"\n`);
    await expect(readTable(path)).rejects.toThrow(
      new UserError(
        `${path}, 3 rows (lines 9, 10, 11): not a JSON object; JSON Lines hold one on each line, as {"review": "…", "sentiment": `
          + `"positive"}`,
      ),
    );
  });

  it('is refused where its gzip is cut short', async () => {
    const noise = Array.from({ length: 4000 }, (_, i) => `text ${(i * i * 31) % 99_991},positive\n`).join('');
    const whole = gzipSync(`review,sentiment\n${noise}`);
    const path = write(whole.subarray(0, whole.length >> 1));
    await expect(readTable(path)).rejects.toThrow(`${path}: is damaged or cut short (gzip: unexpected end of file); fetch it again`);
  });
});

describe('what is no table is named, with the way out', () => {
  it.each<[string | Buffer, RegExp]>([
    [
      'version https://git-lfs.github.com/spec/v1\noid sha256:0000\nsize 66212309\n',
      /: is a Git LFS pointer that stands for the file; .*git lfs pull$/,
    ],
    ['/annex/objects/SHA256E-s3--0.csv\n', /: is a git-annex pointer .*git annex get$/],
    ['outs:\n- md5: a304afb96060aad90176268345e10355\n  path: reviews.csv\n', /: is a DVC pointer .*dvc pull$/],
    [
      'https://drive.google.com/file/d/X/view?usp=sharing\n',
      /: holds a link and not the file; download https:\/\/drive\.google\.com\/file\/d\/X\/view\?usp=sharing and name what comes$/,
    ],
    ['[InternetShortcut]\r\nURL=https://example.org\r\n', /: is an Internet shortcut/],
    [
      Buffer.from('PK\x03\x04\x14\0\x06\0\x08\0\0\0!\0\0\0\0\0\0\0\0\0\0\0\0\0\x13\0\0\0[Content_Types].xml', 'latin1'),
      /: is an Excel workbook; open it and save the sheet as "CSV UTF-8/,
    ],
    [
      Buffer.from(
        'PK\x03\x04\x14\0\0\x08\0\0\0\0!\0\0\0\0\0\0\0\0\0\0\0\0\0\x08\0\0\0mimetypeapplication/vnd.oasis.opendocument.spreadsheet',
        'latin1',
      ),
      /: is an OpenDocument file/,
    ],
    [Buffer.from('PK\x03\x04\x14\0\0\0\0\0\0\0!\0\0\0\0\0\0\0\0\0\0\0\0\0\x09\0\0\0arr_0.npy', 'latin1'), /: is a NumPy archive/],
    ['PK\x03\x04 reviews.csv in some zip file of ours', /: is a zip file; unzip it and name the file inside$/],
    [Buffer.from([0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1]), /: is an Office file of the old kind/],
    ['PAR1\x15\x04', /: is a Parquet file; .*read_parquet/],
    ['ARROW1\0\0', /: is an Arrow \(Feather\) file/],
    ['SQLite format 3\0', /: is an SQLite database; .*sqlite3 -header -csv/],
    [Buffer.from([0x80, 0x04, 0x95, 0]), /: is a Python pickle/],
    [Buffer.from('\x93NUMPY\x01\0', 'latin1'), /: is a NumPy array/],
    ['%PDF-1.7\n%âãÏÓ', /: is a PDF/],
    ['[\n {"review": "Good.", "sentiment": "positive"}\n]', /: is a JSON array; write one object on each line \(JSON Lines\)/],
    ['\n<!DOCTYPE html><html>', /: is a web page \(or XML\) saved under this name; download the file itself$/],
    [Buffer.from('BZh91AY', 'latin1'), /: is compressed, and not with gzip/],
    [Buffer.from('fffe00007200000065000000', 'hex'), /: is UTF-32 text; save it in UTF-8$/],
    [gzipSync('PAR1\x15\x04'), /: unpacked with gzip, is a Parquet file/],
    [Buffer.from([1, 2, 0, 3]), /: is a binary file of an unknown kind; expected /],
    [' \n', /: is empty; expected /],
  ])('%#', async (content, message) => {
    const path = write(content);
    const error: unknown = await openCorpus({ source: 'imdb', dataPath: path, allowSampleFallback: false }).catch(
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(UserError);
    expect((error as UserError).message).toMatch(message);
    expect((error as UserError).message.startsWith(`${path}: `)).toBe(true);
  });
});
