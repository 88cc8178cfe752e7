import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { downloadArchive } from '../../src/data/download.ts';
import type { RemoteArchive } from '../../src/data/imdb-layout.ts';
import { UserError } from '../../src/errors.ts';
import type { ProgressEvent } from '../../src/progress.ts';

const content = Buffer.from(Uint32Array.from({ length: 100_000 }, (_, i) => (i * 2654435761) >>> 0).buffer);
const md5 = createHash('md5').update(content).digest('hex');
const NAME = 'reviews.tar.gz';

let folder: string;
let server: Server;
let requests: (string | undefined)[];

beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), 'gatelab-download-')), 'data');
  requests = [];
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
  rmSync(join(folder, '..'), { recursive: true });
});

async function serve(answer: RequestListener): Promise<RemoteArchive> {
  server = createServer((request, response) => {
    requests.push(request.headers.range);
    answer(request, response);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return { fileName: NAME, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/${NAME}`, md5 };
}

/** When the part has so many bytes: a connection that breaks sooner takes what is on its way with it. */
async function arrival(bytes: number): Promise<void> {
  const size = (): number => statSync(join(folder, `${NAME}.part`), { throwIfNoEntry: false })?.size ?? 0;
  while (size() < bytes) await setTimeout(5);
}

/** A server that knows ranges; `lose` says after how many bytes of an answer the connection breaks. */
const withRanges = (lose?: (answer: number) => number | undefined): RequestListener => (request, response) => {
  const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
  if (start >= content.length) {
    response.writeHead(416, { 'content-range': `bytes */${content.length}` }).end();
    return;
  }
  const rest = content.subarray(start);
  const range = start > 0 ? { 'content-range': `bytes ${start}-${content.length - 1}/${content.length}` } : {};
  response.writeHead(start > 0 ? 206 : 200, { 'content-length': rest.length, ...range });
  const kept = lose?.(requests.length);
  if (kept === undefined) response.end(rest);
  else response.write(rest.subarray(0, kept), () => void arrival(start + kept).then(() => response.destroy()));
};

const startPart = (bytes: Buffer): void => {
  rmSync(folder, { recursive: true, force: true });
  folder = mkdtempSync(join(folder, '..', 'data-'));
  writeFileSync(join(folder, `${NAME}.part`), bytes);
};

async function expectWhole(remote: RemoteArchive): Promise<void> {
  expect(await downloadArchive({ folder, remote })).toBe(join(folder, NAME));
  expect(readFileSync(join(folder, NAME)).equals(content)).toBe(true);
  expect(readdirSync(folder)).toEqual([NAME]);
}

async function messageFor(remote: RemoteArchive, stallSeconds = 30): Promise<string> {
  const error: unknown = await downloadArchive({ folder, remote, stallSeconds }).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(UserError);
  expect(existsSync(join(folder, NAME))).toBe(false);
  return (error as UserError).message;
}

const byHand = (): string => `get it by other means and put it at ${join(folder, NAME)}, or name it with --data PATH`;

describe('a download', () => {
  it('fetches the file, makes the folder, and reports bytes up to the whole', async () => {
    const remote = await serve(withRanges());
    const events: ProgressEvent[] = [];
    await downloadArchive({ folder, remote, onProgress: (event) => { events.push(event); } });
    expect(readFileSync(join(folder, NAME)).equals(content)).toBe(true);
    const downloading = events.filter(({ label }) => label === 'Downloading IMDB');
    expect(downloading.at(-1)).toEqual({ label: 'Downloading IMDB', done: content.length, total: content.length, unit: 'bytes' });
  });

  it('goes on from a part', async () => {
    startPart(content.subarray(0, 1000));
    await expectWhole(await serve(withRanges()));
    expect(requests).toEqual(['bytes=1000-']);
  });

  it('starts over where the server ignores ranges', async () => {
    startPart(content.subarray(0, 1000));
    await expectWhole(await serve((_, response) => { response.end(content); }));
  });

  it('takes a part that is whole already', async () => {
    startPart(content);
    await expectWhole(await serve(withRanges()));
  });

  it('starts over when the part turns out to be of another file', async () => {
    startPart(Buffer.alloc(1000, 'x'));
    await expectWhole(await serve(withRanges()));
    expect(requests).toEqual(['bytes=1000-', undefined]);
  });

  it('starts over when the part is longer than the file', async () => {
    startPart(Buffer.concat([content, Buffer.alloc(7)]));
    await expectWhole(await serve(withRanges()));
  });

  it('goes on by itself after a lost connection', async () => {
    await expectWhole(await serve(withRanges((answer) => (answer <= 2 ? 50_000 : undefined))));
    expect(requests).toEqual([undefined, expect.stringMatching(/^bytes=\d+-$/), expect.stringMatching(/^bytes=\d+-$/)]);
  });

  it('may run twice at the same time', async () => {
    const remote = await serve(withRanges());
    await Promise.all([1, 2, 3].map(() => downloadArchive({ folder, remote })));
    expect(readFileSync(join(folder, NAME)).equals(content)).toBe(true);
  });
});

describe('a download that fails', () => {
  it('keeps the part when connections break for good, and never gives it the final name', async () => {
    const remote = await serve(withRanges((answer) => (answer === 1 ? 50_000 : 0)));
    expect(await messageFor(remote)).toMatch(
      /: the download stopped \(.+\); what came is kept, and the next start goes on from there; get it by/,
    );
    const part = readFileSync(join(folder, `${NAME}.part`));
    expect(part.length).toBeGreaterThan(0);
    expect(part.equals(content.subarray(0, part.length))).toBe(true);
  });

  it('without a server, says where to put the archive', async () => {
    const remote = await serve(withRanges());
    server.close();
    const message = await messageFor(remote);
    expect(message).toMatch(/: the download stopped \(.*ECONNREFUSED.*\); get/);
    expect(message).toContain(byHand());
  });

  it('when nothing comes', async () => {
    const remote = await serve(() => undefined);
    expect(await messageFor(remote, 0.1)).toBe(`${remote.url}: the download stopped (nothing came for 0.1 seconds); ${byHand()}`);
  });

  it('with a wrong checksum, removes the file', async () => {
    const remote = { ...(await serve((_, response) => { response.end('something else'); })) };
    const found = createHash('md5').update('something else').digest('hex');
    expect(await messageFor(remote)).toBe(`${remote.url}: what came has MD5 ${found} instead of ${md5} and was removed; ${byHand()}`);
    expect(readdirSync(folder)).toEqual([]);
  });

  it.each<[string, RequestListener, string]>([
    ['404', (_, response) => { response.writeHead(404).end(); }, 'the server answers 404 Not Found'],
    ['a web page', (_, response) => { response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end('<html>'); },
      'the answer is a web page and not the archive; is this network waiting for a login?'],
  ])('with %s, leaves nothing behind', async (_, answer, message) => {
    const remote = await serve(answer);
    expect(await messageFor(remote)).toBe(`${remote.url}: ${message}; ${byHand()}`);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('into a place that cannot be a folder', async () => {
    const remote = await serve(withRanges());
    folder = join(folder, '..', 'file');
    writeFileSync(folder, '');
    expect(await messageFor(remote)).toMatch(/^.*file: cannot write it: a file of that name is in the way \(EEXIST\)$/);
  });
});
