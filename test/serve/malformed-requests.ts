import type { RandomStream } from '../../src/random.ts';

/** What a client does with its socket when all is sent: waits for the end of the answers, says that no more comes, or is gone. */
export type End = 'wait' | 'finish' | 'leave';

/** Bytes on a socket of their own. */
export interface MalformedRequest {
  readonly kind: string;
  readonly bytes: Buffer;
  readonly end: End;
  /** Statuses of the answers, one of each; null where the connection may be closed without one. */
  readonly expected: readonly (number | null)[];
}

const VALID = '{"texts":["a good film","b\\u0000d"]}';

interface Parts {
  readonly method?: string;
  readonly path?: string;
  readonly type?: string | null;
  readonly length?: string | number | null;
  readonly more?: string;
  readonly close?: boolean;
}

function request(body: string | Buffer, { method = 'POST', path = '/predict', type = 'application/json', close = true, ...more }: Parts = {}): Buffer {
  const bytes = Buffer.from(body), length = more.length === undefined ? bytes.length : more.length;
  const head = [
    `${method} ${path} HTTP/1.1`, 'host: x', ...(close ? ['connection: close'] : []), ...(type === null ? [] : [`content-type: ${type}`]),
    ...(length === null ? [] : [`content-length: ${length}`]), ...(more.more === undefined ? [] : [more.more]),
  ].join('\r\n');
  return Buffer.concat([Buffer.from(`${head}\r\n\r\n`, 'latin1'), bytes]);
}

type Draw = (random: RandomStream) => Omit<MalformedRequest, 'kind'>;

const pick = <Item>(random: RandomStream, items: readonly Item[]): Item => items[random.below(items.length)] as Item;
const randomBytes = (random: RandomStream, count: number): Buffer => Buffer.from(Array.from({ length: count }, () => random.below(256)));
/** One request, one answer, and the end of the connection. */
const one = (bytes: Buffer, ...expected: (number | null)[]): ReturnType<Draw> => ({ bytes, expected, end: 'wait' });

