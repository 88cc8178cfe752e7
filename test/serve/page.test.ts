import type { AddressInfo } from 'node:net';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { createServer } from '../../src/serve/server.ts';
import { hasBrowser, launchBrowser, watchPage } from '../support/browser.ts';

const asked: string[] = [];
const server = createServer({
  run: 'experiments/<b>tiny', classes: ['negative', 'positive'], onFault: () => undefined,
  predict: (texts) => texts.map((text) => {
    asked.push(text);
    const positive = text.includes('good') ? 0.75 : 0.125;
    return {
      label: positive > 0.5 ? 'positive' : 'negative', probability: Math.max(positive, 1 - positive), tokens: text.split(' ').length,
      probabilities: { negative: 1 - positive, positive },
    };
  }),
});

describe.runIf(hasBrowser)('the page', () => {
  let browser: Browser, address: string;
  beforeAll(async () => {
    await server.app.listen({ port: 0, host: '127.0.0.1' });
    address = `http://127.0.0.1:${(server.app.server.address() as AddressInfo).port}`;
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser.close();
    await server.drain();
  });

  it('asks while one types, shows the largest probability first, and does nothing that its policy forbids', async () => {
    const page = await browser.newPage(), seen = watchPage(page);
    await page.goto(address);
    await page.getByText('experiments/<b>tiny: negative, positive').waitFor();
    await page.getByLabel('A text').pressSequentially('a good film');
    await page.getByText('The model read 3 tokens.').waitFor();
    expect(await page.locator('tbody tr').allTextContents()).toEqual(['positive75.00 %', 'negative25.00 %']);
    await page.getByLabel('A text').fill('a dull one, long');
    await page.getByText('The model read 4 tokens.').waitFor();
    expect(await page.locator('tbody tr').allTextContents()).toEqual(['negative87.50 %', 'positive12.50 %']);
    expect(asked.at(-1)).toBe('a dull one, long');
    expect(asked.length).toBeLessThan('a good film'.length); // not for each key
    await page.getByLabel('A text').fill('x'.repeat(100_001));
    await page.getByText('texts/0 has 100001 characters; a text has at most 100000').waitFor();
    expect(await page.locator('tbody tr').count()).toBe(0); // the answer before was to another text
    await page.getByLabel('A text').fill('');
    await page.locator('#state:empty').waitFor({ state: 'attached' });
    expect(new Set(seen.requests)).toEqual(new Set([`${address}/health`, `${address}/predict`]));
    expect(seen.console.filter((line) => !line.includes('413'))).toEqual([]);
  });
});
