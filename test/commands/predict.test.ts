import { spawn } from 'node:child_process';
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';

import { createSampleSource } from '../../src/data/sample.ts';
import { findCalibration, readSummary } from '../../src/experiment/load.ts';
import { renderRawCsv } from '../../src/files/escape.ts';
import { loadPredictions } from '../../src/experiment/predictions.ts';
import { applyTemperature } from '../../src/measure/temperature.ts';
import { callCli } from '../support/call-cli.ts';
import { finished, gatelab } from '../support/child.ts';
import type { Finished } from '../support/child.ts';
import { createWorkFolder } from '../support/cli.ts';

const cwd = createWorkFolder();
const at = (name: string): string => join(cwd, name);
const small = ['data.limit=60', 'model.embeddingSize=8', 'model.hiddenSize=6', 'training.epochs=2', 'training.batchSize=8'];
const predict = (...args: string[]): Promise<Finished> => callCli(cwd, 'predict', '--engine', 'portable', ...args);
const ask = (...args: string[]): Promise<Finished> => predict('--run', 'experiments/tiny', ...args);

beforeAll(async () => {
  const settings = small.flatMap((key) => ['--set', key]);
  const { status } = await callCli(cwd, 'train', '--config', 'sample.yaml', '--engine', 'portable', '--name', 'tiny', '--quiet', ...settings);
  expect(status).toBe(0);
});

interface Answer {
  readonly label: string;
  readonly probability: number;
  readonly probabilities: Readonly<Record<string, number>>;
}
const parseLines = (text: string): Answer[] => text.trim().split('\n').map((line) => JSON.parse(line) as Answer);

