import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { displayPath } from './paths.ts';
import { toDiskError } from './disk-errors.ts';
import { UserError } from '../errors.ts';
import { syncFolder, writeToDisk } from './write.ts';

/** Lists every other file of the folder; written last, so a folder without it is not whole. */
const MANIFEST = 'manifest.json';
const MAX_MANIFEST_BYTES = 64 * 1024;

const manifestSchema = z.strictObject({
  format: z.literal(1),
  files: z.record(z.string(), z.strictObject({ bytes: z.int().min(0), sha256: z.string().regex(/^[0-9a-f]{64}$/) })),
});
type Manifest = z.infer<typeof manifestSchema>;

/** A file's content by its name, in pieces. */
export type FileContents = ReadonlyMap<string, readonly (string | Uint8Array)[]>;

/**
 * Writes a folder whole or not at all: `building`, beside its place, is filled, flushed to the disk, sealed with a manifest
 * of sizes and SHA-256, and renamed. What is left of an earlier attempt goes first.
 * @throws UserError when the disk does not take it; what was at `path` is then still there, unless the last step, the renaming, failed
 */
export function writeSealedFolder(path: string, building: string, contents: FileContents): void {
  try {
    rmSync(building, { recursive: true, force: true });
    mkdirSync(building);
    const files: Manifest['files'] = {};
    for (const [name, pieces] of contents) {
      writeToDisk(join(building, name), pieces);
      files[name] = describePieces(pieces);
    }
    writeToDisk(join(building, MANIFEST), [`${JSON.stringify({ format: 1, files } satisfies Manifest, null, 1)}\n`]);
    syncFolder(building);
    rmSync(path, { recursive: true, force: true });
    renameSync(building, path);
    syncFolder(dirname(path));
  } catch (error) {
    removeQuietly(building);
    throw toDiskError(error, `${displayPath(path)}: cannot be written`);
  }
}

function describePieces(pieces: readonly (string | Uint8Array)[]): Manifest['files'][string] {
  const hash = createHash('sha256');
  for (const piece of pieces) hash.update(piece);
  return { bytes: pieces.reduce((sum, piece) => sum + Buffer.byteLength(piece), 0), sha256: hash.digest('hex') };
}

function removeQuietly(folder: string): void {
  try {
    rmSync(folder, { recursive: true, force: true });
  } catch {
    // the error that led here says more
  }
}

/**
 * The files of a sealed folder, each byte checked.
 * @throws UserError that says what is damaged, without the folder's name
 */
export function readSealedFolder(path: string): ReadonlyMap<string, Buffer> {
  const { files } = readManifest(path);
  return new Map(Object.entries(files).map(([name, expected]) => {
    const bytes = readWithin(path, name, expected.bytes);
    if (bytes.length !== expected.bytes) throw new UserError(`${name} has ${bytes.length} bytes, not ${expected.bytes}`);
    if (describePieces([bytes]).sha256 !== expected.sha256) throw new UserError(`${name} does not have the SHA-256 that ${MANIFEST} gives`);
    return [name, bytes];
  }));
}

function readManifest(path: string): Manifest {
  try {
    return manifestSchema.parse(JSON.parse(readWithin(path, MANIFEST, MAX_MANIFEST_BYTES).toString()));
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(`${MANIFEST} is not as it was written`);
  }
}

/** Reads a file unless it is larger than it may be; a name from a manifest must not lead out of the folder. */
function readWithin(folder: string, name: string, maxBytes: number): Buffer {
  if (!/^[\w-]+\.\w+$/.test(name)) throw new UserError(`${MANIFEST} is not as it was written`);
  const path = join(folder, name);
  if (!existsSync(path)) throw new UserError(`${name} is missing`);
  try {
    const found = statSync(path);
    if (!found.isFile()) throw new UserError(`${name} is not a file`); // reading a pipe would wait for ever
    if (found.size > maxBytes) throw new UserError(`${name} has ${found.size} bytes, more than it may`);
    return readFileSync(path);
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(`${name} cannot be read (${error instanceof Error && 'code' in error ? String(error.code) : 'unknown reason'})`);
  }
}
