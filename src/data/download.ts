import { constants } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import type { Response } from 'undici';
import { join } from 'node:path';

import { isSystemError } from '../files/disk-errors.ts';
import { UserError } from '../errors.ts';
import { ignoreProgress } from '../progress.ts';
import type { OnProgress } from '../progress.ts';
import { countBytes, findFileBytes, describeSystemError, hashFile } from '../files/read.ts';
import { openRoute } from './route.ts';
import type { Route } from './route.ts';
import { makeFolders } from '../files/write.ts';
import { officialArchive } from './imdb-layout.ts';
import type { RemoteArchive } from './imdb-layout.ts';

export interface PartOptions {
  readonly url: string;
  readonly route: Route;
  /** The file that grows; what is in it already is not asked for again. */
  readonly path: string;
  readonly stallSeconds: number;
  readonly onProgress: OnProgress;
}

/** The connection could not be made, or ended before the file did. Its message is the reason, in a few words. */
export class ConnectionLost extends Error {
  readonly receivedBytes: number;

  constructor(reason: string, receivedBytes: number) {
    super(reason);
    this.receivedBytes = receivedBytes;
  }
}

/** Ends the connection when `alive` is not called for so many seconds. */
function createStallGuard(seconds: number): { signal: AbortSignal; alive: () => void; stop: () => void } {
  const controller = new AbortController();
  const timer = setTimeout(() => { controller.abort(new Error(`nothing came for ${seconds} seconds`)); }, seconds * 1000);
  return { signal: controller.signal, alive: () => { timer.refresh(); }, stop: () => { clearTimeout(timer); } };
}

/** Where the bytes of an answer begin in the file: servers may ignore the range asked for. */
function startOf(response: Response, have: number): number {
  return response.status === 206 && response.headers.get('content-range')?.startsWith(`bytes ${have}-`) === true ? have : 0;
}

function checkAnswer(response: Response, url: string): void {
  if (!response.ok) throw new UserError(`${url}: the server answers ${response.status} ${response.statusText}`.trim());
  if (response.headers.get('content-type')?.startsWith('text/html') === true) {
    throw new UserError(`${url}: the answer is a web page and not the archive; is this network waiting for a login?`);
  }
}

function request(route: Route, have: number, signal: AbortSignal): Promise<Response> {
  // The file is compressed already: a server that compressed it once more would be unpacked by fetch, and ranges would not fit.
  return route.get({ 'accept-encoding': 'identity', ...(have > 0 ? { range: `bytes=${have}-` } : {}) }, signal);
}

/** Written in place, neither appended nor cut: two processes that download at once write the same bytes to the same places. */
async function openPart(path: string, start: number): Promise<NodeJS.WritableStream> {
  const file = await open(path, constants.O_CREAT | constants.O_WRONLY);
  return file.createWriteStream({ start });
}

/**
 * Asks for the rest of a file and writes it behind what is there.
 *
 * @throws ConnectionLost when some of it is still missing
 * @throws UserError when the server has no such file
 */
export async function continueDownload({ url, route, path, stallSeconds, onProgress }: PartOptions): Promise<void> {
  const have = (await findFileBytes(path)) ?? 0;
  const guard = createStallGuard(stallSeconds);
  let received = 0;
  try {
    const response = await request(route, have, guard.signal);
    if (have > 0 && response.status === 416) return; // Nothing is missing; the checksum says whether it is the right file.
    checkAnswer(response, url);
    const start = startOf(response, have);
    const length = Number(response.headers.get('content-length') ?? Number.NaN);
    const known = Number.isNaN(length) ? {} : { total: start + length };
    const report = (bytes: number): void => {
      guard.alive();
      received = bytes;
      onProgress({ label: 'Downloading IMDB', done: start + bytes, unit: 'bytes', ...known });
    };
    if (response.body === null) throw new ConnectionLost('an empty answer', 0);
    await pipeline(countBytes(response.body, report), await openPart(path, start));
  } catch (error) {
    if (error instanceof UserError || error instanceof ConnectionLost || isSystemError(error)) throw error;
    throw new ConnectionLost(route.describeFailure(error), received);
  } finally {
    guard.stop();
  }
}

