import { connect } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

import { createRandomStream } from '../../src/random.ts';
import { defaultLimits } from '../../src/serve/limits.ts';
import type { Limits } from '../../src/serve/limits.ts';
import { createServer } from '../../src/serve/server.ts';
import type { Server } from '../../src/serve/server.ts';
import { drawRequests, kinds } from './malformed-requests.ts';
import type { MalformedRequest } from './malformed-requests.ts';
import { createServed } from './served-model.ts';

const COUNT = 10_000, AT_ONCE = 24;

interface Heard {
  readonly status: number;
  readonly head: string;
  readonly body: string;
}

/** The answers in what came back on a socket, one after the other. */
function parseAnswers(text: string): Heard[] {
  const answers: Heard[] = [];
  for (let rest = text; rest !== '';) {
    const end = rest.indexOf('\r\n\r\n'), head = rest.slice(0, end), length = Number(/^content-length: (\d+)$/im.exec(head)?.[1] ?? Number.NaN);
    const chunked = /^transfer-encoding: chunked$/im.test(head), [, size = ''] = /^([0-9a-f]+)\r\n/.exec(rest.slice(end + 4)) ?? [];
    const from = end + 4 + (chunked ? size.length + 2 : 0), to = from + (chunked ? Number.parseInt(size, 16) : length);
    if (end < 0 || Number.isNaN(to)) throw new Error(`no HTTP: ${JSON.stringify(rest.slice(0, 200))}`);
    answers.push({ status: Number(/^HTTP\/1\.1 (\d+) /.exec(head)?.[1]), head, body: rest.slice(from, to) });
    rest = rest.slice(to).replace(chunked ? /^\r\n0\r\n\r\n/ : /^/, '');
  }
  return answers;
}

const port = ({ app }: Server): number => (app.server.address() as AddressInfo).port;

/** Sends it and takes what comes until the connection ends. */
const send = (server: Server, { bytes, end }: Pick<MalformedRequest, 'bytes' | 'end'>): Promise<Heard[]> => new Promise((resolve, reject) => {
  const heard: Buffer[] = [];
  const socket: Socket = connect(port(server), '127.0.0.1', () => {
    if (end === 'finish') socket.end(bytes);
    else socket.write(bytes, () => { if (end === 'leave') socket.resetAndDestroy(); });
  });
  socket.on('data', (chunk: Buffer) => heard.push(chunk)).on('error', () => undefined).on('close', () => {
    try {
      resolve(parseAnswers(Buffer.concat(heard).toString()));
    } catch (error) {
      reject(error instanceof Error ? error : new Error(String(error)));
    }
  });
});

const ask = async (server: Server, texts: readonly string[]): Promise<readonly { label: string; probability: number }[]> => {
  const response = await fetch(`http://127.0.0.1:${port(server)}/predict`, {
    method: 'POST', body: JSON.stringify({ texts }), headers: { 'content-type': 'application/json', 'connection': 'close' },
  });
  expect(response.status).toBe(200);
  return ((await response.json()) as { predictions: { label: string; probability: number }[] }).predictions;
};

