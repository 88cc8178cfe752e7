import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { beforeAll, describe, expect, it } from 'vitest';

import type { Evaluation } from '../../src/evaluation/evaluation.ts';
import { createSampleSource } from '../../src/data/sample.ts';
import { explainTexts, refuseWithoutVectors } from '../../src/explain/explain.ts';
import { isLinear, readClassifier } from '../../src/experiment/fit.ts';
import type { LinearClassifier } from '../../src/experiment/fit.ts';
import { withTemperature } from '../../src/experiment/load-model.ts';
import { findCalibration, readSummary } from '../../src/experiment/load.ts';
import { loadPredictions } from '../../src/experiment/predictions.ts';
import { predictTexts } from '../../src/experiment/predict.ts';
import { decodeSafetensors } from '../../src/experiment/safetensors.ts';
import { readSealedFolder, writeSealedFolder } from '../../src/files/sealed-folder.ts';
import { applyTemperature } from '../../src/measure/temperature.ts';
import { linearModels } from '../../src/training/linear/settings.ts';
import { callCli } from '../support/call-cli.ts';
import { createWorkFolder } from '../support/cli.ts';
import { userErrorOf } from './temporary-folder.ts';

const folder = createWorkFolder();
const noWarning = (line: string): void => { throw new Error(line); };
const names = Object.keys(linearModels);
function load(run: string): LinearClassifier {
  const read = readClassifier(run, noWarning);
  return isLinear(read) ? read : expect.fail('a neural model');
}

const runOf = (name: string): string => join(folder, 'experiments', name);

beforeAll(async () => {
  for (const name of names) {
    const { status, stderr } = await callCli(
      folder, 'train', '--config', `${name}.yaml`, '--set', 'data.source=sample', '--set', 'data.limit=60', '--name', name, '--quiet');
    expect([status, stderr]).toEqual([0, stderr]);
  }
});

