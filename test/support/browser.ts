import { existsSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { readVariable } from '../../src/files/user-environment.ts';
import { findCut, findFaint, measureOverflow, unfold } from './page-checks.ts';

const executablePath = readVariable('CHROMIUM') ?? '/usr/bin/chromium';
export const hasBrowser = existsSync(executablePath);
if (!hasBrowser) process.stderr.write(`gatelab: tests in a browser are skipped: ${executablePath} is not there; CHROMIUM names another\n`);

async function launchBrowser(): Promise<Browser> {
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

function watchPage(page: Page): Misdeeds {
  const seen: Misdeeds = { console: [], requests: [] };
  page.on('console', (message) => seen.console.push(`${message.type()}: ${message.text()}`));
  page.on('pageerror', (error) => seen.console.push(`error: ${error.message}`));
  page.on('request', (request) => {
    if (!request.isNavigationRequest() && !request.url().startsWith('data:')) seen.requests.push(request.url());
  });
  return seen;
}

/** How a page is looked at. */
export interface View {
  readonly width?: number;
  readonly colorScheme?: 'light' | 'dark';
  readonly media?: 'screen' | 'print';
}

export interface OpenedPage {
  readonly page: Page;
  readonly seen: Misdeeds;
}

/** Opens a file or an address. @param prepare the page, before anything of it is loaded */
export type OpenPage = (where: string, view?: View, prepare?: (page: Page) => Promise<unknown>) => Promise<OpenedPage>;

/** A browser for the tests of a block, whose pages are closed after each of them unless `keeps`. */
export function useBrowser({ keeps = false } = {}): OpenPage {
  let browser: Browser;
  const opened = new Set<Page>();
  beforeAll(async () => { browser = await launchBrowser(); });
  afterAll(async () => { await browser.close(); });
  afterEach(async () => {
    if (keeps) return;
    for (const page of opened) await page.close();
    opened.clear();
  });
  return async (where, { width = 1280, colorScheme = 'light', media = 'screen' } = {}, prepare) => {
    const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme });
    opened.add(page);
    await page.emulateMedia({ media, colorScheme });
    const seen = watchPage(page);
    await prepare?.(page);
    await page.goto(where.includes('://') ? where : pathToFileURL(where).href);
    return { page, seen };
  };
}

/** What every page of ours is held to, with all that is folded away in sight. */
export async function expectReadable({ page, seen }: OpenedPage): Promise<void> {
  await page.evaluate(unfold);
  expect(seen).toEqual({ console: [], requests: [] });
  expect(await page.evaluate(measureOverflow)).toBe(0);
  expect(await page.evaluate(findCut)).toEqual([]);
  expect(await page.evaluate(findFaint)).toEqual([]);
}