const values = ['null', 'true', '1', '-0.5e3', '"x"', '{}', '[1]', '[null]', '[["x"]]', '["x", {}]', '[true, "x"]', '1e999', '9'.repeat(400)];
const numbers = ['0', '-1', '1.5', '1e308', '1e999', '9007199254740993', '9'.repeat(400), '-1e999', '5e-324'];
const types = [
  'text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'application/jsonp', 'json', '*/*', 'text/json',
  'application/json/x', ';', 'application/xml',
];
const paths = ['/%', '/%E0%A4%A', '/predict/', '//predict', '/PREDICT', '/predict%00', '/../../etc/passwd', '/predict;x', `/${'x'.repeat(9000)}`, '*'];

/** Every kind of malformed request, by its name. */
export const kinds: Readonly<Record<string, Draw>> = {
  'truncated JSON': (random) => one(request(VALID.slice(0, random.below(VALID.length))), 400),
  'a wrong type': (random) => one(request(`{"texts":${pick(random, values)}}`), 400),
  'a wrong shape': (random) => one(request(pick(random, [...values, '[]', '""', '{"text":["x"]}', '{"texts":[],"x":0}', '{"texts":["x"],"__proto__":{}}'])), 400),
  'deep nesting': (random) => {
    const depth = 1 + random.below(20_000), open = pick(random, ['[', '{"texts":', '{"a":']), close = open === '[' ? ']' : '}';
    return one(request(random.uniform() < 0.5 ? open.repeat(depth) : `{"texts":${open.repeat(depth)}1${close.repeat(depth)}}`), 400);
  },
  'a huge number': (random) => one(request(`{"tokenIds":[[2,${pick(random, numbers)}]]}`, { path: '/predict-ids' }), 400),
  'a raw control character or half a surrogate': (random) => {
    const noUtf8 = [[0xed, 0xa0, 0x80], [0xed, 0xbf, 0xbf], [0xc0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xff]];
    const raw = pick(random, [[0], [9], [10], [31], ...noUtf8]);
    return one(request(Buffer.concat([Buffer.from('{"texts":["a'), Buffer.from(raw), Buffer.from('b"]}')])), 400);
  },
  // JSON may say it, and a text may be anything.
  'NUL and half a surrogate as JSON writes them': (random) =>
    one(request(`{"texts":["${Array.from({ length: 5 }, () => pick(random, ['\\u0000', '\\ud83d', '\\udc4d', 'good', '\\u202e'])).join(' ')}"]}`), 200),
  'another content type': (random) => one(request(VALID, { type: pick(random, types) }), 415),
  'no content type': () => one(request(VALID, { type: null }), 415),
  'another method': (random) => one(request(VALID, { method: pick(random, ['PUT', 'PATCH', 'DELETE', 'OPTIONS']) }), 405),
  'a method that is none': (random) => one(request('', { method: pick(random, ['FOO', 'get', 'P0ST', '', 'POST\t', 'GET/']) }), 400),
  'a strange method': (random) => one(request('', { method: pick(random, ['TRACE', 'PROPFIND', 'SEARCH', 'LOCK']) }), 405, 404),
  'a tunnel': () => one(request('', { method: 'CONNECT', path: 'elsewhere:443' }), null),
  'another address': (random) => one(request(VALID, { path: pick(random, paths) }), 404, 400),
  'a length that is none': (random) => one(request(VALID, { length: pick(random, ['-1', 'abc', '1e3', '0x10', '1, 2', '99999999999999999999', '']) }), 400),
  'two lengths': () => one(request(VALID, { more: 'content-length: 5' }), 400),
  'a length and chunks': () => one(request(VALID, { more: 'transfer-encoding: chunked' }), 400),
  'a length over the limit': (random) => one(request(VALID, { length: 2 ** 20 + 1 + random.below(2 ** 30) }), 413),
  'a length that cuts the body': (random) => one(request(VALID, { length: random.below(VALID.length), close: true }), 400),
  'a body that ends too early': (random) => ({ bytes: request(VALID, { length: VALID.length + 1 + random.below(99) }), expected: [400, null], end: 'finish' }),
  'a flood of headers': (random) => one(request(VALID, {
    more: Array.from({ length: 800 + random.below(300) }, (_, k) => `x-${k}: ${'y'.repeat(20)}`).join('\r\n'),
  }), 431),
  'one long header': (random) => one(request(VALID, { more: `x: ${'y'.repeat(16_500 + random.below(9000))}` }), 431),
  'a header that is none': (random) => one(request(VALID, { more: pick(random, ['no colon', ': no name', 'a b: c', 'x: a\u0000b', 'x : y', '\u0001: y']) }), 400),
  'no host': () => one(Buffer.from(`POST /predict HTTP/1.1\r\nconnection: close\r\ncontent-length: 2\r\n\r\n{}`), 400),
  'another expectation': () => one(request(VALID, { more: 'expect: a miracle' }), 417),
  'chunks that are none': (random) => one(request(`${pick(random, ['zz', '-5', '', ' ', 'fffffffffffffffff', '5;'])}\r\n${VALID}\r\n0\r\n\r\n`, {
    length: null, more: 'transfer-encoding: chunked',
  }), 400),
  'chunks of another JSON': (random) => {
    const body = VALID.slice(0, 1 + random.below(VALID.length - 1));
    return one(request(`${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`, { length: null, more: 'transfer-encoding: chunked' }), 400);
  },
  'chunks that never end': () => ({
    bytes: request('5\r\n{"tex\r\n', { length: null, more: 'transfer-encoding: chunked' }), expected: [400, null], end: 'finish',
  }),
  'an encoding that is none': (random) =>
    one(request(VALID, { length: null, more: `transfer-encoding: ${pick(random, ['gzip', 'identity', 'chunked, gzip', 'x'])}` }), 400),
  'another protocol': (random) => one(Buffer.from(pick(random, [
    'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'GET / HTTP/9.9\r\n\r\n', '\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001', 'SSH-2.0-x\r\n', 'EHLO x\r\n',
  ]), 'latin1'), 400),
  'random bytes': (random) => ({ bytes: randomBytes(random, 1 + random.below(300)), expected: [400, null], end: 'finish' }),
  'a body with bytes changed': (random) => {
    const body = Buffer.from(VALID);
    for (let change = random.below(4); change >= 0; change--) body[random.below(body.length)] = random.below(256);
    return one(request(body), 400, 200);
  },
  'half a head, and gone': (random) => ({ bytes: request(VALID).subarray(0, 1 + random.below(60)), expected: [null], end: 'leave' }),
  'half a body, and gone': (random) => ({ bytes: request(VALID).subarray(0, -1 - random.below(20)), expected: [null], end: 'leave' }),
  'a question, and gone': () => ({ bytes: request(VALID, { close: false }), expected: [null], end: 'leave' }),
  'half a head, and no more': (random) => ({ bytes: request(VALID).subarray(0, 1 + random.below(60)), expected: [400, null], end: 'finish' }),
  'nothing at all': () => ({ bytes: Buffer.alloc(0), expected: [null], end: 'finish' }),
  'a question with rubbish after it': (random) => ({
    bytes: Buffer.concat([request(VALID, { close: false }), Buffer.from('\u0000\u0001rubbish\r\n\r\n'), randomBytes(random, 50)]), expected: [200, 400, null], end: 'wait',
  }),
  'bad questions in a row': (random) => ({
    bytes: Buffer.concat([...Array.from({ length: 1 + random.below(5) }, () => request('[', { close: false })), request('{')]), expected: [400], end: 'wait',
  }),
};

/** @returns as many as asked for, of every kind */
export function* drawRequests(count: number, random: RandomStream): Generator<MalformedRequest, void> {
  const names = Object.keys(kinds);
  for (let k = 0; k < count; k++) {
    const kind = names[k % names.length] ?? '', draw = kinds[kind];
    if (draw !== undefined) yield { kind, ...draw(random) };
  }
}
