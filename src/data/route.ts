import type { EnvHttpProxyAgent, Response } from 'undici';
import { UserError } from '../errors.ts';
import { readFirstVariable } from '../files/user-environment.ts';

/** The way from here to a server: straight, or through the proxy that the environment names. */
export interface Route {
  /** Asks for what is at the address. @throws what `describeFailure` puts in words */
  get(headers: Readonly<Record<string, string>>, signal: AbortSignal): Promise<Response>;
  /** Why a request failed, in a few words; a proxy's failure names the variable that names the proxy. */
  describeFailure(error: unknown): string;
  close(): Promise<void>;
}

interface Proxy {
  readonly variable: string;
  /** With the scheme, and with the password where it has one: not to be shown. */
  readonly url: URL;
}

/**
 * The proxy for an address, by the variables that curl and pip read; NO_PROXY is the agent's to apply. As with them, HTTP_PROXY does
 * not count for https.
 * @throws UserError when the variable's value is no proxy's address
 */
function findProxy(url: string, environment: NodeJS.ProcessEnv): Proxy | null {
  const own = url.startsWith('https:') ? ['https_proxy', 'HTTPS_PROXY'] : ['http_proxy', 'HTTP_PROXY'];
  const found = readFirstVariable([...own, 'all_proxy', 'ALL_PROXY'], environment);
  if (found === undefined) return null;
  const { name: variable, value } = found;
  const address = value.includes('://') ? value : `http://${value}`;
  const parsed = URL.canParse(address) ? new URL(address) : null;
  if (parsed?.protocol === 'http:' || parsed?.protocol === 'https:') return { variable, url: parsed };
  const scheme = parsed === null ? '' : `, not ${parsed.protocol.replace(':', '')}`;
  throw new UserError(
    `the environment variable ${variable} must name an http or https proxy${scheme}, for example ${variable}=http://proxy.example:3128`,
  );
}

/**
 * Finds the way to an address.
 * @throws UserError when the environment names a proxy that cannot be one
 */
export async function openRoute(url: string, environment: NodeJS.ProcessEnv = process.env): Promise<Route> {
  const proxy = findProxy(url, environment);
  const { EnvHttpProxyAgent: Agent, fetch } = await import('undici'); // a quarter of a second to load: not before it is needed
  const agent: EnvHttpProxyAgent = new Agent({
    httpProxy: proxy?.url.href ?? '', httpsProxy: proxy?.url.href ?? '',
    noProxy: readFirstVariable(['no_proxy', 'NO_PROXY'], environment)?.value ?? '',
    proxyTunnel: false, // for http only: many proxies open tunnels to port 443 and no other
  });
  return {
    get: (headers, signal) => fetch(url, { headers, signal, dispatcher: agent }),
    describeFailure: (error) => describeFailure(error, proxy),
    close: () => agent.destroy(),
  };
}

/** What undici says of an answer that is not 200 to CONNECT, and of 407 without a tunnel. */
const proxyAnswer = /^Proxy response \((\d+)\)|^Proxy Authentication Required \((407)\)/;

function describeFailure(error: unknown, proxy: Proxy | null): string {
  if (!(error instanceof Error)) return String(error);
  const cause = findCause(error);
  const reason = describeCause(cause);
  if (proxy === null) return reason;
  const named = `the proxy ${proxy.url.host}, which ${proxy.variable} names,`;
  const [answer] = proxyAnswer.exec(cause.message)?.filter((part) => /^\d+$/.test(part)) ?? [];
  if (answer === '407')
    return `${named} wants a user and a password (407); put them into ${proxy.variable}, as in http://user:password@${proxy.url.host}`;
  if (answer !== undefined) return `${named} answers ${answer}; correct ${proxy.variable}, or add the host to NO_PROXY`;
  return concernsProxy(cause, proxy) ? `${named} cannot be reached: ${reason}; correct or unset ${proxy.variable}` : reason;
}

/** What lies at the bottom: fetch wraps an error once or twice, in words that say nothing. */
function findCause(error: Error): Error {
  return error.cause instanceof Error ? findCause(error.cause) : error;
}

const untrusted =
  /^(SELF_SIGNED_CERT_IN_CHAIN|DEPTH_ZERO_SELF_SIGNED_CERT|UNABLE_TO_(GET_ISSUER_CERT|GET_ISSUER_CERT_LOCALLY|VERIFY_LEAF_SIGNATURE))$/;

function describeCause(cause: Error): string {
  const code = 'code' in cause && typeof cause.code === 'string' ? cause.code : '';
  const message = cause.message === '' ? code : cause.message;
  return untrusted.test(code)
    ? `${message}; where a network opens encrypted traffic, name its certificate in NODE_EXTRA_CA_CERTS`
    : message;
}

/** Whether a connection failed on its way to the proxy, and not behind it. A name with several addresses fails with several errors. */
function concernsProxy(cause: Error, { url }: Proxy): boolean {
  const port = Number(url.port === '' ? { 'http:': 80, 'https:': 443 }[url.protocol] : url.port);
  const errors: readonly unknown[] = cause instanceof AggregateError ? cause.errors : [cause];
  return errors.some(
    (error) =>
      error instanceof Error
      && (('port' in error && error.port === port)
        || ('hostname' in error && error.hostname === url.hostname)
        || error.message.includes(`${url.hostname}:${port}`)),
  );
}
