import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

export interface Page {
  readonly html: string;
  /** Its Content-Security-Policy: its own style and script by their hashes, requests to this server, and nothing else. */
  readonly policy: string;
}

/** The page that asks while one types. */
export function loadPage(): Page {
  const html = readFileSync(new URL('page.html', import.meta.url), 'utf8');
  const hashOf = (tag: string): string => {
    const content = new RegExp(`<${tag}>([^]*?)</${tag}>`).exec(html)?.[1] ?? '';
    return `'sha256-${createHash('sha256').update(content).digest('base64')}'`;
  };
  const policy = [
    "default-src 'none'", `script-src ${hashOf('script')}`, `style-src ${hashOf('style')}`, "img-src data:", "connect-src 'self'",
    "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'",
  ];
  return { html, policy: policy.join('; ') };
}
