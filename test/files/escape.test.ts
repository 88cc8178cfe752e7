import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { wordsOf } from '../../src/commands/data.ts';
import { renderDataReport } from '../../src/commands/data-view.ts';
import type { DataReport } from '../../src/commands/data-view.ts';
import { profileData } from '../../src/data/profile.ts';
import { printable } from '../../src/files/escape.ts';
import { experimentSchema } from '../../src/experiment-schema.ts';
import { displayPath } from '../../src/files/paths.ts';
import { renderNotes } from '../../src/data/findings.ts';
import type { CorpusSource } from '../../src/data/review.ts';
import { tokenizeCorpus } from '../../src/data/tokenized-corpus.ts';
import { createLog, createExperimentWriter } from '../../src/experiment/writer.ts';
import { escapeControls } from '../../src/files/escape-controls.js';
import { renderConvergence } from '../../src/report/convergence-curves.ts';
import { renderCurves } from '../../src/report/curves.ts';
import { createModelSeries } from '../../src/report/model-series.ts';
import { loadExperiment } from '../../src/experiment/load.ts';
import { callCli } from '../support/call-cli.ts';
import { createWorkFolder } from '../support/cli.ts';
import { environment, makeEpochs } from '../experiment/examples.ts';
import { writeMadeRun } from '../experiment/made-runs.ts';

/** What a name or a text from outside may try, and what of it must never be shown as it is. */
const hostile = '=1+1|<script>alert("x")</script>&amp;\u001b[2J\u009b31m\u202e\u2028\r\n`**`,"\u0007';
const commands = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/;

const folder = createWorkFolder();
const made = { name: 'hostile', path: writeMadeRun(join(folder, 'hostile'), { dataset: { location: hostile } }) };
const read = (file: string): string => readFileSync(join(made.path, file), 'utf8');
const part = [{ id: hostile, text: hostile, label: 1 }] as const;
const corpus = { classes: [hostile, 'positive'], train: part, validation: [], test: part, notes: [hostile] };
const source: CorpusSource = {
  kind: 'file',
  location: hostile,
  synthetic: false,
  sourceHash: () => Promise.resolve('f'),
  load: () => Promise.resolve(corpus),
};
const report: DataReport = {
  kind: 'file', location: hostile, file: null, notes: [hostile], fingerprint: 'f', meanWords: { train: 1, validation: 0, test: 1 },
  cacheFolder: null, ...profileData(await tokenizeCorpus(corpus), experimentSchema.parse({}).data),
};

describe('text from outside is data wherever it is shown', () => {
  it.each<[string, () => string | Promise<string>]>([
    ['the terminal: text', () => escapeControls(hostile)],
    ['the terminal: a value in a message', () => printable(hostile)],
    ['the terminal: a path', () => displayPath(hostile)],
    ['the terminal: what data says', () => renderDataReport(report, wordsOf(report), 80)],
    ['the terminal: what was guessed of a file', () => renderNotes(source, corpus.notes).join('')],
    ['the terminal: any error', async () => (await callCli(folder, 'train', '--config', hostile)).stderr],
    ['the terminal: a warning and an error of reports', async () => (await callCli(folder, 'plot', hostile)).stderr],
    ['metrics.csv', () => read('metrics.csv')],
    ['summary.json', () => read('summary.json')],
    [
      'curves.svg',
      () => renderCurves(makeEpochs(2), { name: hostile, config: experimentSchema.parse({}), dataset: environment.dataset, parameters: 1 }),
    ],
    ['the convergence SVG', () => renderConvergence({ series: createModelSeries([loadExperiment(made.path)]), references: [] }, hostile)],
  ])('%s: nothing in it commands a terminal', async (_, show) => {
    const shown = await show();
    expect(shown.length).toBeGreaterThan(10);
    expect(commands.exec(shown)).toBeNull();
  });

  it.each<[string, () => Promise<string>]>([
    [
      'curves.svg',
      () => renderCurves(makeEpochs(2), { name: hostile, config: experimentSchema.parse({}), dataset: environment.dataset, parameters: 1 }),
    ],
    ['the convergence SVG', () => renderConvergence({ series: createModelSeries([loadExperiment(made.path)]), references: [] }, hostile)],
  ])('%s: no tag but its own, no entity but those of XML', async (_, show) => {
    const svg = await show();
    expect(svg).toContain('&lt;script&gt;');
    expect(svg).not.toContain('<script');
    expect(svg).toContain('&amp;amp;');
  });

  it('metrics.csv: numbers and true only, so that no cell is a formula', () => {
    createExperimentWriter(made, { synthetic: true }).writeEpochs(makeEpochs(2, { trainLoss: NaN, testLoss: -Infinity }));
    const [, ...lines] = read('metrics.csv').trim().split('\n');
    expect(lines).toHaveLength(2);
    for (const cell of lines.join(',').split(',')) expect(cell).toMatch(/^(-?\d+(\.\d+)?(e[+-]?\d+)?|NaN|-?Infinity|true|)$/);
  });

  it.each(['log.jsonl', 'environment.json'])('%s: JSON, the text within one string', (file) => {
    if (file === 'log.jsonl') {
      createLog(made, { synthetic: false }).error({ reason: hostile }, hostile);
      const [line = '', ...others] = read(file).trimEnd().split('\n');
      expect(JSON.parse(line)).toMatchObject({ reason: hostile, msg: hostile });
      expect(others).toEqual([]);
    } else {
      expect(JSON.parse(read(file))).toEqual({ ...environment, dataset: { ...environment.dataset, location: hostile } });
    }
  });
});
