import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { readVariable } from '../../../src/files/user-environment.ts';
import { renderReport } from '../../../src/report/page/page.ts';
import { drawSearch, drawStudy } from '../../../src/report/page/studies.ts';
import { loadSearch } from '../../../src/report/search.ts';
import { loadStudy } from '../../../src/report/study.ts';
import { writeSearchRecord } from '../../../src/study/search-record.ts';
import type { SearchRecord } from '../../../src/study/search-record.ts';
import { writeStudyRecord } from '../../../src/study/record.ts';
import { writeMadeRun } from '../../experiment/made-runs.ts';
import { makeTemporaryFolder } from '../../experiment/temporary-folder.ts';
import { expectReadable, hasBrowser, useBrowser } from '../../support/browser.ts';
import { findPictures } from '../../support/page-checks.ts';
import { makeContent } from './made-content.ts';

const folder = makeTemporaryFolder(), file = join(folder, 'report.html');
/** Where the section is left to be looked at. */
const pictures = readVariable('REPORT_PICTURES');
const published = (name: string): string => join(import.meta.dirname, '../../../experiments/published/studies', name);

/** Named changes to one config, whose picture is of differences, one with a name as long as a line. */
function writeChanges(): string {
  const into = join(folder, 'changes'), changes = ['none', 'tail averaging of the last two epochs, and a schedule', 'x'.repeat(90)];
  mkdirSync(into);
  changes.forEach((_, k) => {
    for (const seed of [1, 2, 3])
      writeMadeRun(join(into, `gru${k}-seed${seed}`), { model: { cell: 'gru' }, seed, better: 0.01 * k + 0.001 * seed, predictions: 200 });
  });
  writeStudyRecord(into, {
    format: 1, name: '<b>changes</b>', question: `What does ${'each '.repeat(30)}add?`, measures: ['accuracy'],
    command: `gatelab study --config ${'long'.repeat(40)}.yaml`,
    axes: [{ key: 'change', values: changes }], seeds: [1, 2, 3],
    points: changes.map((change, k) => ({
      name: `gru${k}`, label: k === 0 ? 'GRU' : `GRU, ${change}`, values: { change }, reference: k === 0 ? null : 'gru0',
    })),
  });
  return into;
}

function writeSearch(): string {
  const into = join(folder, 'search');
  mkdirSync(into);
  const rates = [0.001, 0.003, 0.01, 0.03];
  const record: SearchRecord = {
    format: 1, name: 'rates', question: 'Which rate?', command: 'gatelab study --config rates', config: 'gru', set: [], seed: 1, rungs: [1, 2],
    space: { 'training.learningRate': { min: 1e-3, max: 1e-1, scale: 'log' } }, factor: 2, goesOn: true, hasEpochs: true,
    trials: rates.map((rate, k) => ({ name: `trial-000${k + 1}`, values: { 'training.learningRate': rate } })),
  };
  writeSearchRecord(into, record);
  rates.forEach((learningRate, k) => {
    writeMadeRun(join(into, `trial-000${k + 1}-seed1`), {
      model: { cell: 'gru' }, training: { learningRate, epochs: 2 }, epochs: 2, given: (epoch) => ({ validationAccuracy: 0.6 + k / 50 + epoch / 99 }),
    });
  });
  return into;
}

describe.skipIf(!hasBrowser)('studies in the report', () => {
  beforeAll(async () => {
    const made = writeChanges(), search = writeSearch();
    const studies = [
      ...await Promise.all(['length', 'distance'].map(published).concat(made).map((own) => drawStudy(loadStudy(own), own))),
      await drawSearch(loadSearch(search), search),
    ];
    writeFileSync(file, renderReport({ ...await makeContent(), studies }));
  });
  const open = useBrowser();

  it.each([[390, 'light'], [390, 'dark'], [1280, 'light'], [1280, 'dark']] as const)('are readable at %d pixels in %s', async (
    width, colorScheme,
  ) => {
    const opened = await open(file, { width, colorScheme });
    await expectReadable(opened);
    const found = await opened.page.evaluate<{ label: string; text: number }[]>(findPictures);
    expect(found).toHaveLength(4);
    for (const { label, text } of found) {
      expect(label).toMatch(/^(Test|Validation) accuracy .*; the tables below have the numbers$/);
      expect(text).toBeGreaterThanOrEqual(7.5); // pixels of the smallest letters
    }
    if (pictures === undefined) return;
    await opened.page.evaluate("document.querySelectorAll('details').forEach((details) => { details.open = false; })");
    await opened.page.locator('#studies').screenshot({ path: join(pictures, `studies-${width}-${colorScheme}.png`) });
  });
});

it('draws many lines in a panel for each model, each line its own in colour and dashes', async () => {
  const own = published('distance'), { picture } = await drawStudy(loadStudy(own), own), svg = picture?.svg ?? '';
  for (const model of ['GRU', 'RNN', 'LSTM', 'minGRU']) expect(svg).toContain(`>${model}</text>`);
  const lines = [...svg.matchAll(/<path aria-label="[^"]*line: ([^;"]*)[^"]*"[^>]* stroke="(#[0-9A-F]{6})"[^>]*?(?: stroke-dasharray="([^"]*)")?\/>/gi)];
  expect(lines.map(([, line]) => line)).toEqual(expect.arrayContaining([expect.stringContaining('clipNorm')]));
  const looks = new Map(lines.map(([, line, ...look]) => [line, look.join()]));
  expect(looks.size).toBe(6);
  expect(new Set(looks.values()).size).toBe(6);
});
