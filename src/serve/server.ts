import { STATUS_CODES } from 'node:http';
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

import fastify from 'fastify';
import type { FastifyError, FastifyInstance, FastifyReply } from 'fastify';

import type { Prediction, Question } from '../experiment/predict.ts';
import type { Page } from '../web/build.ts';
import { checkTexts, checkTokenIds, defaultLimits, Refusal } from './limits.ts';
import type { Limits, ReadLimits } from './limits.ts';
import { createMetrics } from './metrics.ts';
import type { Metrics } from './metrics.ts';
import { createQueue } from './queue.ts';
import type { Predict, Queue } from './queue.ts';

/** What is served. */
export interface Served {
  /** What the model is called. */
  readonly run: string;
  readonly classes: readonly string[];
  readonly predict: Predict;
  /** [vocabulary] by their ids. */
  readonly words: readonly string[];
  readonly maxLength: number;
  /** At `/`. */
  readonly page: Page;
  /** Takes a fault of ours, whose stack no client gets to see. */
  readonly onFault: (error: Error) => void;
}

export interface Server {
  readonly app: FastifyInstance;
  /** Takes no new requests, answers those that wait, and ends; a client that does not finish its request is cut off in time. */
  drain(): Promise<void>;
}

/** The one method of each address, in `allow` of the answer to another. */
const methods: Readonly<Record<string, 'GET' | 'POST'>> = {
  '/': 'GET', '/health': 'GET', '/metrics': 'GET', '/vocabulary.txt': 'GET', '/predict': 'POST', '/predict-ids': 'POST',
};

/** How often Node looks for requests that take too long to arrive. */
const CHECK_MS = 500;

/** A body with one key, a list. */
const bodySchema = (key: string, items: object): object =>
  ({ type: 'object', required: [key], additionalProperties: false, properties: { [key]: { type: 'array', items } } });
const textsSchema = bodySchema('texts', { type: 'string' });
const tokenIdsSchema = bodySchema('tokenIds', { type: 'array', items: { type: 'integer', minimum: 1 } });

/** What every answer says: nothing of it is to be framed, guessed at, kept, or read by pages of other servers. */
const headers = {
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cache-control': 'no-store',
};

/** An HTTP server that answers texts; it does not listen yet. */
export function createServer(served: Served, limits: Limits = defaultLimits): Server {
  const metrics = createMetrics(() => queue.length);
  const queue = createQueue(served.predict, limits, (texts) => { metrics.countBatch(texts); });
  let isDraining = false;
  const app = createApp(limits, metrics);
  app.addHook('onRequest', ({ raw: { httpVersion, headers: { host } } }, reply, done) => {
    reply.headers(headers);
    if (isDraining) reply.header('connection', 'close');
    if (isDraining) done(new Refusal(503, 'the server is stopping'));
    else done(httpVersion === '1.1' && host === undefined ? new Refusal(400, 'a request by HTTP/1.1 has a header Host') : undefined);
  });
  app.addHook('onResponse', (request, reply, done) => {
    metrics.countRequest(request.routeOptions.url ?? 'other', reply.statusCode, reply.elapsedTime / 1000);
    done();
  });
  app.server.on('checkExpectation', (_, response: ServerResponse) => {
    response.writeHead(417, { ...headers, 'content-type': 'application/json; charset=utf-8', 'connection': 'close' })
      .end('{"error":"of Expect the server knows 100-continue alone"}');
  });
  takeOnlyJson(app);
  answerErrors(app, limits, served.onFault);
  addRoutes(app, served, queue, limits);
  app.get('/metrics', (_, reply) => reply.type('text/plain; version=0.0.4; charset=utf-8').send(metrics.render()));
  return {
    app,
    async drain() {
      isDraining = true;
      // A server that is closed does not look any more for slow requests, nor for clients that keep their connection after an answer.
      const slow = setTimeout(() => { app.server.closeAllConnections(); }, limits.milliseconds);
      const idle = setInterval(() => { app.server.closeIdleConnections(); }, CHECK_MS);
      try {
        await app.close();
      } finally {
        clearTimeout(slow);
        clearInterval(idle);
      }
    },
  };
}

function addRoutes(app: FastifyInstance, { run, classes, words, maxLength, page }: Served, queue: Queue, limits: Limits): void {
  const answer = async (questions: readonly Question[], reply: FastifyReply): Promise<{ predictions: Prediction[] }> =>
    ({ predictions: await queue.ask(questions, (cancel) => { reply.raw.once('close', cancel); }) });
  app.post<{ Body: { texts: string[] } }>('/predict', { schema: { body: textsSchema } }, ({ body: { texts } }, reply) => {
    checkTexts(texts, limits);
    return answer(texts, reply);
  });
  const reads: ReadLimits = { maxLength, vocabularySize: words.length };
  app.post<{ Body: { tokenIds: number[][] } }>('/predict-ids', { schema: { body: tokenIdsSchema } }, ({ body: { tokenIds } }, reply) => {
    checkTokenIds(tokenIds, reads, limits);
    return answer(tokenIds.map((ids) => Int32Array.from(ids)), reply);
  });
  app.get('/health', () => ({ status: 'ok', run, classes, queuedTexts: queue.length }));
  const vocabulary = words.map((word) => `${word}\n`).join('');
  app.get('/vocabulary.txt', (_, reply) => reply.type('text/plain; charset=utf-8').send(vocabulary));
  const policy = `${page.policy}; frame-ancestors 'none'`; // which a page cannot say of itself
  app.get('/', (_, reply) => reply.type('text/html; charset=utf-8').header('content-security-policy', policy).send(page.html));
}