const faults: string[] = [], rejections: unknown[] = [];
const onRejection = (reason: unknown): void => { rejections.push(reason); };
let open: Server[] = [];
async function start(limits?: Limits): Promise<Server> {
  const server = createServer({ ...createServed(), onFault: ({ message }) => { faults.push(message); } }, limits);
  open.push(server);
  await server.app.listen({ port: 0, host: '127.0.0.1' });
  return server;
}

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;
/** What is in use when the garbage is gone: the heap, and what lies outside it. */
async function readUsedBytes(): Promise<number> {
  await sleep(50); // for sockets to be closed
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

const connections = ({ app }: Server): Promise<number> => new Promise((resolve, reject) => {
  app.server.getConnections((error, count) => { if (error === null) resolve(count); else reject(error); });
});

beforeAll(() => { process.on('unhandledRejection', onRejection); });
afterAll(() => { process.off('unhandledRejection', onRejection); });
afterEach(async () => {
  await Promise.all(open.map((server) => { server.app.server.closeAllConnections(); return server.drain(); }));
  open = [];
});

describe(`${COUNT} malformed requests`, () => {
  it('are each refused in a line of JSON or cut off, and leave the server as it was', async () => {
    const server = await start(), before = await ask(server, ['a good film', 'bad']);
    const requests = drawRequests(COUNT, createRandomStream({ seed: 15, purpose: 'sample' }));
    const wrong: string[] = [], used: number[] = [], seen = new Map<string, Set<number>>();
    const check = (sent: MalformedRequest, answers: readonly Heard[]): void => {
      const { kind, expected } = sent, statuses = answers.map(({ status }) => status);
      for (const status of statuses) seen.set(kind, (seen.get(kind) ?? new Set()).add(status));
      const isExpected = answers.length === 0 ? expected.includes(null) : statuses.every((status) => expected.includes(status));
      const areLines = answers.every(({ status, head, body }) => /^content-type: application\/json; charset=utf-8$/im.test(head)
        && (status === 200 || /^\{"error":"[^\n]{5,200}"\}$/.test(body)) && !/ {4}at |node_modules|\.ts\b/.test(body));
      if (!isExpected || !areLines) wrong.push(`${kind}: ${JSON.stringify(sent.bytes.toString('latin1').slice(0, 300))} got ${JSON.stringify(answers)}`);
    };
    let done = 0;
    const work = async (): Promise<void> => {
      for (const sent of requests) {
        check(sent, await send(server, sent));
        done += 1;
        if (done % (COUNT / 4) === 0) used.push(await readUsedBytes());
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    expect(wrong.slice(0, 5), `${wrong.length} of them`).toEqual([]);
    expect(done).toBe(COUNT);
    for (const kind of Object.keys(kinds)) if (!/gone|nothing|tunnel/.test(kind)) expect([...seen.get(kind) ?? []], kind).not.toEqual([]);
    expect(await ask(server, ['a good film', 'bad'])).toEqual(before);
    expect([faults, rejections]).toEqual([[], []]);
    expect(await (await fetch(`http://127.0.0.1:${port(server)}/metrics`, { headers: { connection: 'close' } })).text()).toContain('gatelab_queue_texts 0\n');
    await sleep(50);
    expect(await connections(server)).toBe(0);
    const [early = 0, , , late = Infinity] = used; // 10,000 requests that leave 1 KiB each would add 7.5 MiB
    expect(late - early).toBeLessThan(5 * 2 ** 20);
  });
});

describe('slow clients', () => {
  const question = '{"texts":["a good film"]}', head = `POST /predict HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ${question.length}\r\n\r\n`;
  const untilGone = async (server: Server): Promise<void> => { while (await connections(server) > 0) await sleep(50); };

  it('that send a byte at a time and never read delay nobody, and are cut off when their time is up', async () => {
    const server = await start({ ...defaultLimits, milliseconds: 3000 }), clients: Socket[] = [], heard: string[] = [];
    for (let k = 0; k < 20; k++) {
      const dripping = connect(port(server), '127.0.0.1'), bytes = head + question;
      dripping.on('data', (chunk) => heard.push(String(chunk))).on('error', () => undefined);
      let sent = 0;
      const timer = setInterval(() => { dripping.write(bytes.charAt(sent++)); }, 100); // a head that takes longer than its time
      dripping.on('close', () => { clearInterval(timer); });
      clients.push(dripping);
    }
    for (let k = 0; k < 5; k++) {
      const deaf = connect(port(server), '127.0.0.1');
      deaf.on('error', () => undefined).pause();
      deaf.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n'.repeat(200)); // megabytes of answers, more than buffers hold
      deaf.write((head + question).repeat(200));
      clients.push(deaf);
    }
    while (await connections(server) < clients.length) await sleep(10);
    for (let k = 0; k < 50; k++) expect((await ask(server, ['a good film', 'bad'])).map(({ label }) => label)).toEqual(['positive', 'negative']);
    expect(await connections(server)).toBeGreaterThanOrEqual(5); // the deaf ones are still there
    await untilGone(server);
    expect(heard.join('').match(/HTTP\/1\.1 408 /g)).toHaveLength(20);
    expect([faults, rejections]).toEqual([[], []]);
    for (const client of clients) client.destroy();
    expect(await ask(server, ['bad'])).toMatchObject([{ label: 'negative' }]);
  });

  it('get their answer when the server stops, and for what they ask then that it is stopping', async () => {
    const server = await start(), socket = connect(port(server), '127.0.0.1'), heard: Buffer[] = [];
    const ended = new Promise((resolve) => { socket.on('data', (chunk: Buffer) => heard.push(chunk)).on('close', resolve); });
    socket.write(head + question.slice(0, 5));
    while (await connections(server) === 0) await sleep(10);
    await sleep(50); // for the head to be read
    const drained = server.drain();
    socket.write(question.slice(5) + head + question);
    await Promise.all([ended, drained]);
    const answers = parseAnswers(Buffer.concat(heard).toString());
    expect(answers.map(({ status, body }) => [status, status === 200 ? '' : body])).toEqual([[200, ''], [503, '{"error":"the server is stopping"}']]);
  });
});
