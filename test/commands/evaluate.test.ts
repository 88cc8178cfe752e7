import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';

import type { Evaluation } from '../../src/evaluation/evaluation.ts';
import { createSampleSource } from '../../src/data/sample.ts';
import { findCalibration, readSummary } from '../../src/experiment/load.ts';
import { loadPredictions } from '../../src/experiment/predictions.ts';
import { renderRawCsv } from '../../src/files/escape.ts';
import { callCli } from '../support/call-cli.ts';
import type { Finished } from '../support/child.ts';
import { createWorkFolder } from '../support/cli.ts';

const cwd = createWorkFolder();
const run = join(cwd, 'experiments/tiny');
const small = ['data.limit=80', 'model.embeddingSize=8', 'model.hiddenSize=6', 'training.epochs=3', 'training.batchSize=8'];
const evaluate = (...args: string[]): Promise<Finished> => callCli(cwd, 'evaluate', '--engine', 'portable', ...args);
const figuresOf = async (...args: string[]): Promise<Evaluation> =>
  JSON.parse((await evaluate('--run', 'experiments/tiny', '--json', ...args)).stdout) as Evaluation;

beforeAll(async () => {
  const settings = small.flatMap((key) => ['--set', key]);
  const { status } = await callCli(cwd, 'train', '--config', 'sample.yaml', '--engine', 'portable', '--name', 'tiny', '--quiet', ...settings);
  expect(status).toBe(0);
});

