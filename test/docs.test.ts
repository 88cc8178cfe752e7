import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { drawArchitecture } from '../scripts/draw-architecture.ts';
import { articles } from '../src/articles/articles.ts';
import { describeStale, readClaims } from '../src/articles/claims/read-claims.ts';
import { replacePart, reportParts } from '../src/bench/render.ts';
import { renderEpoch } from '../src/commands/train-progress.ts';
import { defaultConfigFolder } from '../src/experiment-config.ts';
import { findRuns, publishedFolders } from '../src/experiment/find-runs.ts';
import { loadExperiment } from '../src/experiment/load.ts';
import { computeMean } from '../src/measure/statistics.ts';
import { runCli } from './support/cli.ts';

const project = join(import.meta.dirname, '..');
const read = (path: string): string => readFileSync(join(project, path), 'utf8');
const listPages = (folder: string): string[] =>
  readdirSync(join(project, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(folder, name));
const pages = ['', 'docs', 'docs/decisions', 'data', 'experiments'].flatMap(listPages);
const { scripts } = JSON.parse(read('package.json')) as { readonly scripts: Readonly<Record<string, string>> };

describe.each(pages)('%s', (page) => {
  const text = read(page);

  it('links to what exists', () => {
    const links = [...text.matchAll(/\]\(([^)#]+)[^)]*\)/g)].map(([, link = '']) => link).filter((link) => !/^[a-z]+:/.test(link));
    for (const link of links) expect(existsSync(join(project, dirname(page), link)), link).toBe(true);
  });

  it.skipIf(page === 'CHANGELOG.md')('names npm scripts and configs that exist', () => {
    for (const [, script = ''] of text.matchAll(/npm run ([a-z]+(?:[:-][a-z]+)*)/g)) expect(Object.keys(scripts), script).toContain(script);
    const configs = [...text.matchAll(/--config(?:s)? ([\w.,-]+\.yaml)/g)].flatMap(([, names = '']) => names.split(','));
    for (const config of configs) expect(['.', 'studies'].some((place) => existsSync(join(defaultConfigFolder, place, config))), config).toBe(true);
  });
});

describe('docs/commands.md', () => {
  const page = read('docs/commands.md');
  const sections = new Map(page.split(/^## /m).slice(1).map((section) => [section.slice(0, section.indexOf('\n')), section]));
  const commands = Object.keys(scripts).filter((script) => scripts[script]?.includes('main.cjs'));

  it('has a section for each command', () => {
    expect(commands.length).toBeGreaterThan(5);
    expect([...sections.keys()].sort()).toEqual(['Exit statuses', ...commands].sort());
  });

  it.each(commands)('explains each option of %s, and none that it does not take', async (command) => {
    const help = await runCli(project, command, '--help');
    const options = new Set([...help.stdout.matchAll(/^ +(?:-\w, )?--([a-z-]+)/gm)].map(([, option = '']) => option));
    for (const common of ['help', 'version']) options.delete(common);
    const explained = new Set(
      [...(sections.get(command) ?? '').matchAll(/^\| .*/gm)]
        .flatMap(([row]) => [...(row.split(' | ')[0]?.matchAll(/--([a-z-]+)/g) ?? [])])
        .map(([, option = '']) => option),
    );
    expect([...explained].sort()).toEqual([...options].sort());
  });
});

const published = join(project, 'experiments/published');
const stemOf = (name: string): string => /^(.*)-seed\d+$/.exec(name)?.[1] ?? '';
const listPublished = (folders: readonly string[]): string[] =>
  folders.flatMap((folder) => readdirSync(join(published, folder)).filter((name) => stemOf(name) !== '').map((name) => join(folder, name)));

/** What a table's first column calls a published config. */
const tableLabels: readonly (readonly [RegExp, string])[] = [
  [/^LSTM\b/, 'lstm'], [/^BiLSTM\b/, 'bilstm'], [/^GRU as one article prints it/, 'gru-printed'],
  [/^GRU \+ attention\b/, 'gru-attention'], [/^GRU\b/, 'gru'], [/^RNN\b/, 'rnn'],
  [/^BiRNN\b/, 'birnn'], [/^BiGRU\b/, 'bigru'], [/^bag of words\b/, 'bag-of-words'], [/^NB-SVM\b/, 'nb-svm'],
];

/** The rows of a page's table of accuracies, as `[config, label and both accuracies]`. */
function rowsOf(page: string): (readonly [string, string])[] {
  const cellsOf = (row: string): string[] => row.split('|').map((cell) => cell.trim()).slice(1);
  const [, head = '', rows = ''] = /^(\| \| test accuracy at best validation \|.*)\n\|[-|]*\n((?:\|.*\n)*)/m.exec(page) ?? [];
  const columns = ['', 'test accuracy at best validation', 'best test accuracy'].map((title) => cellsOf(head).indexOf(title));
  return rows.trim().split('\n').map((row) => {
    const cells = columns.map((k) => cellsOf(row)[k] ?? '');
    const config = tableLabels.find(([pattern]) => pattern.test(cells[0] ?? ''))?.[1] ?? `no config is called ${cells[0] ?? ''}`;
    return [config, cells.join(' | ')] as const;
  });
}

/** The same row from the runs' folders, its label as it is. */
function findPublished(folders: readonly string[], row: string): string {
  const [label = ''] = row.split(' | ');
  const config = tableLabels.find(([pattern]) => pattern.test(label))?.[1];
  const runs = listPublished(folders).filter((name) => stemOf(basename(name)) === config);
  const summaries = runs.map((name) => loadExperiment(join(published, name)).summary);
  const figures = [summaries.map((one) => one.testAccuracyAtBestValidation), summaries.map((one) => one.bestTestAccuracy)]
    .map((fractions) => describeAccuracies(fractions.map((fraction) => 100 * (fraction ?? Number.NaN))));
  return [label, ...figures].join(' | ');
}

describe.each([
  { page: 'README.md', folders: ['', 'attention'] }, { page: 'docs/results.md', folders: ['dropout'] },
])('the table of $page', ({ page, folders }) => {
  const rows = rowsOf(read(page));

  it.each(rows)('gives the accuracies of the published runs: %s', (_, row) => {
    expect(findPublished(folders, row)).toBe(row);
  });

  it('has a row for every published model', () => {
    expect(new Set(rows.map(([config]) => config))).toEqual(new Set(listPublished(folders).map((name) => stemOf(basename(name)))));
  });
});

it('the published verdicts rest on all published runs', () => {
  const { runs } = findRuns(publishedFolders(published));
  expect(runs.length).toBeGreaterThan(20);
  const claims = readClaims(join(published, 'claims.json'));
  expect(claims && describeStale(claims, runs.map(({ path }) => loadExperiment(path)))).toBeNull();
});

describe('README.md', () => {
  const readme = read('README.md');

  it('shows the first epochs of the published run that it names', () => {
    const { epochs } = loadExperiment(join(project, 'experiments/published/gru-seed1'));
    const shown = readme.split('\n').filter((line) => /^ {4}epoch /.test(line)).map((line) => line.trim());
    expect(shown).toEqual(epochs.slice(0, shown.length).map((record) => renderEpoch(record, epochs.length, 80)));
    expect(shown.length).toBeGreaterThan(2);
  });

  it.each(articles)(
    'names article $letter with its title, its link and its claims',
    ({ letter, title, englishTitle, link, claims: [first = '', ...others] }) => {
      const shownTitle = link === null ? `《${title}》` : `[《${title}》](${link})`;
      const last = others.at(-1);
      expect(readme).toContain(`| ${letter} | ${shownTitle} | ${englishTitle} | ${first}${last === undefined ? '' : `–${last}`} |`);
    },
  );

  it('has one row for each command', () => {
    for (const [script, command] of Object.entries(scripts))
      if (command.includes('main.cjs')) expect(readme).toMatch(new RegExp(`^\\| \`npm run ${script}\\b`, 'm'));
  });
});

function describeAccuracies(percents: readonly number[]): string {
  const mean = computeMean(percents);
  if (percents.length === 1) return `${mean.toFixed(2)} %`;
  const deviation = Math.sqrt(percents.reduce((sum, percent) => sum + (percent - mean) ** 2, 0) / (percents.length - 1));
  return `${mean.toFixed(2)} ± ${deviation.toFixed(2)} %`;
}

describe('docs/performance.md', () => {
  it.each(reportParts)('has a place for what `bench --write` measures of %s', (part) => {
    const text = readFileSync(join(import.meta.dirname, '../docs/performance.md'), 'utf8');
    expect(replacePart(text, part, 'measured anew', 'docs/performance.md')).toContain('measured anew');
  });
});

describe('docs/architecture.md', () => {
  it('draws the rooms as the imports are (npm run architecture)', async () => {
    expect(read('docs/architecture.md')).toBe(await drawArchitecture());
  });

  it('names files that exist', () => {
    for (const [, path = ''] of read('docs/architecture.md').matchAll(/`((?:src\/)?[a-z-]+\/[\w/-]+\.ts)`/g)) {
      expect(existsSync(join(project, path.startsWith('src/') ? path : `src/${path}`)), path).toBe(true);
    }
  });
});
