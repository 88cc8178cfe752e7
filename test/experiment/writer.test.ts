import { appendFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { loadConfig } from '../../src/experiment-config.ts';
import { createExperimentFolder, type ExperimentFolder } from '../../src/experiment/folder.ts';
import { loadExperiment } from '../../src/experiment/load.ts';
import { PREDICTIONS_FILE } from '../../src/experiment/predictions.ts';
import { createLog, createExperimentWriter } from '../../src/experiment/writer.ts';
import { createSummary } from '../../src/experiment/records.ts';
import { environment, facts, makeEpoch, makeEpochs } from './examples.ts';
import { readPredictions } from '../support/run-fingerprint.ts';
import { makeTemporaryFolder, userErrorOf } from './temporary-folder.ts';

const root = makeTemporaryFolder();
const read = (folder: ExperimentFolder, file: string): string => readFileSync(join(folder.path, file), 'utf8');

function writeRun(epochs = makeEpochs(3)): ExperimentFolder {
  const folder = createExperimentFolder(root, undefined, 'gru');
  const writer = createExperimentWriter(folder, { synthetic: false });
  writer.writeConfig(loadConfig('gru').config);
  writer.writeEnvironment(environment);
  writer.writeEpochs(epochs);
  writer.writeSummary(createSummary(facts, epochs));
  return folder;
}

describe('an experiment folder', () => {
  it('reads back as it was written', () => {
    const epochs = makeEpochs(3);
    const folder = writeRun(epochs);
    expect(loadExperiment(folder.path)).toEqual({
      ...folder, epochs, environment, config: loadConfig('gru').config, summary: createSummary(facts, epochs),
    });
  });

  it('holds whole files only, nothing left beside them', () => {
    const folder = writeRun();
    const writer = createExperimentWriter(folder, { synthetic: false });
    writer.writeCurves('<svg/>');
    expect(readdirSync(folder.path).sort()).toEqual([
      'config.yaml',
      'curves.svg',
      'environment.json',
      'metrics.csv',
      'metrics.jsonl',
      'summary.json',
    ]);
  });

  it('names every column in the design’s order, in both files', () => {
    const folder = writeRun();
    const columns =
      'epoch,trainLoss,trainAccuracy,validationLoss,validationAccuracy,testLoss,testAccuracy,epochSeconds,examplesPerSecond,peakRssBytes,learningRate';
    const lines = read(folder, 'metrics.csv').split('\n');
    expect(lines[0]).toBe(columns);
    expect(lines[1]).toBe('1,0.6,0.7,0.75,0.8,0.75,0.8,31.25,720,1200000000,0.001');
    expect(lines).toHaveLength(5);
    expect(Object.keys(JSON.parse(read(folder, 'metrics.jsonl').split('\n')[0]!) as object).join(',')).toBe(columns);
  });

  it('leaves no doubt about what was not a number and what was not there', () => {
    const broken = makeEpoch(1, { trainLoss: Infinity, testLoss: NaN, validationLoss: null, validationAccuracy: null });
    const folder = writeRun([broken]);
    expect(read(folder, 'metrics.csv').split('\n')[1]).toBe('1,Infinity,0.7,,,NaN,0.8,31.25,720,1200000000,0.001');
    expect(JSON.parse(read(folder, 'metrics.jsonl'))).toMatchObject({ trainLoss: 'Infinity', testLoss: 'NaN', validationLoss: null });
    expect(loadExperiment(folder.path).epochs).toEqual([broken]);
    const validated = makeEpoch(1, { validationLoss: NaN, validationAccuracy: 0.5 });
    expect(loadExperiment(writeRun([validated]).path).epochs).toEqual([validated]);
  });

  it('reads the runs of before, which wrote null for what is not a number, and writes their epochs in the same order', () => {
    const folder = writeRun([makeEpoch(1)]);
    const line = (given: object): void => {
      writeFileSync(join(folder.path, 'metrics.jsonl'), `${JSON.stringify({ ...makeEpoch(1), ...given })}\n`);
    };
    line({ trainLoss: null, validationLoss: null, testLoss: null });
    expect(loadExperiment(folder.path).epochs).toEqual([makeEpoch(1, { trainLoss: NaN, validationLoss: NaN, testLoss: NaN })]);
    line({ validationLoss: null, validationAccuracy: null });
    const [record] = loadExperiment(folder.path).epochs;
    expect(record).toEqual(makeEpoch(1, { validationLoss: null, validationAccuracy: null }));
    expect(Object.keys(record!)).toEqual(Object.keys(makeEpoch(1)));
  });

  it('of a synthetic run says so in every file', () => {
    const folder = createExperimentFolder(root, undefined, 'sample');
    const writer = createExperimentWriter(folder, { synthetic: true });
    const { config } = loadConfig('sample');
    writer.writeConfig(config);
    writer.writeEnvironment({ ...environment, dataset: { ...environment.dataset, kind: 'sample', synthetic: true } });
    writer.writeEpochs(makeEpochs(2));
    writer.writeSummary(createSummary({ ...facts, dataset: 'sample', synthetic: true }, makeEpochs(2)));
    writer.writePredictions({ reviewIds: ['a'], labels: [1], classes: 2, probabilities: [0.5] });
    createLog(folder, { synthetic: true }).info('started');
    const textOf = (file: string): string => (file === PREDICTIONS_FILE ? readPredictions(folder.path) : read(folder, file));
    for (const file of readdirSync(folder.path)) expect(textOf(file), file).toMatch(/synthetic/);
    expect(read(folder, 'metrics.csv').trim().split('\n').map((line) => line.split(',').at(-1))).toEqual(['synthetic', 'true', 'true']);
    expect(loadExperiment(folder.path)).toMatchObject({ config, epochs: makeEpochs(2), summary: { synthetic: true } });
  });

  it('that went away is reported in one line', () => {
    const folder = createExperimentFolder(root, 'gone', 'gru');
    rmSync(folder.path, { recursive: true });
    const writer = createExperimentWriter(folder, { synthetic: false });
    expect(
      userErrorOf(() => {
        writer.writeEpochs(makeEpochs(1));
      }, root),
    ).toBe('tmp/gone/metrics.jsonl: cannot be written: a part of the path does not exist (ENOENT)');
    expect(userErrorOf(() => createLog(folder, { synthetic: false }), root)).toBe(
      'tmp/gone/log.jsonl: cannot be opened: a part of the path does not exist (ENOENT)',
    );
  });
});

describe('the log', () => {
  it('is one JSON line an event, there at once', () => {
    const folder = createExperimentFolder(root, undefined, 'logged');
    const log = createLog(folder, { synthetic: false });
    log.info({ epoch: 1, loss: 0.5 }, 'epoch');
    log.warn('slow\nengine');
    const lines = read(folder, 'log.jsonl').trim().split('\n').map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines).toMatchObject([{ level: 'info', epoch: 1, loss: 0.5, msg: 'epoch' }, { level: 'warn', msg: 'slow\nengine' }]);
    expect(Object.keys(lines[0]!)).not.toContain('hostname');
    expect(lines[0]!.time).toMatch(/^\d{4}-\d\d-\d\dT.*Z$/);
  });
});