describe('predict', () => {
  it('answers each text in a line, in order, whatever their lengths', async () => {
    const texts = ['a film', 'a moving film that goes on for many words and then some more of them', 'dull'];
    const { status, stdout, stderr } = await ask(...texts);
    expect([status, stderr]).toEqual([0, '']);
    const lines = stdout.trim().split('\n');
    expect(lines).toHaveLength(3);
    for (const line of lines) expect(line).toMatch(/^(positive|negative) +\d+\.\d\d %  /);
    expect(lines.map((line) => line.slice(20))).toEqual(texts);
    const alone: string[] = [];
    for (const text of texts) alone.push((await ask(text)).stdout.trim());
    expect(alone).toEqual(lines);
  });

  it('gives one JSON object a text, with the probability of each class', async () => {
    const [answer] = parseLines((await ask('a moving film', '--json')).stdout);
    expect(Object.keys(answer?.probabilities ?? {})).toEqual(['negative', 'positive']);
    expect(Object.values(answer?.probabilities ?? {}).reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 6);
    expect(answer?.probability).toBe(answer?.probabilities[answer.label]);
    expect(answer?.probability).toBeGreaterThanOrEqual(0.5);
  });

  it('gives the probabilities that the run kept of its test reviews, where they are not to be calibrated', async () => {
    const { reviewIds, probabilities } = loadPredictions(at('experiments/tiny'));
    const textOf = new Map((await createSampleSource().load()).test.map(({ id, text }) => [id, text]));
    writeFileSync(at('test.csv'), renderRawCsv([['id', 'review'], ...reviewIds.map((id) => [id, textOf.get(id) ?? ''])]));
    expect(await ask('--input', 'test.csv', '--output', 'predicted.jsonl', '--uncalibrated')).toEqual({
      status: 0, stdout: '', stderr: `gatelab: ${reviewIds.length} predictions written to predicted.jsonl\n`,
    });
    const rows = readFileSync(at('predicted.jsonl'), 'utf8').trim().split('\n').map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(rows.map(({ id }) => id)).toEqual(reviewIds);
    rows.forEach(({ probability_positive: found }, k) => { expect(found).toBeCloseTo(probabilities[k] ?? Number.NaN, 4); });
  });

  it('calibrates by the temperature of the run, which changes no label', async () => {
    const texts = ['a moving film', 'dull', 'a film', 'two hours that I will not get back'];
    const [calibrated, own] = [parseLines((await ask(...texts, '--json')).stdout), parseLines((await ask(...texts, '--json', '--uncalibrated')).stdout)];
    const { temperature } = findCalibration(at('experiments/tiny'), readSummary(at('experiments/tiny')).bestEpoch) ?? expect.fail('none');
    expect(calibrated.map(({ label }) => label)).toEqual(own.map(({ label }) => label));
    calibrated.forEach(({ probabilities }, k) => {
      const expected = applyTemperature(Object.values(own[k]?.probabilities ?? {}), temperature);
      Object.values(probabilities).forEach((value, label) => { expect(value).toBeCloseTo(expected[label] ?? Number.NaN, 6); });
    });
  });

  it.each<[string, (calibration: string) => void]>([
    ['without a calibration', (path) => { rmSync(path); }],
    ['with that of another epoch', (path) => {
      writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, 'utf8')) as object, epoch: 9 }));
    }],
  ])('of a run %s answers as the model does, and says so to people', async (name, change) => {
    const run = `experiments/${name.replaceAll(' ', '-')}`, old = (...args: string[]): Promise<Finished> => predict('--run', run, 'a film', ...args);
    cpSync(at('experiments/tiny'), at(run), { recursive: true });
    change(at(`${run}/calibration.json`));
    const own = parseLines((await ask('a film', '--json', '--uncalibrated')).stdout);
    expect((await old()).stderr).toBe(`gatelab: the probabilities are not calibrated: ${run} has no calibration.json of its best epoch\n`);
    const json = await old('--json');
    expect([parseLines(json.stdout), json.stderr]).toEqual([own, '']);
    expect((await old('--uncalibrated')).stderr).toBe('');
  });

  it('names a damaged calibration, and the way out', async () => {
    cpSync(at('experiments/tiny'), at('experiments/damaged'), { recursive: true });
    writeFileSync(at('experiments/damaged/calibration.json'), '{"format": 1, "temperature": -1}');
    const { status, stderr } = await predict('--run', 'experiments/damaged', 'a film');
    expect([status, stderr.trim().split('\n').length]).toEqual([1, 1]);
    expect(stderr).toMatch(/experiments\/damaged\/calibration\.json: .*remove it/);
  });

  it('keeps the columns of a table as they are and adds its own', async () => {
    writeFileSync(at('own.csv'), 'id,text\n7,"=1+1, ""good""\nfilm"\n8,bad\n');
    await ask('--input', 'own.csv', '--output', 'out.csv');
    const [head, ...rows] = readFileSync(at('out.csv'), 'utf8').split(/\n(?=id|7|8|$)/);
    expect(head).toBe('id,text,predictedLabel,predictedProbability,probability_negative,probability_positive');
    expect(rows[0]).toMatch(/^7,"=1\+1, ""good""\nfilm",(positive|negative),0\.\d+,0\.\d+,0\.\d+$/);
    expect(rows[1]).toMatch(/^8,bad,/);
    expect((await ask('--input', 'out.csv', '--output', 'again.csv')).stderr)
      .toBe('gatelab: the input has a column predictedLabel already, which --output adds; rename it\n');
    expect(readdirSync(cwd).filter((name) => name.startsWith('again'))).toEqual([]);
  });

  it('answers lines of standard input while they come', async () => {
    const [program = '', ...args] = gatelab;
    const child = spawn(program, [...args, 'predict', '--engine', 'portable', '--run', 'experiments/tiny', '--input', '-', '--json'], { cwd });
    const ended = finished(child, (stdout) => { if (stdout.split('\n').length === 2) child.stdin.end('dull\n\n'); });
    child.stdin.write('a moving film\n');
    const { status, stdout, stderr } = await ended;
    expect([status, parseLines(stdout).length]).toEqual([0, 3]);
    expect(stderr).toBe('gatelab: one text has no word; of such a text the model knows nothing, and its answer means nothing\n');
  });

  it('leaves what was there where a row cannot be read', async () => {
    writeFileSync(at('kept.csv'), 'kept\n');
    writeFileSync(at('broken.csv'), 'text\ngood\na,b\n');
    const { status, stderr } = await ask('--input', 'broken.csv', '--output', 'kept.csv');
    expect([status, stderr]).toEqual([1, 'gatelab: broken.csv, line 3: expected 1 fields, found 2; a text with a separator in it must stand in '
      + 'double quotes\n']);
    expect(readFileSync(at('kept.csv'), 'utf8')).toBe('kept\n');
    expect(readdirSync(cwd).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  it.each<[string, string[], number, string]>([
    ['no run', ['x'], 2, '--run is missing: the folder of a trained model, for example --run experiments/gru-1'],
    ['no text', ['--run', 'experiments/tiny'], 2, 'no text: give some in quotes, or --input with a file, or --input - for lines'],
    ['texts twice', ['--run', 'experiments/tiny', 'x', '--input', '-'], 2, 'predict takes texts or --input, not both; omit one of the two'],
    ['an input that does not exist', ['--run', 'experiments/tiny', '--input', 'none.csv'], 2, '--input none.csv: no such file; for lines of '
      + 'standard input, type --input -'],
    ['another format', ['--run', 'experiments/tiny', '--input', 'own.csv', '--output', 'x.xlsx'], 2, '--output x.xlsx: the ending says the '
      + 'format: .csv, .jsonl'],
    ['a folder that is no run', ['--run', 'nowhere', 'x'], 1, 'nowhere: no such folder; name one that a run made, for example experiments/gru-1'],
    ['a published run', ['--run', join(import.meta.dirname, '../../experiments/published/gru-seed1'), 'x'], 1, 'gru-seed1: has no checkpoints; '],
  ])('refuses %s in one line', async (_, args, status, message) => {
    const ended = await predict(...args);
    expect([ended.status, ended.stdout]).toEqual([status, '']);
    expect(ended.stderr).toContain(message);
    expect(ended.stderr.trim().split('\n')).toHaveLength(1);
    expect(existsSync(at('x.xlsx'))).toBe(false);
  });
});
