import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer as createHttp } from 'node:http';
import type { RequestListener } from 'node:http';
import { createServer as createHttps } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { downloadArchive } from '../../src/data/download.ts';
import type { RemoteArchive } from '../../src/data/imdb-layout.ts';
import { UserError } from '../../src/errors.ts';
import { startProxy } from '../support/proxy.ts';
import type { LocalProxy } from '../support/proxy.ts';

const content = Buffer.alloc(300_000, 'reviews ');
const md5 = createHash('md5').update(content).digest('hex');
const names = ['http_proxy', 'https_proxy', 'no_proxy', 'all_proxy'];

let folder = '';
let target: Server;
let proxy: LocalProxy;
/** Requests that reached the server itself. */
let reached = 0;

const answer: RequestListener = (_, response) => {
  reached += 1;
  response.end(content);
};

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'gatelab-proxy-'));
  for (const name of names) for (const spelled of [name, name.toUpperCase()]) vi.stubEnv(spelled, undefined);
  reached = 0;
  proxy = await startProxy();
});
afterEach(() => {
  proxy.stop();
  target.close();
  rmSync(folder, { recursive: true });
});

async function serve(server: Server, scheme: 'http' | 'https'): Promise<RemoteArchive> {
  target = server;
  await new Promise<void>((done) => target.listen(0, '127.0.0.1', done));
  return { fileName: 'reviews.tar.gz', url: `${scheme}://127.0.0.1:${(target.address() as AddressInfo).port}/reviews.tar.gz`, md5 };
}
const serveHttp = (): Promise<RemoteArchive> => serve(createHttp(answer), 'http');

async function expectReviews(remote: RemoteArchive): Promise<void> {
  expect(readFileSync(await downloadArchive({ folder, remote })).equals(content)).toBe(true);
}

/** The reason, without what to do when no network helps. */
async function failureOf(remote: RemoteArchive): Promise<string> {
  const error: unknown = await downloadArchive({ folder, remote }).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(UserError);
  const { message } = error as UserError;
  expect(message).not.toMatch(/\n|secret/);
  expect(message).toContain(`; get it by other means and put it at ${join(folder, 'reviews.tar.gz')}`);
  return message.split('; get it by')[0] ?? '';
}

describe('the download of the reviews, over http', () => {
  it.each<[string, Record<string, string>]>([
    ['HTTP_PROXY', { HTTP_PROXY: 'http://PROXY' }],
    ['http_proxy', { http_proxy: 'http://PROXY' }],
    ['a proxy without a scheme', { HTTP_PROXY: 'PROXY' }],
    ['ALL_PROXY', { ALL_PROXY: 'http://PROXY' }],
    ['an empty http_proxy before HTTP_PROXY', { http_proxy: '', HTTP_PROXY: 'http://PROXY' }],
    ['a NO_PROXY for others', { HTTP_PROXY: 'http://PROXY', NO_PROXY: 'localhost,.example.org' }],
    ['an empty NO_PROXY', { HTTP_PROXY: 'http://PROXY', NO_PROXY: '' }],
  ])('goes through the proxy with %s', async (_, variables) => {
    const remote = await serveHttp();
    for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value.replace('PROXY', proxy.host));
    await expectReviews(remote);
    expect(proxy.requests).toEqual([`GET ${remote.url}`]);
    expect(proxy.passed).toBe(content.length);
    expect(reached).toBe(1);
  });

  it.each<[string, Record<string, string>]>([
    ['no variable', {}],
    ['an empty HTTP_PROXY', { HTTP_PROXY: '' }],
    ['HTTPS_PROXY only', { HTTPS_PROXY: 'http://PROXY' }],
    ['the host in NO_PROXY', { HTTP_PROXY: 'http://PROXY', NO_PROXY: 'example.org, 127.0.0.1' }],
    ['* in no_proxy', { HTTP_PROXY: 'http://PROXY', no_proxy: '*' }],
  ])('goes straight with %s', async (_, variables) => {
    const remote = await serveHttp();
    for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value.replace('PROXY', proxy.host));
    await expectReviews(remote);
    expect(proxy.requests).toEqual([]);
  });

  it('gives the proxy the user and password of its variable', async () => {
    proxy.stop();
    proxy = await startProxy('me:top secret');
    vi.stubEnv('HTTP_PROXY', `http://me:top%20secret@${proxy.host}`);
    await expectReviews(await serveHttp());
  });

  it('says which variable lacks the password', async () => {
    proxy.stop();
    proxy = await startProxy('me:secret');
    vi.stubEnv('HTTP_PROXY', `http://me:another-secret@${proxy.host}`);
    const remote = await serveHttp();
    expect(await failureOf(remote)).toBe(
      `${remote.url}: the download stopped (the proxy ${proxy.host}, which HTTP_PROXY names, wants a user and a password (407); put them `
        + `into HTTP_PROXY, as in http://user:password@${proxy.host})`,
    );
  });

  it('says which variable names a proxy that is not there', async () => {
    proxy.stop();
    vi.stubEnv('HTTP_PROXY', `http://me:secret@${proxy.host}`);
    const remote = await serveHttp();
    expect(await failureOf(remote)).toBe(
      `${remote.url}: the download stopped (the proxy ${proxy.host}, which HTTP_PROXY names, cannot be reached: connect ECONNREFUSED `
        + `${proxy.host}; correct or unset HTTP_PROXY)`,
    );
    vi.stubEnv('HTTP_PROXY', 'http://no-such-proxy.invalid:3128');
    expect(await failureOf(remote)).toMatch(
      /the proxy no-such-proxy\.invalid:3128, which HTTP_PROXY names, cannot be reached: .+; correct or unset HTTP_PROXY\)$/,
    );
  });

  it('does not blame the proxy when the server is not there', async () => {
    vi.stubEnv('HTTP_PROXY', `http://${proxy.host}`);
    vi.stubEnv('NO_PROXY', '127.0.0.1');
    const remote = await serveHttp();
    target.close();
    expect(await failureOf(remote)).toMatch(/: the download stopped \(connect ECONNREFUSED 127\.0\.0\.1:\d+\)$/);
  });

  it.each([
    ['socks5://me:secret@127.0.0.1:1080', ', not socks5'],
    ['http://', ''],
  ])('refuses %s, which is no proxy it can use', async (value, found) => {
    vi.stubEnv('http_proxy', value);
    const remote = await serveHttp();
    expect(await failureOf(remote)).toBe(
      `the environment variable http_proxy must name an http or https proxy${found}, for example http_proxy=http://proxy.example:3128`,
    );
    expect(reached).toBe(0);
  });
});