describe.each(names)('a run of %s', (name) => {
  it('is evaluated to its own figure, to the last digit', async () => {
    const { status, stdout } = await callCli(folder, 'evaluate', '--engine', 'portable', '--run', runOf(name), '--json');
    expect(status).toBe(0);
    const figures = JSON.parse(stdout) as Evaluation;
    expect(figures.accuracy).toBe(readSummary(runOf(name)).testAccuracyAtBestValidation);
    const { labels, probabilities } = loadPredictions(runOf(name));
    const squares = Array.from(labels, (label, k) => ((probabilities[k] ?? 0) - label) ** 2);
    expect(figures.uncalibrated?.brier).toBeCloseTo(squares.reduce((sum, square) => sum + square, 0) / labels.length, 5);
  });

  it('answers the texts of its test part as the run did', async () => {
    const textOf = new Map((await createSampleSource().load()).test.map(({ id, text }) => [id, text]));
    const { reviewIds, probabilities } = loadPredictions(runOf(name));
    const texts = reviewIds.slice(0, 20).map((id) => textOf.get(id) ?? expect.fail(id));
    const classifier = load(runOf(name));
    const answers = predictTexts(withTemperature(classifier, null), texts).map((answer) => answer.probabilities);
    answers.forEach((answer, k) => {
      expect(answer['positive']).toBeCloseTo(probabilities[k] ?? -1, 4);
      expect((answer['positive'] ?? 0) + (answer['negative'] ?? 0)).toBeCloseTo(1, 12);
    });
    const { stdout } = await callCli(folder, 'predict', '--engine', 'portable', '--run', runOf(name), '--json', texts[0] ?? '');
    const { probabilities: printed } = JSON.parse(stdout) as { probabilities: Record<string, number> };
    const { temperature } = findCalibration(runOf(name), 1) ?? expect.fail('no calibration');
    expect(classifier.temperature).toBe(temperature);
    const calibrated = applyTemperature([answers[0]?.['negative'] ?? -1, answers[0]?.['positive'] ?? -1], temperature);
    expect(printed['positive']).toBeCloseTo(calibrated[1] ?? -1, 7);
  });

  it('is explained by leaving out one word after the other, and by no gradient', () => {
    const classifier = load(runOf(name));
    const [explained] = explainTexts(classifier, ['a wonderful film, not a boring one'], 'leave-one-out');
    const oddsOf = (text: string): number => {
      const { positive = 0, negative = 0 } = predictTexts(classifier, [text])[0]?.probabilities ?? {};
      return Math.log(positive / negative);
    };
    const difference = oddsOf('a wonderful film, not a boring one') - oddsOf('a film, not a boring one');
    expect(explained?.effects[1]?.[1]).toBeCloseTo(difference, 9);
    expect(() => { refuseWithoutVectors(classifier, 'gradient'); }).toThrow('--method gradient: the model has no word vectors');
  });

  it('is exported as ONNX, checked in onnxruntime, in 32 and 16 bits', async () => {
    const exported = (...more: string[]) => callCli(folder, 'export', '--run', runOf(name), '--out', `${name}-onnx`, ...more);
    const { status, stdout } = await exported('--measure');
    expect([status, stdout]).toEqual([0, expect.stringMatching(/float32 .* % +0 +\d\.\de-\d\n\nmodel\.onnx .*\nchecked +in onnxruntime on 40 texts/)]);
    const card = readFileSync(join(folder, `${name}-onnx`, 'README.md'), 'utf8');
    expect(card).toContain(`| parameters | ${load(runOf(name)).parameterCount.toLocaleString('en-US')}, stored in 32 bits |`);
    expect(card).not.toContain('| epochs |');
    expect((await exported('--float16')).status).toBe(0);
    for (const [more, message] of [[['--int8'], '--float16 halves'], [['--format', 'safetensors'], 'PyTorch has no such model']] as const)
      expect(await exported(...more)).toMatchObject({ status: 1, stderr: expect.stringContaining(message) as string });
  });

  it('is read as versions before 0.3 kept it, with the names of its features', () => {
    const copy = join(folder, `${name}-named`), path = join(copy, 'checkpoints/best-1-0'), texts = ['a wonderful film, not a boring one'];
    cpSync(runOf(name), copy, { recursive: true });
    const contents = new Map(readSealedFolder(path)), own = load(runOf(name)), { words } = own.vocabulary;
    const { tensors } = decodeSafetensors(contents.get('pairs.safetensors') ?? Buffer.alloc(0), 'I32');
    const [starts = [], seconds = []] = ['starts', 'seconds'].map((key) => [...tensors.get(key)?.values ?? []]);
    expect(seconds.length > 0).toBe(name === 'nb-svm');
    const pairs = starts.slice(0, -1).flatMap((from, first) => seconds.slice(from, starts[first + 1]).map((second) => `${words[first]} ${words[second]}`));
    const fit = contents.get('fit.json')?.toString() ?? '';
    expect(fit).toContain('"format": 2');
    contents.delete('pairs.safetensors');
    contents.set('fit.json', Buffer.from(fit.replace('"format": 2', '"format": 1')));
    const write = (names: readonly string[]): void => {
      contents.set('features.json', Buffer.from(JSON.stringify(names)));
      writeSealedFolder(path, `${path}.building`, new Map([...contents].map(([file, bytes]) => [file, [bytes]])));
    };
    write([...words.slice(2), ...pairs]);
    expect(predictTexts(load(copy), texts)).toEqual(predictTexts(own, texts));
    write([...words.slice(2), ...pairs].reverse());
    expect(userErrorOf(() => load(copy), copy)).toMatch(/features\.json is not that of vocabulary\.json and weights\.safetensors/);
  });

  it('refuses a checkpoint with a byte changed', () => {
    const copy = join(folder, `${name}-damaged`);
    cpSync(runOf(name), copy, { recursive: true });
    const path = join(copy, 'checkpoints/best-1-0/weights.safetensors');
    const bytes = readFileSync(path);
    bytes[bytes.length - 1] = (bytes[bytes.length - 1] ?? 0) ^ 1;
    writeFileSync(path, bytes);
    expect(userErrorOf(() => load(copy), copy)).toMatch(/checkpoint is damaged: .*weights\.safetensors/);
  });
});
