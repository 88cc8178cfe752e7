import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';

import { createDataset } from '../../src/data/dataset.ts';
import { createSampleSource } from '../../src/data/sample.ts';
import { tokenizeCorpus } from '../../src/data/tokenized-corpus.ts';
import { loadModel } from '../../src/experiment/load-model.ts';
import type { LoadedModel } from '../../src/experiment/load-model.ts';
import { findCalibration, readSummary } from '../../src/experiment/load.ts';
import { evaluatePart, means } from '../../src/training/evaluate.ts';
import type { PartEvaluation } from '../../src/training/evaluate.ts';
import { encodeTexts } from '../../src/text/encode.ts';
import type { EncodedPart } from '../../src/text/encode.ts';
import { callCli } from '../support/call-cli.ts';
import { createWorkFolder } from '../support/cli.ts';
import { userErrorOf } from './temporary-folder.ts';

const folder = createWorkFolder();
const run = join(folder, 'experiments/tiny'), linear = join(folder, 'experiments/linear');
const noWarning = (line: string): void => { throw new Error(line); };
const tiny = [
  'data.limit=60',
  'model.embeddingSize=8',
  'model.hiddenSize=6',
  'training.epochs=3',
  'training.batchSize=8',
  'training.learningRate=0.02',
];

function evaluate({ config, ...evaluated }: LoadedModel, part: EncodedPart): PartEvaluation {
  const batches = evaluatePart(evaluated, part, config.training.evaluationBatchSize);
  for (;;) {
    const { done, value } = batches.next();
    if (done === true) return value;
  }
}

beforeAll(async () => {
  const ended = [
    await callCli(
      folder,
      'train',
      '--config',
      'sample.yaml',
      '--engine',
      'portable',
      '--name',
      'tiny',
      '--quiet',
      ...tiny.flatMap((key) => ['--set', key]),
    ),
    await callCli(
      folder,
      'train',
      '--config',
      'nb-svm.yaml',
      '--set',
      'data.source=sample',
      '--set',
      'data.limit=60',
      '--name',
      'linear',
      '--quiet',
    ),
  ];
  expect(ended.map(({ status }) => status)).toEqual([0, 0]);
});

describe('a model loaded from its run', () => {
  it('gives the accuracy of the test part to the last digit, and the probabilities of its texts', async () => {
    const corpus = await createSampleSource().load();
    const model = loadModel(run, noWarning);
    const { data } = model.config;
    const { test } = createDataset(await tokenizeCorpus(corpus), data);
    const { totals, probabilities } = evaluate(model, test);
    expect(means(totals).accuracy).toBe(readSummary(run).testAccuracyAtBestValidation);
    const textOf = new Map(corpus.test.map(({ id, text }) => [id, text]));
    const asTexts = evaluate(model, encodeTexts(test.ids.map((id) => textOf.get(id) ?? ''), model.vocabulary, data));
    expect([...asTexts.probabilities]).toEqual([...probabilities]);
    model.dispose();
  });

  it('frees what it took', () => {
    const { numTensors } = tf.memory();
    loadModel(run, noWarning).dispose();
    expect(tf.memory().numTensors).toBe(numTensors);
  });

  it('reads a checkpoint folder by itself, and passes over a damaged one with a line', () => {
    const copy = join(folder, 'copy');
    cpSync(run, copy, { recursive: true });
    const names = readdirSync(join(copy, 'checkpoints'));
    const best = names.find((name) => name.startsWith('best')) ?? expect.fail('none');
    const [alone, whole] = [loadModel(join(copy, 'checkpoints', best), noWarning), loadModel(run, noWarning)];
    expect(alone.position).toEqual(whole.position);
    expect([alone.temperature, whole.temperature]).toEqual([null, findCalibration(run, readSummary(run).bestEpoch)?.temperature]);
    for (const name of names) writeFileSync(join(copy, 'checkpoints', name, 'weights.safetensors'), 'no tensors');
    expect(userErrorOf(() => loadModel(join(copy, 'checkpoints', best), noWarning), copy)).toMatch(
      /the checkpoint is damaged: weights\.safetensors/,
    );
    const lines: string[] = [];
    expect(userErrorOf(() => loadModel(copy, (line) => lines.push(line)), copy)).toMatch(/no checkpoint is whole/);
    expect(lines.length).toBeGreaterThan(0);
  });

  it('refuses what is no trained model, each in a line that says what was expected', () => {
    expect(userErrorOf(() => loadModel(join(folder, 'nothing'), noWarning), folder)).toMatch(/no such folder/);
    expect(userErrorOf(() => loadModel(linear, noWarning), folder)).toMatch(/a run of NB-SVM, a linear model/);
    const bare = join(folder, 'bare');
    cpSync(run, bare, { recursive: true });
    rmSync(join(bare, 'checkpoints'), { recursive: true });
    expect(userErrorOf(() => loadModel(bare, noWarning), folder)).toMatch(/has no checkpoints/);
  });
});

describe('inspect --run', () => {
  it('prints the checkpoint and each parameter, or all of it as JSON', async () => {
    const { stdout } = await callCli(folder, 'inspect', '--run', run);
    expect(stdout).toMatch(/^checkpoint {2}after epoch \d of 3, validation [\d.]+ %, test [\d.]+ %$/m);
    expect(stdout).toMatch(/^fc\.weight +2 × \d+ +\d+ +-?[\d.]+ +[\d.]+ +[\d.]+$/m);
    const json = JSON.parse((await callCli(folder, 'inspect', '--run', run, '--json')).stdout) as { parameters: { values: number }[] };
    const total = json.parameters.reduce((sum, { values }) => sum + values, 0);
    expect(total).toBe((JSON.parse(readFileSync(join(run, 'summary.json'), 'utf8')) as { parameters: { total: number } }).parameters.total);
  });
});