/** A certificate for 127.0.0.1 that nobody trusts; null where there is no openssl. */
function makeCertificate(): { readonly key: string; readonly cert: string } | null {
  const { status, stdout } = spawnSync(
    'openssl',
    [
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-keyout',
      '-',
      '-subj',
      '/CN=127.0.0.1',
      '-addext',
      'subjectAltName=IP:127.0.0.1',
      '-days',
      '2',
    ],
    { encoding: 'utf8' },
  );
  return status === 0 ? { key: stdout, cert: stdout } : null;
}

const certificate = makeCertificate();

describe.skipIf(certificate === null)('the download of the reviews, over https (skipped where openssl is missing)', () => {
  const serveHttps = (): Promise<RemoteArchive> => serve(createHttps(certificate ?? {}, answer), 'https');
  const trustAll = (): void => {
    vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined); // that it is unsafe
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
  };

  it.each(['HTTPS_PROXY', 'https_proxy', 'ALL_PROXY'])('goes through a tunnel of the proxy that %s names', async (name) => {
    trustAll();
    vi.stubEnv(name, `http://${proxy.host}`);
    const remote = await serveHttps();
    await expectReviews(remote);
    expect(proxy.requests).toEqual([`CONNECT ${new URL(remote.url).host}`]);
    expect(proxy.passed).toBeGreaterThan(content.length);
  });

  it.each<[string, Record<string, string>]>([
    ['HTTP_PROXY only', { HTTP_PROXY: 'http://PROXY' }],
    ['the host and port in NO_PROXY', { HTTPS_PROXY: 'http://PROXY', NO_PROXY: 'TARGET' }],
  ])('goes straight with %s', async (_, variables) => {
    trustAll();
    const remote = await serveHttps();
    for (const [name, value] of Object.entries(variables))
      vi.stubEnv(name, value.replace('PROXY', proxy.host).replace('TARGET', new URL(remote.url).host));
    await expectReviews(remote);
    expect(proxy.requests).toEqual([]);
  });

  it('says which variable lacks the password', async () => {
    proxy.stop();
    proxy = await startProxy('me:secret');
    vi.stubEnv('HTTPS_PROXY', `http://${proxy.host}`);
    const remote = await serveHttps();
    expect(await failureOf(remote)).toBe(
      `${remote.url}: the download stopped (the proxy ${proxy.host}, which HTTPS_PROXY names, wants a user and a password (407); put `
        + `them into HTTPS_PROXY, as in http://user:password@${proxy.host})`,
    );
  });

  it('names the variable for a certificate that is not trusted', async () => {
    vi.stubEnv('HTTPS_PROXY', `http://${proxy.host}`);
    expect(await failureOf(await serveHttps())).toMatch(
      /\(self-signed certificate; where a network opens encrypted traffic, name its certificate in NODE_EXTRA_CA_CERTS\)$/,
    );
  });
});
