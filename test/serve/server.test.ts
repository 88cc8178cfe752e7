import { connect } from 'node:net';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';

import type { Prediction, Question } from '../../src/experiment/predict.ts';
import { createRandomStream } from '../../src/random.ts';
import { defaultLimits } from '../../src/serve/limits.ts';
import type { Limits } from '../../src/serve/limits.ts';
import type { Predict } from '../../src/serve/queue.ts';
import { createServer } from '../../src/serve/server.ts';
import { buildServedPage } from '../../src/web/build.ts';
import type { Server } from '../../src/serve/server.ts';

const predictionOf = (text: Question): Prediction =>
  ({ label: String(text).includes('good') ? 'positive' : 'negative', probability: 0.75, probabilities: { negative: 0.25, positive: 0.75 }, tokens: 1 });

const page = buildServedPage({
  name: 'tiny', classes: ['negative', 'positive'], reads: { tokenizer: 'words', maxLength: 5, truncate: 'end' }, facts: [], limits: '',
});

let batches: string[][] = [], faults: string[] = [], open: Server[] = [];
afterEach(async () => {
  await Promise.all(open.map((server) => server.drain()));
  [batches, faults, open] = [[], [], []];
});

function create(limits: Partial<Limits> = {}, predict: Predict = (texts) => texts.map(predictionOf)): Server {
  const server = createServer({
    run: 'experiments/tiny', classes: ['negative', 'positive'], words: ['<pad>', '<unk>', 'good', 'film'], maxLength: 5, page,
    predict: (texts) => {
      batches.push(texts.map(String));
      return predict(texts);
    },
    onFault: ({ message }) => { faults.push(message); },
  }, { ...defaultLimits, ...limits });
  open.push(server);
  return server;
}

interface Answer {
  readonly status: number;
  readonly body: { readonly error?: string; readonly predictions?: readonly Prediction[] };
  readonly headers: Readonly<Record<string, unknown>>;
}

async function ask({ app }: Server, payload: string | Buffer | object, type = 'application/json'): Promise<Answer> {
  const { statusCode: status, payload: text, headers } = await app.inject({
    method: 'POST', url: '/predict', payload: payload as string, headers: { 'content-type': type },
  });
  expect(text.includes('\n')).toBe(false);
  return { status, body: JSON.parse(text) as Answer['body'], headers };
}

const get = ({ app }: Server, url: string) => app.inject({ method: 'GET', url });
const listen = async (server: Server): Promise<number> => {
  await server.app.listen({ port: 0, host: '127.0.0.1' });
  return (server.app.server.address() as AddressInfo).port;
};
/** What comes back on a socket of its own until it ends. */
const talk = (port: number, words: string): Promise<string> => new Promise((resolve, reject) => {
  let heard = '';
  const socket = connect(port, '127.0.0.1', () => { socket.write(words); });
  socket.on('data', (chunk) => { heard += String(chunk); })
    .on('close', () => { resolve(heard); }).on('error', reject);
});

