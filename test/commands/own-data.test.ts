import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';

import type { Evaluation } from '../../src/evaluation/evaluation.ts';
import type { DataReport } from '../../src/commands/data-view.ts';
import { loadExperiment, readSummary } from '../../src/experiment/load.ts';
import { loadPredictions, predictLabels } from '../../src/experiment/predictions.ts';
import { readPredictions } from '../support/run-fingerprint.ts';
import { callCli } from '../support/call-cli.ts';
import { createWorkFolder } from '../support/cli.ts';

const cwd = createWorkFolder();
const words: Readonly<Record<string, string>> = { 'food': 'soup bread oven', 'sport, live': 'goal team coach', 'tech': 'chip cloud robot' };
const topics = Object.keys(words);
const lineOf = (i: number): string => {
  const topic = topics[i % 3] ?? '', own = (words[topic] ?? '').split(' ');
  return `"today ${own[i % 3] ?? ''} and ${own[(i + 1) % 3] ?? ''}, number ${i}","${topic}"\n`;
};
const small = ['model.embeddingSize=8', 'model.hiddenSize=6', 'training.epochs=8', 'training.batchSize=4', 'training.learningRate=0.03', 'data.source=file']
  .flatMap((key) => ['--set', key]);
const train = (name: string, ...args: string[]): ReturnType<typeof callCli> =>
  callCli(cwd, 'train', '--config', 'sample.yaml', '--engine', 'portable', '--name', name, ...small, ...args);
const evaluate = async (...args: string[]): Promise<Evaluation> =>
  JSON.parse((await callCli(cwd, 'evaluate', '--engine', 'portable', '--json', ...args)).stdout) as Evaluation;

let shown = '';
beforeAll(async () => {
  writeFileSync(join(cwd, 'news.csv'), `headline,topic\n${Array.from({ length: 150 }, (_, i) => lineOf(i)).join('')}`);
  const { status, stdout, stderr } = await train('news', '--data', 'news.csv');
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  shown = stdout;
});

describe('a table of three classes', () => {
  const run = join(cwd, 'experiments/news');

  it('is said to be one, with what was taken, and kept with its classes', () => {
    expect(shown).toContain('labels from "topic"');
    expect(shown).toContain('classes    3: food, sport, live, tech');
    const { summary, environment } = loadExperiment(run);
    expect(summary.classes).toEqual(topics);
    expect(environment.dataset.classCounts?.test).toEqual([25, 25, 25]);
    expect(loadPredictions(run).classes).toBe(3);
  });

  it('gives the same figure when it is evaluated, with scores of each class and their means', async () => {
    const figures = await evaluate('--run', 'experiments/news');
    expect(figures.accuracy).toBe(readSummary(run).testAccuracyAtBestValidation);
    expect(figures.accuracy).toBeGreaterThan(0.6);
    expect(figures.names).toEqual(topics);
    expect([figures.classes.length, figures.confusion.length]).toEqual([3, 3]);
    expect(figures.macroF1).toBeCloseTo(figures.classes.reduce((sum, { f1 }) => sum + f1, 0) / 3, 12);
    expect(figures.macroPrecision).toBeCloseTo(figures.classes.reduce((sum, { precision }) => sum + precision, 0) / 3, 12);
    const predictions = loadPredictions(run);
    const right = [...predictLabels(predictions)].filter((label, k) => label === predictions.labels[k]).length;
    expect(figures.correct).toBe(right);
  });

  it('answers with one of them, and a probability for each', async () => {
    const { stdout } = await callCli(cwd, 'predict', '--run', 'experiments/news', '--engine', 'portable', '--json', 'today chip and cloud');
    const { label, probability, probabilities } = JSON.parse(stdout) as { label: string; probability: number; probabilities: object };
    expect(Object.keys(probabilities)).toEqual(topics);
    expect(topics).toContain(label);
    expect(probability).toBe(Math.max(...Object.values(probabilities) as number[]));
  });

  it('goes on from a checkpoint to the same bits', async () => {
    expect((await train('half', '--data', 'news.csv', '--set', 'training.epochs=4')).status).toBe(0);
    const { status } = await callCli(cwd, 'train', '--resume', 'experiments/half', '--engine', 'portable', '--set', 'training.epochs=8');
    expect(status).toBe(0);
    const read = (name: string): string => readPredictions(join(cwd, 'experiments', name));
    expect(read('half')).toBe(read('news'));
  });

  it('is measured on another table by the classes\' names, and a label that the model does not know is named', async () => {
    writeFileSync(join(cwd, 'other.tsv'), 'what\twhich\ntoday chip and cloud\ttech\ntoday soup and bread\tfood\n');
    const figures = await evaluate('--run', 'experiments/news', '--data', 'other.tsv', '--text-column', 'what', '--label-column', 'which');
    expect(figures.classes.map(({ support }) => support)).toEqual([1, 0, 1]);
    writeFileSync(join(cwd, 'strange.csv'), 'headline,topic\ntoday chip,art\n');
    const { status, stderr } = await callCli(cwd, 'evaluate', '--engine', 'portable', '--run', 'experiments/news', '--data', 'strange.csv');
    expect({ status, stderr }).toEqual({ status: 1, stderr: 'gatelab: strange.csv: row/1 has the label "art", which is none of the model\'s '
      + 'classes ("food", "sport, live", "tech"); is it the right column? Name it with --label-column, or correct the label\n' });
  });
});

it('weights of classes are held to the classes of the data', async () => {
  const { status, stderr } = await train('weights', '--data', 'news.csv', '--set', 'training.classWeights=[1,2]');
  expect({ status, stderr }).toEqual({ status: 1, stderr: 'gatelab: training.classWeights: expected 3 weights, one for each class, found 2\n' });
});

it('data counts classes, lengths and what is odd, as text and as JSON', async () => {
  const rows = Array.from({ length: 300 }, (_, i) => lineOf(i)).join('');
  writeFileSync(join(cwd, 'odd.csv'), `headline,topic\n${rows}"<br />",tech\n"rare one",art\n"rare two",art\n"rare two",food\n"",food\n`);
  const { stdout } = await callCli(cwd, 'data', '--data', 'odd.csv', '--set', 'data.maxLength=5', '--json');
  const { notes, oddities, classes, lengths } = JSON.parse(stdout) as DataReport;
  expect(notes).toEqual([
    'reviews are taken from the column "headline", labels from "topic"; line 306 has no text and is left out',
    expect.stringMatching(/^neither a column nor a file is named for the test part: \d+ reviews are for training and \d+ for test/),
    '2 reviews are 1 text, each more than once (spaces, case and markup aside); equal ones are all in training or all in test',
    '1 text has two labels, in 2 reviews',
  ]);
  expect(oddities).toEqual([
    '1 review has no word, and a model knows nothing of such a review',
    expect.stringMatching(/^fewer than 1 % of the \d+ training reviews are of the class "art" 1:/),
    '98.7 % of the reviews are longer than data.maxLength 5 and lose their start: half have 7 tokens or fewer, 95 % 7 or fewer',
  ]);
  expect(classes.map(({ name }) => name)).toEqual(['art', ...topics]);
  expect(lengths.bins.reduce((sum, { reviews }) => sum + reviews, 0)).toBe(304);
  const { stdout: text } = await callCli(cwd, 'data', '--data', 'odd.csv');
  expect(text).toMatch(/\nClasses \(4\)\nart +█ +0\.7 % +2\n/);
  expect(Math.max(...text.split('\n\n').slice(1).join('\n').split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
});
