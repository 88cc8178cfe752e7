import { open } from 'node:fs/promises';
import { constants, gunzipSync } from 'node:zlib';

import { describeSystemError } from '../files/read.ts';
import { acceptedData } from '../typed-command.js';
import { printable } from '../files/escape.ts';
import type { DataConfig } from './settings.ts';
import { findEncoding } from './table/text.ts';
import type { TableFormat } from './table/text.ts';

const READ_BYTES = 1 << 16;
/** Of a compressed file, read fewer: they may unpack to a thousand times as many. */
const COMPRESSED_BYTES = 1 << 13;

/** The first bytes of a file, unpacked where it is compressed with gzip. */
export interface FileStart {
  readonly isGzip: boolean;
  /** What could be unpacked, which may be nothing of a damaged file. */
  readonly bytes: Buffer;
}

async function readBytes(path: string, count: number): Promise<Buffer> {
  const file = await open(path).catch((error: unknown) => { throw describeSystemError(error, 'read', path); });
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(count), 0, count, 0);
    return buffer.subarray(0, bytesRead);
  } catch (error) {
    throw describeSystemError(error, 'read', path);
  } finally {
    await file.close();
  }
}

function unpackStart(bytes: Buffer): Buffer {
  try {
    return gunzipSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH });
  } catch {
    return Buffer.alloc(0); // Whoever reads all of it says what is wrong.
  }
}

/** @throws UserError when the file cannot be read */
export async function readFileStart(path: string): Promise<FileStart> {
  const bytes = await readBytes(path, READ_BYTES);
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return { isGzip: false, bytes };
  return { isGzip: true, bytes: unpackStart(bytes.subarray(0, COMPRESSED_BYTES)).subarray(0, READ_BYTES) };
}

/** What a file holds: the archive, text to be read as a table, or something that is named together with the way out. */
export type FileKind =
  { readonly kind: 'archive' } | ({ readonly kind: 'table' } & TableFormat) | { readonly kind: 'other'; readonly problem: string };

const asCsv = (from: string): string =>
  `write its table as a CSV file, for example in Python: pandas.${from}("FILE").to_csv("reviews.csv", index=False)`;

/**
 * Signatures at the start of files, as Latin-1, the narrower first. Where people meet a file under a CSV's name, the way out is spelled
 * out.
 */
const others: readonly (readonly [RegExp, string])[] = [
  [/^\s*$/, `is empty; expected ${acceptedData}`],
  [/^(ï»¿)?\s*</, 'is a web page (or XML) saved under this name; download the file itself'],
  [/^(ï»¿)?\s*version https:\/\/git-lfs\.github\.com\//, 'is a Git LFS pointer that stands for the file; fetch the file itself with: git '
    + 'lfs pull'],
  [/^\/annex\/objects\//, 'is a git-annex pointer that stands for the file; fetch the file itself with: git annex get'],
  [/^outs:\s*\n- (md5|etag|size|hash)/, 'is a DVC pointer that stands for the file; fetch the file itself with: dvc pull'],
  [/^\[InternetShortcut\]/, 'is an Internet shortcut, not the file; download what it points to'],
  [/^PK\x03\x04.{22,}mimetypeapplication\/vnd\.oasis/s, 'is an OpenDocument file; open it and save the sheet as CSV, in UTF-8'],
  [/^PK\x03\x04.{26}(\[Content_Types\]\.xml|_rels\/|docProps\/|xl\/)/s, 'is an Excel workbook; open it and save the sheet as "CSV UTF-8 '
    + '(comma delimited)"'],
  [/^PK\x03\x04.{26}[^\0]{0,60}\.npy/s, 'is a NumPy archive (npz); write its texts and labels as a CSV file'],
  [/^PK\x03\x04/, 'is a zip file; unzip it and name the file inside'],
  [/^\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1/, 'is an Office file of the old kind, as .xls; open it and save the sheet as "CSV UTF-8 (comma '
    + 'delimited)"'],
  [/^PAR1/, `is a Parquet file; ${asCsv('read_parquet')}`],
  [/^(ARROW1|FEA1)/, `is an Arrow (Feather) file; ${asCsv('read_feather')}`],
  [/^(Obj\x01|ORC)/, 'is an Avro or ORC file; write its table as a CSV file'],
  [/^\x89HDF/, `is an HDF5 file; ${asCsv('read_hdf')}`],
  [/^SQLite format 3\0/, 'is an SQLite database; export a table, for example: sqlite3 -header -csv FILE "SELECT review, sentiment FROM '
    + '…" > reviews.csv'],
  [/^\x80[\x02-\x05]/, `is a Python pickle; ${asCsv('read_pickle')}`],
  [/^\x93NUMPY/, 'is a NumPy array (npy); write its texts and labels as a CSV file'],
  [/^%PDF/, 'is a PDF; only the table in it can be used: save that as a CSV file'],
  [/^\{\\rtf/, 'is an RTF document; save it as plain text in UTF-8'],
  [/^(BZh|\xfd7zXZ|\x28\xb5\x2f\xfd|7z\xbc\xaf|Rar!|\x04"M\x18)/, 'is compressed, and not with gzip; unpack it and name what was in it'],
  [/^(\xff\xfe\0\0|\0\0\xfe\xff)/, 'is UTF-32 text; save it in UTF-8'],
  [/^(ï»¿)?\s*\[/, 'is a JSON array; write one object on each line (JSON Lines), for example: jq -c ".[]" FILE > reviews.jsonl'],
];

const LINK = /^(?:ï»¿)?\s*(https?:\/\/\S+|gs:\/\/\S+|s3:\/\/\S+)\s*$/;

function describeOther(start: string): string | null {
  const link = LINK.exec(start)?.[1];
  if (link !== undefined) return `holds a link and not the file; download ${printable(link, 200)} and name what comes`;
  return others.find(([pattern]) => pattern.test(start))?.[1] ?? null;
}

/** By what the file holds, not by how it is named. @param stated the encoding of its text, where a person says it */
export function identifyFile({ isGzip, bytes }: FileStart, stated: DataConfig['encoding'] = 'auto'): FileKind {
  const start = bytes.toString('latin1', 0, 4096);
  // A damaged archive too, whose reader says where it ends.
  if (isGzip && (start === '' || /^.{257}ustar/s.test(start))) return { kind: 'archive' };
  const problem = /^.{257}ustar/s.test(start) ? 'is a tar file without gzip; unpack it and name the folder' : describeOther(start);
  if (problem !== null) return { kind: 'other', problem: isGzip ? `unpacked with gzip, ${problem}` : problem };
  const encoding = stated === 'auto' ? findEncoding(bytes) : stated;
  if (encoding !== null) return { kind: 'table', isGzip, encoding };
  return isGzip ? { kind: 'archive' } : { kind: 'other', problem: `is a binary file of an unknown kind; expected ${acceptedData}` };
}
