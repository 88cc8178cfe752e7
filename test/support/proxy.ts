import { createServer, request } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/** A real proxy on this machine. */
export interface LocalProxy {
  /** `127.0.0.1:port` */
  readonly host: string;
  /** What it was asked for: `CONNECT host:port`, `GET http://…`. */
  readonly requests: string[];
  /** Bytes it passed back. */
  passed: number;
  stop(): void;
}

/** @param password it is refused without, as `user:password` */
export async function startProxy(password?: string): Promise<LocalProxy> {
  const isAllowed = ({ headers }: IncomingMessage): boolean =>
    password === undefined || headers['proxy-authorization'] === `Basic ${Buffer.from(password).toString('base64')}`;
  const sockets = new Set<Duplex>();
  const server = createServer((asked, answer) => {
    proxy.requests.push(`${asked.method ?? ''} ${asked.url ?? ''}`);
    if (!isAllowed(asked)) { answer.writeHead(407, { 'proxy-authenticate': 'Basic' }).end(); return; }
    const onward = request(asked.url ?? '', { headers: asked.headers }, (from) => {
      answer.writeHead(from.statusCode ?? 0, from.headers);
      from.on('data', (chunk: Buffer) => { proxy.passed += chunk.length; }).pipe(answer);
    });
    onward.on('error', () => { answer.writeHead(502).end(); }).end();
  });
  server.on('connect', (asked: IncomingMessage, socket: Socket) => {
    proxy.requests.push(`CONNECT ${asked.url ?? ''}`);
    if (!isAllowed(asked)) { socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n'); return; }
    const [host = '', port = ''] = (asked.url ?? '').split(':');
    const onward = connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      onward.on('data', (chunk: Buffer) => { proxy.passed += chunk.length; }).pipe(socket).pipe(onward);
    });
    for (const one of [onward, socket]) sockets.add(one.on('error', () => { onward.destroy(); socket.destroy(); }));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const proxy: LocalProxy = {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`, requests: [], passed: 0,
    stop: () => { sockets.forEach((socket) => socket.destroy()); server.closeAllConnections(); server.close(); },
  };
  return proxy;
}
