import { createHash } from 'node:crypto';
import { closeSync, createReadStream, existsSync, fsyncSync, openSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { pipeline } from 'node:stream/promises';

import { z } from 'zod';

/** A built folder lists its files in a stamp, written last: no stamp, not whole. */
const stampName = 'stamp.json';

const stampSchema = z.object({ files: z.array(z.object({ path: z.string(), size: z.number(), sha256: z.string() })) });

type StampedFile = Readonly<z.infer<typeof stampSchema>['files'][number]>;

/** Writes the stamp of a folder whose files are all there, with everything down on the disk. */
export async function writeStamp(folder: string): Promise<void> {
  const files: StampedFile[] = [];
  for (const path of listFiles(folder)) {
    syncToDisk(path);
    files.push({ path: relative(folder, path), size: statSync(path).size, sha256: await hashFile(path) });
  }
  writeFileSync(join(folder, stampName), `${JSON.stringify({ files }, null, 1)}\n`, { flush: true });
}

/** What is wrong with a built folder, by names and sizes only (cheap enough for every start); null when nothing. */
export function findDamage(folder: string): string | null {
  const files = readStamp(folder);
  if (files === null) return existsSync(folder) ? `${stampName} is missing or unreadable` : 'it is not built';
  for (const { path, size } of files) {
    const found = statSync(join(folder, path), { throwIfNoEntry: false })?.size;
    if (found !== size) return found === undefined ? `${path} is missing` : `${path} has ${found} bytes, not ${size}`;
  }
  return null;
}

/** As findDamage, but reads every byte. */
export async function findDamageByChecksum(folder: string): Promise<string | null> {
  const damage = findDamage(folder);
  if (damage !== null) return damage;
  for (const { path, sha256 } of readStamp(folder) ?? []) {
    if ((await hashFile(join(folder, path))) !== sha256) return `${path} has another checksum than when it was built`;
  }
  return null;
}

/** Whether a folder was ever finished. */
export function isStamped(folder: string): boolean {
  return readStamp(folder) !== null;
}

/** Bytes of the files in a built folder; 0 when it is not there. */
export function measureFolderBytes(folder: string): number {
  return (readStamp(folder) ?? []).reduce((sum, { size }) => sum + size, 0);
}

/** Flushes a file, or a folder's own entries, to the disk. */
export function syncToDisk(path: string): void {
  const file = openSync(path, 'r');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function readStamp(folder: string): readonly StampedFile[] | null {
  try {
    return stampSchema.parse(JSON.parse(readFileSync(join(folder, stampName), 'utf8'))).files;
  } catch {
    return null;
  }
}

function listFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted();
}

async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash);
  return hash.digest('hex');
}
