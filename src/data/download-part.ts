import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import type { Response } from 'undici';
import { isSystemError } from '../disk-errors.ts';
import { UserError } from '../errors.ts';
import type { OnProgress } from '../progress.ts';
import { countBytes, findFileBytes } from './file-access.ts';
import type { Route } from './route.ts';

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
