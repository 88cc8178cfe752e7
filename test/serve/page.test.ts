import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type { Question } from '../../src/experiment/predict.ts';
import { createServer } from '../../src/serve/server.ts';
import { buildServedPage } from '../../src/web/build.ts';
import { hasBrowser, useBrowser } from '../support/browser.ts';

const asked: Question[] = [];
const classes = ['negative', 'positive'], words = ['<pad>', '<unk>', 'a', 'good', 'film', 'dull'], maxLength = 6, good = 3;
const server = createServer({
  run: 'experiments/tiny', classes, words, maxLength, onFault: () => undefined,
  page: buildServedPage({
    name: 'tiny', classes, reads: { tokenizer: 'words', maxLength, truncate: 'end' }, facts: [['run', 'experiments/<b>tiny']], limits: '',
  }),
  predict: (texts) => texts.map((text) => {
    asked.push(text);
    const positive = (text as Int32Array).includes(good) ? 0.75 : 0.125;
    return {
      label: positive > 0.5 ? 'positive' : 'negative', probability: Math.max(positive, 1 - positive), tokens: text.length,
      probabilities: { negative: 1 - positive, positive },
    };
  }),
});

describe.runIf(hasBrowser)('the page', () => {
  let address: string;
  beforeAll(async () => {
    await server.app.listen({ port: 0, host: '127.0.0.1' });
    address = `http://127.0.0.1:${(server.app.server.address() as AddressInfo).port}`;
  });
  afterAll(async () => { await server.drain(); });
  const open = useBrowser();

  it('asks while one types, colours words by leaving them out, and does nothing that its policy forbids', async () => {
    const { page, seen } = await open(address), field = page.getByLabel('A text');
    await page.getByText('experiments/<b>tiny').waitFor();
    await field.pressSequentially('a good film');
    await page.getByText('positive, 75.0 %. The model read 3 words and marks.').waitFor();
    expect(await page.locator('#classes tr').allTextContents()).toEqual(['negative25.00 %', 'positive75.00 %']);
    await page.locator('#words .f4').waitFor();
    const marked = await page.locator('#words span').all();
    expect(await Promise.all(marked.map(async (word) => [await word.textContent(), await word.getAttribute('title')])))
      .toEqual([['a', '+0.00'], ['good', '+3.04'], ['film', '+0.00']]); // ln 3 + ln 7
    expect(asked.slice(-4).map((ids) => [...ids as Int32Array])).toEqual([[2, 3, 4], [3, 4], [2, 4], [2, 3]]);
    expect(asked.filter((ids) => ids.length === 3).length).toBeLessThan('a good film'.length); // not for each key
    await field.fill('a dull one, and <b>long</b>');
    await page.getByText('negative, 87.5 %. The text is too long for the model: it read the first 6 words and marks of 8, 4 of them unknown to it.')
      .waitFor();
    await field.fill('');
    await page.locator('#state:empty').waitFor({ state: 'attached' });
    expect(await page.locator('#classes tr').count()).toBe(0);
    expect(await page.locator('#why').isVisible()).toBe(false);
    await page.getByRole('button', { name: 'a cold one' }).click();
    await page.getByText('negative, 87.5 %.').waitFor();
    expect(new Set(seen.requests)).toEqual(new Set([`${address}/vocabulary.txt`, `${address}/predict-ids`]));
    expect(seen.console).toEqual([]);
  });

  it('says what a server says that refuses, and that one does not answer', async () => {
    const { page } = await open(address);
    await page.route('**/predict-ids', (route) => route.fulfill({ status: 503, json: { error: 'the server is stopping' } }));
    await page.getByLabel('A text').fill('a good film');
    await page.getByText('the server is stopping').waitFor();
    await page.route('**/predict-ids', (route) => route.abort());
    await page.getByLabel('A text').fill('a film');
    await page.getByText('The server does not answer.').waitFor();
  });
});
