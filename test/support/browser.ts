import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';
import type { Browser, Page } from 'playwright-core';
import { readVariable } from '../../src/files/user-environment.ts';

const executablePath = readVariable('CHROMIUM') ?? '/usr/bin/chromium';
export const hasBrowser = existsSync(executablePath);
if (!hasBrowser) process.stderr.write(`gatelab: tests in a browser are skipped: ${executablePath} is not there; CHROMIUM names another\n`);

export async function launchBrowser(): Promise<Browser> {
  const quiet = [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ];
  return chromium.launch({ executablePath, args: quiet, headless: true });
}

/** What a page did that a page by itself must not do. */
export interface Misdeeds {
  readonly console: string[];
  /** Requests besides that of the page itself and of data in it. */
  readonly requests: string[];
}

export function watchPage(page: Page): Misdeeds {
  const seen: Misdeeds = { console: [], requests: [] };
  page.on('console', (message) => seen.console.push(`${message.type()}: ${message.text()}`));
  page.on('pageerror', (error) => seen.console.push(`error: ${error.message}`));
  page.on('request', (request) => {
    if (!request.isNavigationRequest() && !request.url().startsWith('data:')) seen.requests.push(request.url());
  });
  return seen;
}