/** Connections lost after some bytes came; one that brings nothing ends the download at once. */
const MAX_CONNECTIONS = 10;

export interface DownloadOptions {
  /** Where the archive goes; made if it is missing. */
  readonly folder: string;
  readonly remote?: RemoteArchive;
  /** A connection that brings nothing for so long counts as lost. */
  readonly stallSeconds?: number;
  readonly onProgress?: OnProgress;
}

type Settings = Required<DownloadOptions>;

function partPath({ folder, remote }: Settings): string {
  return join(folder, `${remote.fileName}.part`);
}

/** What the user can do where the network does not help. */
function placeByHand(folder: string, { fileName }: RemoteArchive): string {
  return `get it by other means and put it at ${join(folder, fileName)}, or name it with --data PATH`;
}

/** Connects until the `.part` file is complete. @throws UserError when the network does not give it */
async function fetchWhole(settings: Settings): Promise<void> {
  const { folder, remote } = settings;
  try {
    const route = await openRoute(remote.url);
    await connectUntilWhole(settings, route).finally(() => route.close());
  } catch (error) {
    throw error instanceof UserError ? new UserError(`${error.message}; ${placeByHand(folder, remote)}`) : error;
  }
}

async function connectUntilWhole(settings: Settings, route: Route): Promise<void> {
  const { remote: { url } } = settings, path = partPath(settings);
  for (let connection = 1; ; connection++) {
    try {
      await continueDownload({ ...settings, url, route, path });
      return;
    } catch (error) {
      if (!(error instanceof ConnectionLost)) throw error;
      if (error.receivedBytes > 0 && connection < MAX_CONNECTIONS) continue;
      const kept = (await findFileBytes(path)) === undefined ? '' : '; what came is kept, and the next start goes on from there';
      throw new UserError(`${url}: the download stopped (${error.message})${kept}`);
    }
  }
}

/** Renames the complete part to its final name if its checksum is right, else removes it. @returns the MD5 found */
async function acceptPart(settings: Settings): Promise<string> {
  const { folder, remote, onProgress } = settings;
  const md5 = await hashFile(partPath(settings), 'md5', onProgress);
  if (md5 === remote.md5) await rename(partPath(settings), join(folder, remote.fileName));
  else await rm(partPath(settings), { force: true });
  return md5;
}

/** Another process that downloads at the same time writes the same bytes to the same part, and may be the one that renames it. */
async function fetchAndAccept(settings: Settings): Promise<string> {
  try {
    await fetchWhole(settings);
    return await acceptPart(settings);
  } catch (error) {
    if ((await findFileBytes(join(settings.folder, settings.remote.fileName))) !== undefined) return settings.remote.md5;
    throw error;
  }
}

/**
 * Downloads an archive into a folder: resumes what an earlier start left in `<name>.part`, and gives the file its own name only
 * when all of it is there and its checksum is right. A resumed file with a wrong checksum is fetched once more from its start.
 *
 * @returns the archive's path
 * @throws UserError without network, with a wrong checksum, or when the folder cannot be written
 */
export async function downloadArchive(options: DownloadOptions): Promise<string> {
  const settings: Settings = { remote: officialArchive, stallSeconds: 30, onProgress: ignoreProgress, ...options };
  const { folder, remote } = settings;
  try {
    makeFolders(folder);
    const resumed = (await findFileBytes(partPath(settings))) !== undefined;
    let md5 = await fetchAndAccept(settings);
    if (md5 !== remote.md5 && resumed) md5 = await fetchAndAccept(settings);
    if (md5 !== remote.md5) {
      throw new UserError(
        `${remote.url}: what came has MD5 ${md5} instead of ${remote.md5} and was removed; ${placeByHand(folder, remote)}`,
      );
    }
  } catch (error) {
    throw describeSystemError(error, 'write', folder);
  }
  return join(folder, remote.fileName);
}