function createApp(limits: Limits, metrics: Metrics): FastifyInstance {
  return fastify({
    bodyLimit: limits.bodyBytes,
    return503OnClosing: false, // the hook says it in our words
    ajv: { customOptions: { coerceTypes: false, removeAdditional: false, useDefaults: false } },
    http: {
      requestTimeout: limits.milliseconds, headersTimeout: limits.milliseconds, connectionsCheckingInterval: CHECK_MS,
      requireHostHeader: false, // Node refuses without a word; a hook does it in ours
    },
    requestTimeout: limits.milliseconds,
    // A client that does not read its answer; one that sends too slowly, or waits, is told before.
    connectionTimeout: 2 * (limits.milliseconds + CHECK_MS),
    clientErrorHandler: (error, socket) => { refuseRaw(error.code, socket, limits, metrics); },
    frameworkErrors: (_error, _request, reply: FastifyReply) => {
      void reply.headers(headers).code(400).send({ error: 'the address of the request cannot be read' });
    },
  });
}

/** What is no HTTP, or not in time, never becomes a request. */
function refuseRaw(code: string | undefined, socket: Socket, limits: Limits, metrics: Metrics): void {
  if (code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const known: Readonly<Record<string, readonly [status: number, message: string]>> = {
    ERR_HTTP_REQUEST_TIMEOUT: [408, `the request did not arrive within ${limits.milliseconds / 1000} s, the limit on its time`],
    HPE_HEADER_OVERFLOW: [431, 'the head of a request has at most 16384 bytes'],
  };
  const [status, message] = known[code ?? ''] ?? [400, 'this is no HTTP request'];
  metrics.countRequest('other', status, 0);
  const body = JSON.stringify({ error: message });
  const type = 'application/json; charset=utf-8', length = Buffer.byteLength(body);
  const head = { ...headers, 'content-type': type, 'content-length': length, connection: 'close' };
  const lines = Object.entries(head).map(([name, value]) => `${name}: ${value}\r\n`).join('');
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${lines}\r\n${body}`);
}

/** JSON in UTF-8. A type that no form of another page can send also keeps such pages from asking. */
function takeOnlyJson(app: FastifyInstance): void {
  const parseJson = app.getDefaultJsonParser('error', 'error'), decoder = new TextDecoder('utf-8', { fatal: true });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser<Buffer>('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    let text;
    try {
      text = decoder.decode(body);
    } catch {
      done(new Refusal(400, 'the body is not UTF-8'));
      return;
    }
    void parseJson(request, text, done);
  });
}

/** Errors are one line of JSON each; a fault of ours is told to the server's terminal only. */
function answerErrors(app: FastifyInstance, limits: Limits, onFault: (error: Error) => void): void {
  const wanted = 'POST /predict takes {"texts": ["…"]}', ofIds = 'POST /predict-ids takes {"tokenIds": [[2, 3]]}';
  app.setNotFoundHandler(({ url, method }, reply) => {
    const allowed = methods[url.replace(/\?.*/s, '')];
    const error = `this address takes ${allowed}, not ${method}`;
    if (allowed !== undefined) return reply.code(405).header('allow', allowed).send({ error });
    return reply.code(404).send({ error: `no such address; ${wanted}, GET gives /, /health and /metrics` });
  });
  app.setErrorHandler((error: FastifyError | Refusal, { routeOptions }, reply): FastifyReply => {
    const { statusCode: status = 500 } = error;
    if (error instanceof Refusal && error.retryAfterSeconds !== undefined) reply.header('retry-after', error.retryAfterSeconds);
    if (status >= 500 && !(error instanceof Refusal)) {
      if (!reply.raw.destroyed) onFault(error);
      return reply.code(500).send({ error: 'the server failed on this request' });
    }
    return reply.code(status).send({ error: describe(error, limits, routeOptions.url === '/predict-ids' ? ofIds : wanted) });
  });
}

function describe(error: FastifyError | Refusal, limits: Limits, wanted: string): string {
  if (error instanceof Refusal) return error.message;
  if (error.validation !== undefined) return `${error.message}; ${wanted}`;
  if (error.statusCode === 413) return `a body has at most ${limits.bodyBytes} bytes, and this one is larger`;
  if (error.statusCode === 415) return 'the content type is not application/json';
  return `the body is no JSON: ${wanted}`;
}
