import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { beforeAll, describe, expect, it, vi } from 'vitest';

import { createSampleSource } from '../../src/data/sample.ts';
import type { ExplanationJson } from '../../src/explain/json.ts';
import type { Faithfulness } from '../../src/explain/faithfulness.ts';
import type { WordTable } from '../../src/explain/word-table.ts';
import { renderRawCsv } from '../../src/files/escape.ts';
import { callCli } from '../support/call-cli.ts';
import type { Finished } from '../support/child.ts';
import { createWorkFolder } from '../support/cli.ts';
import { hasTerminals, runOnTerminal } from '../support/terminal.ts';

const cwd = createWorkFolder();
const at = (name: string): string => join(cwd, name);
const small = ['data.limit=200', 'data.maxLength=30', 'model.embeddingSize=8', 'model.hiddenSize=6', 'training.epochs=4', 'training.batchSize=8'];
const explain = (...args: string[]): Promise<Finished> => callCli(cwd, 'explain', '--engine', 'portable', ...args);
const ask = (...args: string[]): Promise<Finished> => explain('--run', 'experiments/tiny', ...args);
const json = async (...args: string[]): Promise<unknown> => JSON.parse((await ask('--json', ...args)).stdout);

beforeAll(async () => {
  const settings = small.flatMap((key) => ['--set', key]);
  const { status } = await callCli(cwd, 'train', '--config', 'sample.yaml', '--engine', 'portable', '--name', 'tiny', '--quiet', ...settings);
  expect(status).toBe(0);
  const { test } = await createSampleSource().load();
  writeFileSync(at('some.csv'), renderRawCsv([['id', 'remark'], ...test.slice(0, 30).map(({ id, text }) => [id, text])]));
});