describe('reading a folder that is not as a run left it', () => {
  const names = '; name a folder that a run made, for example experiments/gru-1';
  it.each<[string, (path: string) => void, string]>([
    ['not there', (path) => { rmSync(path, { recursive: true }); }, `tmp/RUN: has no summary.json${names}`],
    ['without its environment', (path) => { rmSync(join(path, 'environment.json')); }, `tmp/RUN: has no environment.json${names}`],
    ['without its config', (path) => { rmSync(join(path, 'config.yaml')); }, `tmp/RUN: has no config.yaml${names}`],
    ['a file for a folder', (path) => { rmSync(path, { recursive: true }); writeFileSync(path, ''); }, 'tmp/RUN/summary.json: cannot be '
      + 'read (ENOTDIR); check the file and its permissions'],
    ['a folder for a file', (path) => { rmSync(join(path, 'summary.json')); mkdirSync(join(path, 'summary.json')); }, 'tmp/RUN/summary.json: cannot be read (EISDIR); check the file and its permissions'],
    ['half a summary', (path) => { writeFileSync(join(path, 'summary.json'), '{"status": "comp'); }, 'tmp/RUN/summary.json: not valid '
      + 'JSON; was it edited by hand?'],
    ['an unknown status', (path) => { edit(path, 'summary.json', '"completed"', '"great"'); }, 'tmp/RUN/summary.json: status: Invalid '
      + 'option: expected one of "running"|"completed"|"interrupted"|"diverged"|"failed"'],
    ['an impossible accuracy', (path) => { edit(path, 'metrics.jsonl', '"trainAccuracy":0.7', '"trainAccuracy":7'); }, 'tmp/RUN/metrics.jsonl:1: trainAccuracy: Too big: expected number to be <=1'],
    ['half a line', (path) => { appendFileSync(join(path, 'metrics.jsonl'), '{"epoch":4'); }, 'tmp/RUN/metrics.jsonl:4: not valid JSON; '
      + 'was it edited by hand?'],
    ['an epoch twice', (path) => { appendFileSync(join(path, 'metrics.jsonl'), `${JSON.stringify(makeEpoch(3))}\n`); }, 'tmp/RUN/metrics.jsonl:4: holds epoch 3; epochs count 1, 2, 3 …'],
    ['epochs missing', (path) => { rmSync(join(path, 'metrics.jsonl')); }, 'tmp/RUN/metrics.jsonl: holds 0 epochs, but summary.json '
      + 'counts 3'],
    ['a config with an unknown key', (path) => { appendFileSync(join(path, 'config.yaml'), 'modle: {}\n'); }, 'tmp/RUN/config.yaml:80: '
      + 'modle is not a known key; did you mean model?'],
  ])('%s', (_, damage, message) => {
    const folder = writeRun();
    damage(folder.path);
    expect(userErrorOf(() => loadExperiment(folder.path), root).replaceAll(folder.name, 'RUN')).toBe(message);
  });

  function edit(path: string, file: string, from: string, to: string): void {
    const text = readFileSync(join(path, file), 'utf8');
    expect(text).toContain(from);
    writeFileSync(join(path, file), text.replace(from, to));
  }
});