describe('evaluate', () => {
  it('gives the run\'s own figure of its test part to the last digit, and what belongs to it', async () => {
    const figures = await figuresOf();
    expect(figures.accuracy).toBe(readSummary(run).testAccuracyAtBestValidation);
    expect(figures.names).toEqual(['negative', 'positive']);
    expect(figures.confusion.flat().reduce((sum, count) => sum + count, 0)).toBe(figures.items);
    expect(figures.calibration.reduce((sum, { items }) => sum + items, 0)).toBe(figures.items);
    expect(figures.byLength.reduce((sum, { items }) => sum + items, 0)).toBe(figures.items);
    const right = figures.byLength.reduce((sum, { items, accuracy }) => sum + items * accuracy, 0);
    expect(right).toBeCloseTo(figures.correct, 9);
    const { labels, probabilities } = loadPredictions(run);
    const brier = Array.from(labels, (label, k) => ((probabilities[k] ?? 0) - label) ** 2).reduce((sum, square) => sum + square, 0);
    expect(figures.uncalibrated?.brier).toBeCloseTo(brier / labels.length, 5);
  });

  it('measures calibrated probabilities, which change no answer, and says what they were before', async () => {
    const [calibrated, own] = [await figuresOf(), await figuresOf('--uncalibrated')];
    expect([calibrated.accuracy, calibrated.confusion]).toEqual([own.accuracy, own.confusion]);
    expect(calibrated.temperature).toBe(findCalibration(run, readSummary(run).bestEpoch)?.temperature);
    expect([own.temperature, own.uncalibrated]).toEqual([null, null]);
    const { logLoss, brier, calibrationError, calibration } = own;
    expect(calibrated.uncalibrated).toEqual({ logLoss, brier, calibrationError, calibration });
    expect(calibrated.logLoss).not.toBe(own.logLoss);
    const { test } = findCalibration(run, readSummary(run).bestEpoch) ?? {};
    expect(test?.after.calibrationError).toBeCloseTo(calibrated.calibrationError, 6);
    expect(test?.before.logLoss).toBeCloseTo(own.logLoss, 6);
    const { stdout } = await evaluate('--run', 'experiments/tiny');
    expect(stdout).toMatch(/^calibration {2}error .*\n {2}before it {2}error .*\ntemperature {2}[\d.]+, by the validation part of the run$/m);
  });

  it('gives the curve, and writes a page beside its tables, with texts where they are asked for', async () => {
    const { roc } = await figuresOf();
    expect([roc.curves.map(({ name }) => name), roc.macro]).toEqual([['positive'], null]);
    const [curve] = roc.curves;
    expect([curve?.falsePositiveRate.at(-1), curve?.truePositiveRate.at(-1), curve?.threshold[0]]).toEqual([1, 1, null]);
    const { status, stdout, stderr } = await evaluate('--run', 'experiments/tiny', '--html', 'page.html', '--texts');
    expect([status, stderr]).toEqual([0, 'gatelab: page written to page.html\n']);
    expect(stdout).toContain('Most confident mistakes');
    const page = readFileSync(join(cwd, 'page.html'), 'utf8');
    expect(page).toContain('% of 80 reviews right</h1>');
    expect(page).toContain('<summary>its text</summary>');
  });

  it('shows tables that fit 80 columns', async () => {
    const { status, stdout, stderr } = await evaluate('--run', 'experiments/tiny');
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^accuracy {5}\d\d\.\d\d %, \d+ of \d+ \(95 % interval \d\d\.\d\d % to \d+\.\d\d %\)$/m);
    expect(stdout).toMatch(/^is positive +\d+ +\d+$/m);
    for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  });

  it('measures other reviews, and shows the worst mistakes with their texts', async () => {
    const { test } = await createSampleSource().load();
    const wrong = test.slice(0, 40).map(({ text, label }) => [text, label === 1 ? 'negative' : 'positive']);
    writeFileSync(join(cwd, 'swapped.csv'), renderRawCsv([['review', 'sentiment'], ...wrong]));
    const straight = test.slice(0, 40).map(({ text, label }) => [text, label === 1 ? 'positive' : 'negative']);
    writeFileSync(join(cwd, 'straight.csv'), renderRawCsv([['review', 'sentiment'], ...straight]));
    const [swapped, usual] = [await figuresOf('--data', 'swapped.csv', '--texts'), await figuresOf('--data', 'straight.csv')];
    expect(swapped.correct).toBe(usual.items - usual.correct);
    expect(swapped.mistakes).toHaveLength(10);
    for (const { id, text } of swapped.mistakes) expect(text).toBe(test[Number(id.replace('row/', '')) - 1]?.text);
    const confidences = swapped.mistakes.map(({ probability }) => probability);
    expect(confidences).toEqual(confidences.toSorted((a, b) => b - a));
    expect(usual.mistakes[0] === undefined || !('text' in usual.mistakes[0])).toBe(true);
  });

  it('takes a checkpoint folder with reviews that are named, and refuses it without', async () => {
    const checkpoints = join('experiments/tiny/checkpoints');
    const best = readdirSync(join(cwd, checkpoints)).find((name) => name.startsWith('best-')) ?? '';
    writeFileSync(join(cwd, 'few.csv'), renderRawCsv([['review', 'sentiment'], ['a film', 'positive'], ['dull', 'negative']]));
    expect((await evaluate('--run', join(checkpoints, best), '--data', 'few.csv')).status).toBe(0);
    const { status, stderr } = await evaluate('--run', join(checkpoints, best));
    expect([status, stderr]).toEqual([1, `gatelab: ${join(checkpoints, best)}: is no experiment folder, so it has no test part; name reviews with `
      + '--data\n']);
  });

  it.each<[string, string[], number, string]>([
    ['no run', [], 2, '--run is missing: the folder of a trained model, for example --run experiments/gru-1'],
    ['data that does not exist', ['--run', 'experiments/tiny', '--data', 'gone.csv'], 1, 'gone.csv: no such file or folder; --data takes '],
    ['a page in no folder', ['--run', 'experiments/tiny', '--html', 'none/page.html'], 2, '--html none/page.html: none is no folder; make it '
      + 'first'],
    ['a page that is a folder', ['--run', 'experiments/tiny', '--html', 'experiments'], 2, '--html experiments: is a folder; name a file in it'],
    ['data without labels', ['--run', 'experiments/tiny', '--data', 'plain.csv'], 1, 'plain.csv, line 1: holds "text"; the first line must'],
  ])('refuses %s in one line', async (_, args, status, message) => {
    writeFileSync(join(cwd, 'plain.csv'), 'text\na film\n');
    const ended = await evaluate(...args);
    expect([ended.status, ended.stdout]).toEqual([status, '']);
    expect(ended.stderr).toContain(message);
    expect(ended.stderr.trim().split('\n')).toHaveLength(1);
  });
});