describe('the server', () => {
  it('answers texts in their order, none of them too', async () => {
    const server = create();
    const { status, body } = await ask(server, { texts: ['good', 'bad', ''] });
    expect([status, body.predictions]).toEqual([200, ['good', 'bad', ''].map(predictionOf)]);
    expect((await ask(server, { texts: [] })).body).toEqual({ predictions: [] });
  });

  it('answers on a real socket, and lets no other page read it', async () => {
    const port = await listen(create());
    const response = await fetch(`http://127.0.0.1:${port}/predict`, {
      method: 'POST', body: '{"texts":["good"]}', headers: { 'content-type': 'application/json', 'origin': 'http://elsewhere.example' },
    });
    expect(await response.json()).toEqual({ predictions: [predictionOf('good')] });
    expect(response.headers.get('access-control-allow-origin')).toBeNull();
    expect(response.headers.get('content-security-policy')).toBe("default-src 'none'; frame-ancestors 'none'");
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
  });

  it('predicts requests that arrive together in one batch, and cuts what is larger than one', async () => {
    const server = create();
    const answers = await Promise.all(['a', 'good', 'c'].map((text) => ask(server, { texts: [text] })));
    expect(answers.map(({ body }) => body.predictions?.[0]?.label)).toEqual(['negative', 'positive', 'negative']);
    expect(batches).toEqual([['a', 'good', 'c']]);
    const texts = Array.from({ length: 200 }, (_, k) => (k % 3 === 0 ? `good ${k}` : `${k}`));
    const [many, one] = await Promise.all([ask(server, { texts }), ask(server, { texts: ['last'] })]);
    expect(many.body.predictions).toEqual(texts.map(predictionOf));
    expect(one.status).toBe(200);
    expect(batches.map(({ length }) => length)).toEqual([3, 64, 64, 64, 9]);
  });

  it.each<[string, Partial<Limits>, object, number, string]>([
    ['the body', {}, { texts: ['x'.repeat(2 ** 20)] }, 413, 'a body has at most 1048576 bytes, and this one is larger'],
    ['the texts', {}, { texts: Array<string>(257).fill('x') }, 413, 'a request takes at most 256 texts, and this one has 257; send several requests'],
    ['a text', {}, { texts: ['x', 'x'.repeat(100_001)] }, 413, 'texts/1 has 100001 characters; a text has at most 100000'],
  ])('refuses what is over the limit of %s, and takes what is at it', async (_, limits, payload, status, error) => {
    const server = create(limits);
    expect(await ask(server, payload)).toMatchObject({ status, body: { error } });
    expect((await ask(server, { texts: [...Array<string>(255).fill('x'), 'x'.repeat(100_000)] })).status).toBe(200);
  });

  it('refuses what its queue has no room for, and says when to come back', async () => {
    const server = create();
    const full = Array.from({ length: 5 }, (_, k) => ask(server, { texts: Array<string>(256).fill(String(k)) }));
    const answers = await Promise.all(full);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 429]);
    expect(answers[4]?.body.error).toBe('the queue takes at most 1024 texts, of which 1024 wait already; try again');
    expect(answers[4]?.headers['retry-after']).toBe('1');
    expect((await ask(server, { texts: ['x'] })).status).toBe(200);
  });

  it('refuses a request whose answer takes too long, and does not compute it any more', async () => {
    const server = create({ milliseconds: 50 }, (texts) => {
      const end = performance.now() + 80;
      while (performance.now() < end);
      return texts.map(predictionOf);
    });
    const [first, second] = await Promise.all(['a', 'b'].map((text) => ask(server, { texts: Array<string>(64).fill(text) })));
    expect(first?.status).toBe(200);
    expect(second).toMatchObject({ status: 503, body: { error: 'no answer within 0.05 s, the limit on the time of a request; try again' } });
    await sleep(20);
    expect(batches).toHaveLength(1);
    expect((await get(server, '/metrics')).payload).toContain('gatelab_queue_texts 0\n');
  });

  it('computes no more for a client that has gone', async () => {
    const leave = new AbortController();
    const server = create({}, (texts) => {
      leave.abort();
      return texts.map(predictionOf);
    });
    // Each batch is a turn of the event loop of its own, in one of which the server sees that the socket is closed.
    const port = await listen(server), body = JSON.stringify({ texts: Array<string>(256).fill('x') });
    const asked = Array.from({ length: 4 }, () => fetch(`http://127.0.0.1:${port}/predict`, {
      method: 'POST', body, headers: { 'content-type': 'application/json' }, signal: leave.signal,
    }));
    for (const { status } of await Promise.allSettled(asked)) expect(status).toBe('rejected');
    // A request of theirs may still be on its way when they have gone.
    await expect.poll(async () => (await get(server, '/metrics')).payload, { timeout: 10_000 }).toContain('gatelab_queue_texts 0\n');
    expect(batches.length).toBeLessThan(16);
    expect(faults).toEqual([]);
  });

  it('cuts off a client that sends too slowly, and answers others meanwhile', async () => {
    const server = create({ milliseconds: 300 });
    const port = await listen(server);
    const slow = talk(port, 'POST /predict HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 50\r\n\r\n{"texts"');
    const response = await fetch(`http://127.0.0.1:${port}/health`);
    expect(await response.json()).toMatchObject({ status: 'ok', run: 'experiments/tiny', queuedTexts: 0 });
    const heard = await slow;
    expect(heard).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\n/);
    expect(heard).toContain('{"error":"the request did not arrive within 0.3 s, the limit on its time"}');
  });

  it.each<[string, string | Buffer | object, string, number, string]>([
    ['no JSON', '{"texts": [', 'application/json', 400, 'the body is no JSON: POST /predict takes {"texts": ["…"]}'],
    ['nothing', '', 'application/json', 400, 'the body is no JSON: POST /predict takes {"texts": ["…"]}'],
    ['no texts', {}, 'application/json', 400, "body must have required property 'texts'; POST /predict takes {\"texts\": [\"…\"]}"],
    ['a text alone', { texts: 'x' }, 'application/json', 400, 'body/texts must be array; POST /predict takes {"texts": ["…"]}'],
    ['a number', { texts: [1] }, 'application/json', 400, 'body/texts/0 must be string; POST /predict takes {"texts": ["…"]}'],
    ['other keys', { texts: [], x: 1 }, 'application/json', 400, 'body must NOT have additional properties; POST /predict takes {"texts": ["…"]}'],
    ['a prototype', '{"texts": [], "__proto__": {}}', 'application/json', 400, 'the body is no JSON: POST /predict takes {"texts": ["…"]}'],
    ['no UTF-8', Buffer.from([0x22, 0xff, 0x22]), 'application/json', 400, 'the body is not UTF-8'],
    ['a form', 'texts=x', 'application/x-www-form-urlencoded', 415, 'the content type is not application/json'],
    ['plain text', '{"texts": []}', 'text/plain', 415, 'the content type is not application/json'],
  ])('refuses %s in one line', async (_, payload, type, status, error) => {
    const answer = await ask(create(), payload, type);
    expect([answer.status, answer.body]).toEqual([status, { error }]);
  });

  it('survives 2,000 random bodies and answers after them as before', async () => {
    const server = create(), random = createRandomStream({ seed: 15, purpose: 'sample' }), valid = '{"texts":["good film","b\\u0000d"]}';
    const pick = (count: number): number => random.below(count);
    const seen = new Map<number, number>();
    for (let k = 0; k < 2000; k++) {
      const body = Buffer.from(valid);
      for (let change = pick(4); change >= 0; change--) body[pick(body.length)] = pick(256);
      const { status, body: { error } } = await ask(server, body.subarray(0, random.uniform() < 0.5 ? body.length : pick(body.length)));
      seen.set(status, (seen.get(status) ?? 0) + 1);
      if (status !== 200) expect(error).not.toMatch(/ {4}at |node_modules|\.ts/);
    }
    expect([...seen.keys()].sort()).toEqual([200, 400]);
    expect(seen.get(400)).toBeGreaterThan(1000);
    expect(faults).toEqual([]);
    expect((await ask(server, valid)).status).toBe(200);
  });

  it('says in JSON what is no HTTP and what has no such address', async () => {
    const server = create(), port = await listen(server);
    expect(await talk(port, 'nonsense\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 [^]*\r\n\r\n\{"error":"this is no HTTP request"\}$/);
    expect(await talk(port, `GET / HTTP/1.1\r\nx: ${'x'.repeat(20_000)}\r\n\r\n`)).toMatch(/^HTTP\/1\.1 431 [^]*\{"error":"the head/);
    const { statusCode, payload } = await get(server, '/%E0%A4%A');
    expect([statusCode, JSON.parse(payload)]).toEqual([400, { error: 'the address of the request cannot be read' }]);
    expect((await get(server, '/nowhere')).statusCode).toBe(404);
    for (const [url, allowed] of [['/predict?x=1', 'POST'], ['/predict-ids', 'POST']] as const) {
      const refused = await get(server, url);
      expect([refused.statusCode, refused.headers['allow'], JSON.parse(refused.payload)])
        .toEqual([405, allowed, { error: `this address takes ${allowed}, not GET` }]);
    }
  });

  it('tells its terminal of a fault and its client nothing but that', async () => {
    const answer = await ask(create({}, () => { throw new Error('secret of the model'); }), { texts: ['x'] });
    expect([answer.status, answer.body]).toEqual([500, { error: 'the server failed on this request' }]);
    expect(faults).toEqual(['secret of the model']);
  });

  it('counts requests, texts, batches and seconds for Prometheus', async () => {
    const server = create();
    await ask(server, { texts: ['a', 'b'] });
    await ask(server, '[');
    await get(server, '/elsewhere?x="\n');
    const { payload, headers } = await get(server, '/metrics');
    expect(headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
    const lines = payload.split('\n');
    expect(lines).toEqual(expect.arrayContaining([
      'gatelab_requests_total{route="/predict",status="200"} 1', 'gatelab_requests_total{route="/predict",status="400"} 1',
      'gatelab_requests_total{route="other",status="404"} 1', 'gatelab_texts_total 2', 'gatelab_batches_total 1', 'gatelab_queue_texts 0',
      'gatelab_request_seconds_count 3', 'gatelab_request_seconds_bucket{le="+Inf"} 3',
    ]));
    for (const line of lines.filter((one) => one !== '' && !one.startsWith('#'))) expect(line).toMatch(/^gatelab_\w+(\{[^}]*\})? [\d.e+-]+$/);
  });

  it('serves a page that loads nothing from elsewhere', async () => {
    const { payload, headers } = await get(create(), '/');
    expect(headers['content-type']).toBe('text/html; charset=utf-8');
    expect(headers['content-security-policy']).toMatch(/^default-src 'none'; script-src 'sha256-\S{44}'; style-src 'sha256-\S{44}'; img-src data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'$/);
    expect(payload).not.toMatch(/(src|href)="(?!data:)|https?:|@import|\sstyle=|<[^>]*\son\w+=/);
    expect((await get(create(), '/vocabulary.txt')).payload).toBe('<pad>\n<unk>\ngood\nfilm\n');
  });

  it('answers token ids in the batches of texts, and refuses what the model cannot read', async () => {
    const server = create();
    const askIds = async (tokenIds: unknown): Promise<readonly [number, object]> => {
      const answer = await server.app.inject({
        method: 'POST', url: '/predict-ids', payload: JSON.stringify({ tokenIds }), headers: { 'content-type': 'application/json' },
      });
      return [answer.statusCode, JSON.parse(answer.payload) as object];
    };
    const [ids, texts] = await Promise.all([askIds([[2, 3], []]), ask(server, { texts: ['good'] })]);
    expect([ids[0], texts.status]).toEqual([200, 200]);
    expect(batches).toEqual([['2,3', '', 'good']]);
    for (const [tokenIds, status, error] of [
      [[[1, 2], [4]], 400, 'tokenIds/1 has an id that the vocabulary lacks; its ids end at 3'],
      [[[2, 2, 2, 2, 2, 2]], 413, 'tokenIds/0 has 6 ids; the model reads at most 5'],
      [Array(257).fill([2]), 413, 'a request takes at most 256 texts, and this one has 257; send several requests'],
      [[[0]], 400, 'body/tokenIds/0/0 must be >= 1; POST /predict-ids takes {"tokenIds": [[2, 3]]}'],
      [[[1.5]], 400, 'body/tokenIds/0/0 must be integer; POST /predict-ids takes {"tokenIds": [[2, 3]]}'],
    ]) expect(await askIds(tokenIds)).toEqual([status, { error }]);
  });

  it('answers what waits when it is drained, refuses what is new, and waits for no slow client longer than its limit', async () => {
    const server = create({ milliseconds: 400 }), port = await listen(server);
    const waiting = ask(server, { texts: ['good'] });
    const slow = talk(port, 'POST /predict HTTP/1.1\r\nhost: x\r\ncontent-length: 50\r\n\r\n{');
    await sleep(50);
    const drained = server.drain();
    expect((await waiting).status).toBe(200);
    await expect(fetch(`http://127.0.0.1:${port}/health`)).rejects.toThrow();
    await drained;
    await slow.catch(() => undefined);
    expect(server.app.server.listening).toBe(false);
  });

  it('waits for no client that keeps its connection after the answer', async () => {
    let drained = Promise.resolve();
    const server = create({ milliseconds: 20_000 }, (texts) => {
      drained = server.drain();
      return texts.map(predictionOf);
    });
    const port = await listen(server), cutOff = vi.spyOn(server.app.server, 'closeAllConnections');
    const { status } = await fetch(`http://127.0.0.1:${port}/predict`, {
      method: 'POST', body: JSON.stringify({ texts: ['good'] }), headers: { 'content-type': 'application/json' },
    });
    await drained;
    expect(status).toBe(200);
    expect(cutOff).not.toHaveBeenCalled();
  });
});
