import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { basename, join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type { Prediction } from '../../src/experiment/predict.ts';
import { hasBrowser, useBrowser } from '../support/browser.ts';
import { callCli } from '../support/call-cli.ts';
import { createWorkFolder } from '../support/cli.ts';

const cwd = createWorkFolder();
const words: Readonly<Record<string, string>> = {
  '</script><b>food & "drink"': 'soup bread oven 好吃', 'sport': 'goal team café', '<!--<script>tech': 'chip cloud robot',
};
const classes = Object.keys(words);
const small = ['model.embeddingSize=8', 'model.hiddenSize=6', 'training.epochs=4', 'training.batchSize=4', 'training.learningRate=0.03', 'data.source=file', 'data.maxLength=12'];
const run = async (...args: string[]): Promise<string> => {
  const { status, stdout, stderr } = await callCli(cwd, ...args);
  expect(status, stderr).toBe(0);
  return stdout;
};

/** What any server of files does, without one good word about what the files are. */
const server = createServer((request, response) => {
  try {
    response.end(readFileSync(join(cwd, 'page', basename(request.url === '/' ? 'index.html' : request.url ?? ''))));
  } catch {
    response.writeHead(404).end();
  }
});
const texts = [
  'soup and bread', 'the goal of the team, the café …', '这部电影 好吃 🎬👍', 'cafe\u0301 re\u0301sume\u0301', 'one<br /><br />two &amp; three\r\nchip\rcloud\nrobot', '—',
  `${'goal '.repeat(20)}robot chip`, '<img src=x onerror=alert(1)></textarea>',
];

const answerOf = async (page: Page, text: string): Promise<ReadonlyMap<string | null, number>> => {
  await page.getByLabel('A text').fill('');
  await page.locator('#classes:empty').waitFor({ state: 'attached' });
  await page.getByLabel('A text').fill(text);
  await page.locator('#classes tr').first().waitFor();
  const rows = await page.locator('#classes tr').all();
  return new Map(await Promise.all(rows.map(async (row) =>
    [await row.locator('th').textContent(), Number(await row.getAttribute('data-probability'))] as const)));
};

describe.runIf(hasBrowser)('an exported page', () => {
  let predictions: Prediction[], address: string;
  const predict = async (name: string): Promise<Prediction[]> => {
    const asked = texts.map((text) => text.replace('\r\n', '\n'));
    const lines = await run('predict', '--run', `experiments/${name}`, '--engine', 'portable', '--json', ...asked);
    return lines.trim().split('\n').map((line) => JSON.parse(line) as Prediction);
  };
  beforeAll(async () => {
    const lineOf = (i: number): string => {
      const topic = classes[i % 3] ?? '', own = (words[topic] ?? '').split(' ');
      return `"today ${own[i % 3] ?? ''} and ${own[(i + 1) % own.length] ?? ''}, number ${i}","${topic.replaceAll('"', '""')}"\n`;
    };
    writeFileSync(join(cwd, 'news.csv'), `text,label\n${Array.from({ length: 90 }, (_, i) => lineOf(i)).join('')}`);
    await run('train', '--config', 'sample.yaml', '--engine', 'portable', '--name', 'news', '--data', 'news.csv', '--quiet', ...small.flatMap((key) => ['--set', key]));
    await run('export', '--run', 'experiments/news', '--engine', 'portable', '--format', 'web', '--out', 'page');
    await run('export', '--run', 'experiments/news', '--engine', 'portable', '--format', 'web', '--single', '--out', 'page.html');
    predictions = await predict('news');
    await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
    address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  });
  afterAll(() => { server.close(); });
  const open = useBrowser();

  const expectSameAnswers = async (page: Page, expected = predictions, tolerance = 1e-5): Promise<void> => {
    for (const [k, text] of texts.entries()) {
      const found = await answerOf(page, text);
      for (const name of classes)
        expect(Math.abs((found.get(name) ?? Number.NaN) - (expected[k]?.probabilities[name] ?? Number.NaN)), text).toBeLessThan(tolerance);
    }
  };

  it('answers as predict does from a server of files, offline once it is there, and takes nothing for markup', async () => {
    const { page, seen } = await open(address);
    await page.locator('#state:empty').waitFor({ state: 'attached' });
    await page.context().setOffline(true);
    await expectSameAnswers(page);
    expect(await page.locator('#classes th').allTextContents()).toEqual([...classes].sort());
    expect(await page.locator('main b, main img').count()).toBe(0);
    expect(await page.locator('#examples').count()).toBe(0); // they are reviews of films
    expect(new Set(seen.requests.filter((url) => !url.startsWith('blob:'))))
      .toEqual(new Set(['runtime.wasm.gz', 'model.onnx', 'vocabulary.txt'].map((name) => `${address}${name}`)));
    expect(seen.console).toEqual([]);
  });

  it('is one file that opens from the disk and asks nothing of anybody', async () => {
    const { page, seen } = await open(join(cwd, 'page.html'));
    await expectSameAnswers(page);
    expect(seen.requests.filter((url) => !url.startsWith('blob:'))).toEqual([]);
    expect(seen.console).toEqual([]);
  });

  it.each<[string, string | null, string[], number]>([
    ['words', 'bag-of-words.yaml', [], 1e-5], ['pairs of words', 'nb-svm.yaml', [], 1e-5],
    ['pairs of words in 16 bits', 'nb-svm.yaml', ['--float16'], 1e-2],
    ['a GRU in 16 bits', null, ['--float16'], 1e-2], ['a GRU in 8 bits', null, ['--int8'], 0.1],
  ])('answers as predict does with a model of %s', async (_, config, more, tolerance) => {
    const name = config ?? 'news', file = `page-${name}${more.join('')}.html`;
    if (config !== null && !existsSync(join(cwd, 'experiments', name)))
      await run('train', '--config', config, '--name', name, '--data', 'news.csv', '--quiet', '--set', 'data.source=file', '--set', 'data.maxLength=12');
    await run('export', '--run', `experiments/${name}`, '--engine', 'portable', '--format', 'web', '--single', ...more, '--out', file);
    const { page, seen } = await open(join(cwd, file));
    await expectSameAnswers(page, await predict(name), tolerance);
    await page.locator('#effects tr').first().waitFor({ state: 'attached' });
    expect(seen.console).toEqual([]);
  });

  it('colours the words that explain does, and says what it did not read', async () => {
    const { page } = await open(address), text = texts[6] ?? '';
    await page.getByLabel('A text').fill(text);
    await page.locator('#effects tr').first().waitFor({ state: 'attached' });
    const explained = JSON.parse(await run('explain', '--run', 'experiments/news', '--engine', 'portable', '--json', text)) as
      { words: { word: string; effect: number | null; read: boolean }[] };
    const shown = await page.locator('#effects tr').allTextContents();
    const read = explained.words.filter((word) => word.read);
    expect(shown).toHaveLength(read.length);
    const [first] = read.toSorted((a, b) => Math.abs(b.effect ?? 0) - Math.abs(a.effect ?? 0));
    expect(shown[0]).toContain(Math.abs(first?.effect ?? 0).toFixed(2));
    const colour: unknown = await page.evaluate("getComputedStyle(document.querySelector('.f4')).backgroundColor");
    expect(colour).toMatch(/^rgb\(/);
    expect(await page.locator('#words .unread').textContent()).toBe('goal '.repeat(10));
    await page.getByText('it read the last 12 words and marks of 22').waitFor();
  });

  it('shows no answer to a text that has changed meanwhile', async () => {
    const { page } = await open(join(cwd, 'page.html'));
    await page.getByLabel('A text').fill('soup and bread');
    await page.getByLabel('A text').fill('');
    await page.locator('#state:empty').waitFor({ state: 'attached' });
    await page.waitForTimeout(500);
    expect(await page.locator('#classes tr').count()).toBe(0);
  });

  it('says what it lacks when a file is not there', async () => {
    const { page } = await open(address, {}, (own) => own.route('**/model.onnx', (route) => route.fulfill({ status: 404 })));
    await page.getByText('model.onnx cannot be read: status 404').waitFor();
  });
});

it('refuses --single without a page or a file to write', async () => {
  for (const [args, message] of [
    [['--single', '--out', 'x.html'], '--single goes with --format web'],
    [['--format', 'web', '--single', '--out', 'x'], '--single writes one file; name it with --out'],
  ] as const) {
    const { status, stderr } = await callCli(cwd, 'export', '--run', 'experiments/news', ...args);
    expect(status).toBeGreaterThan(0);
    expect(stderr).toContain(message);
  }
});