describe('explain', () => {
  it('prints the text as it was written, with a number behind each word that matters, where there are no colours', async () => {
    const text = 'Not a DULL film,<br />it\'s Zorblax…';
    const { status, stdout, stderr } = await ask(text);
    expect([status, stderr]).toEqual([0, '']);
    const [head, blank, shown = ''] = stdout.split('\n');
    expect(head).toMatch(/^(positive|negative) {2}\d+\.\d\d %, log-odds [+−]\d+\.\d\d$/);
    expect(blank).toBe('');
    expect(shown.trim().replace(/\([^)]*\)/g, '')).toBe(text);
    expect(shown).toMatch(/Zorblax\((?:[+−]\d+\.\d\d)?\?\)/);
    expect(stdout).toMatch(/\d words? that the model does not know: marked \?/);
    expect(stdout).not.toContain('\u001b');
  });

  it('says in JSON what each word adds, in the order of the text and at its place', async () => {
    const text = 'A dull film. I say so: “it’s not moving”';
    const explained = await json(text) as ExplanationJson;
    expect(Object.keys(explained)).toEqual(['text', 'label', 'probability', 'logOdds', 'method', 'words']);
    expect(explained.method).toBe('leave-one-out');
    expect(explained.words.map(({ word }) => word)).toEqual(['A', 'dull', 'film', '.', 'I', 'say', 'so', ':', '“', 'it’s', 'not', 'moving', '”']);
    for (const word of explained.words) {
      expect(Object.keys(word)).toEqual(['word', 'start', 'end', 'effect', 'read', 'known']);
      expect(text.slice(word.start, word.end)).toBe(word.word);
    }
    expect(Math.log(explained.probability / (1 - explained.probability))).toBeCloseTo(explained.logOdds, 3);
  });

  it('gives each word the log-odds that `predict` loses without it', async () => {
    const { words, label, logOdds } = await json('not a dull film') as ExplanationJson;
    const { stdout } = await callCli(cwd, 'predict', '--engine', 'portable', '--run', 'experiments/tiny', '--json', 'a dull film', 'not a film');
    const left = stdout.trim().split('\n').map((line) => (JSON.parse(line) as { probabilities: Record<string, number> }).probabilities[label] ?? 0)
      .map((p) => logOdds - Math.log(p / (1 - p)));
    expect(words[0]?.effect).toBeCloseTo(left[0] ?? Number.NaN, 3);
    expect(words[2]?.effect).toBeCloseTo(left[1] ?? Number.NaN, 3);
  });

  it('explains several texts, one without a word among them, and one too long to be read whole', async () => {
    const { status, stdout, stderr } = await ask('dull', '  <br />', `dull ${'so '.repeat(40)}end`, '--json', '--method', 'gradient');
    expect([status, stderr]).toEqual([0, 'gatelab: one text has no word: there is nothing to explain\n']);
    const [one, none, long] = stdout.trim().split('\n').map((line) => JSON.parse(line) as ExplanationJson);
    expect(one?.words).toHaveLength(1);
    expect(one?.method).toBe('gradient');
    expect(none?.words).toEqual([]);
    expect(long?.words.map(({ read }) => read)).toEqual([...Array<boolean>(12).fill(false), ...Array<boolean>(30).fill(true)]);
    expect(long?.words[0]?.effect).toBeNull();
    expect((await ask(`dull ${'so '.repeat(40)}end`)).stdout).toContain('[not read: dull so');
  });

  it('tables the words that matter most in the test part, or in other texts', async () => {
    const own = await json('--limit', '40', '--min-count', '10', '--top', '3') as WordTable & { readonly run: string };
    expect([own.run, own.texts, own.minCount]).toEqual(['experiments/tiny', 40, 10]);
    expect(own.classes.map(({ name }) => name)).toEqual(['negative', 'positive']);
    for (const { words } of own.classes) {
      expect(words.length).toBeLessThanOrEqual(3);
      for (const { count, meanEffect } of words) expect([count >= 10, meanEffect > 0]).toEqual([true, true]);
    }
    const { stdout } = await ask('--data', 'some.csv', '--text-column', 'remark', '--limit', '8');
    expect(stdout).toMatch(/^8 texts, \d+ words read, /);
    expect(stdout).toMatch(/^for positive +mean +deviation +places$/m);
  });

  it('measures how far explanations are true of the model', async () => {
    const { rows, texts, deleted } = await json('--faithfulness', '2', '--limit', '30') as Faithfulness;
    expect([texts, deleted]).toEqual([30, 2]);
    expect(rows.map(({ order }) => order)).toEqual(['leave-one-out', 'gradient', 'random']);
    expect(rows[0]?.meanDrop).toBeGreaterThan((rows[2]?.meanDrop ?? Infinity) + 0.1);
    expect((await ask('--faithfulness', '2', '--limit', '30')).stdout).toMatch(/^at random +[+−]\d\.\d\d ± \d\.\d\d +\d\.\d\d +\d+\.\d %$/m);
  });

  it('writes pages that hold the text with its words, escaped', async () => {
    const { stderr } = await ask('a <b>dull</b> film & "so"', '--html', 'why.html');
    expect(stderr).toBe('gatelab: page written to why.html\n');
    const page = readFileSync(at('why.html'), 'utf8');
    expect(page).toMatch(/<span class="w[^"]*" title="[^"]*">dull<\/span>/);
    expect(page).toContain('&lt;<span');
    expect(page).not.toContain('<b>');
    await ask('--limit', '10', '--html', 'words.html');
    expect(readFileSync(at('words.html'), 'utf8')).toContain('<h1>The words that matter most</h1>');
  });

  it.skipIf(!hasTerminals)('colours words on a terminal, within its width, unless NO_COLOR is set', async () => {
    const text = `not dull, ${'a moving film '.repeat(8)}Zorblax`;
    const show = (): Promise<Finished> => runOnTerminal(cwd, 'explain', '--engine', 'portable', '--run', 'experiments/tiny', text);
    vi.stubEnv('TERM', 'xterm-256color');
    vi.stubEnv('CI', undefined); // Node takes the terminals of most of them for poor ones
    const colored = await show();
    expect(colored.status).toBe(0);
    expect(colored.stdout).toMatch(/ \u001b\[38;5;16;48;5;\d+m[^ ]+\u001b\[39;49m/);
    expect(colored.stdout).toContain('\u001b[4mZorblax\u001b[24m');
    const lines = stripVTControlCharacters(colored.stdout).split('\r\n').slice(1);
    expect(lines.filter((line) => line.includes('moving film')).length).toBeGreaterThan(1);
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(80);
    vi.stubEnv('NO_COLOR', '1');
    const plain = await show();
    expect(plain.stdout).toMatch(/\([+−]\d+\.\d\d\??\)/);
    expect(plain.stdout).not.toContain('48;5;');
  });

  it.each<[string, string[], number, string]>([
    ['no run', ['x'], 2, '--run is missing: the folder of a trained model, for example --run experiments/gru-1'],
    ['an unknown method', ['--run', 'experiments/tiny', 'x', '--method', 'shap'], 2, '--method takes leave-one-out, gradient, not "shap"'],
    ['texts with a data set\'s option', ['--run', 'experiments/tiny', 'x', '--limit', '3'], 2, '--limit goes with a data set, not with texts'],
    ['a page of faithfulness', ['--run', 'experiments/tiny', '--faithfulness', '2', '--html', 'f.html'], 2, '--faithfulness has no page; omit --html'],
    ['data that does not exist', ['--run', 'experiments/tiny', '--data', 'gone.csv'], 1, 'gone.csv: no such file or folder; --data takes '],
    ['a table without a column of texts', ['--run', 'experiments/tiny', '--data', 'some.csv'], 1, 'name the column of the texts with --text-column'],
    ['a table without rows', ['--run', 'experiments/tiny', '--data', 'none.csv'], 1, 'none.csv: holds no text to explain'],
    ['texts too short to delete from', ['--run', 'experiments/tiny', '--data', 'short.csv', '--faithfulness', '5'], 1,
      'short.csv: none of 2 texts has 10 words or more; lower --faithfulness 5'],
    ['a folder that is no run', ['--run', 'nowhere', 'x'], 1, 'nowhere: no such folder; name one that a run made, for example experiments/gru-1'],
    ['a published run', ['--run', join(import.meta.dirname, '../../experiments/published/gru-seed1'), 'x'], 1, 'gru-seed1: has no checkpoints; '],
  ])('refuses %s in one line', async (_, args, status, message) => {
    writeFileSync(at('none.csv'), 'text\n');
    writeFileSync(at('short.csv'), 'text\ndull\nso so\n');
    const ended = await explain(...args);
    expect([ended.status, ended.stdout]).toEqual([status, '']);
    expect(ended.stderr).toContain(message);
    expect(ended.stderr.trim().split('\n')).toHaveLength(1);
    expect(existsSync(at('f.html'))).toBe(false);
  });
});
