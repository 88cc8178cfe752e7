import { createHash } from 'node:crypto';
import { cpSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import pino from 'pino';
import type { Logger } from 'pino';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { experimentSchema, neuralSchema } from '../../src/experiment-schema.ts';
import { createDataset } from '../../src/data/dataset.ts';
import type { Dataset } from '../../src/data/dataset.ts';
import { createSampleSource } from '../../src/data/sample.ts';
import { tokenizeCorpus } from '../../src/data/tokenized-corpus.ts';
import type { Checkpoint } from '../../src/experiment/checkpoint.ts';
import { createCheckpointStore, loadCheckpoint } from '../../src/experiment/checkpoint-store.ts';
import { isFinished } from '../../src/experiment/continuation.ts';
import { loadModel } from '../../src/experiment/load-model.ts';
import type { LoadedModel } from '../../src/experiment/load-model.ts';
import { readSummary } from '../../src/experiment/load.ts';
import { loadPredictions } from '../../src/experiment/predictions.ts';
import { createExperimentFolder } from '../../src/experiment/folder.ts';
import type { ExperimentFolder } from '../../src/experiment/folder.ts';
import type { RunEvent, RunOutcome } from '../../src/experiment/recorder.ts';
import { summarySchema } from '../../src/experiment/records.ts';
import { runExperiment } from '../../src/experiment/run.ts';
import { createExperimentWriter } from '../../src/experiment/writer.ts';
import type { EncodedPart } from '../../src/text/encode.ts';
import { evaluatePart, flattenProbabilities } from '../../src/training/evaluate.ts';
import { startEngine } from '../support/engine.ts';
import { fingerprintRun } from '../support/run-fingerprint.ts';
import { makeTemporaryFolder, userErrorOf } from './temporary-folder.ts';

const root = makeTemporaryFolder();
const tiny = {
  data: { source: 'sample', limit: 48, maxLength: 12 },
  model: { cell: 'gru', bidirectional: true, embeddingSize: 4, hiddenSize: 3, dropoutRate: 0.5, embeddingDropoutRate: 0.1 },
  training: { epochs: 3, batchSize: 8, bucketBatches: 2, learningRate: 0.02 },
} as const;
const stepsPerEpoch = 6;
const noWarning = (line: string): void => { throw new Error(line); };

const noReviews = {
  tokenIds: new Int32Array(),
  offsets: Int32Array.of(0),
  labels: new Uint8Array(),
  ids: [],
  vocabularySize: 2,
  unknownTokens: 0,
  truncatedReviews: 0,
};
let dataset: Dataset;
beforeAll(async () => {
  dataset = createDataset(await tokenizeCorpus(await createSampleSource().load()), experimentSchema.parse(tiny).data);
});

interface RunChanges {
  readonly training?: object;
  readonly epochs?: number;
  /** In place of the GRU. */
  readonly model?: object;
  readonly checkpointSeconds?: number;
  /** The run stops after the event for which this says true. */
  readonly stopAt?: (event: RunEvent) => boolean;
  /** The process "dies" there: no checkpoint is written. */
  readonly dieAt?: (event: RunEvent) => boolean;
  readonly log?: Logger;
  /** False: the epochs are not judged on a validation part. */
  readonly validation?: boolean;
  /** By default the folder's newest checkpoint, if it has one. */
  readonly resumed?: Checkpoint | null;
}

async function run(folder: ExperimentFolder, changes: RunChanges = {}): Promise<RunOutcome> {
  const { epochs = 3, checkpointSeconds = 120, stopAt, dieAt, log = pino({ enabled: false }), validation = true } = changes;
  const { model = tiny.model, training } = changes;
  const { resumed = loadCheckpoint(folder, 'last', noWarning) } = changes;
  let stop = false;
  return runExperiment({
    config: neuralSchema.parse({ ...tiny, model, training: { ...tiny.training, epochs, checkpointSeconds, ...training } }),
    dataset: validation ? dataset : { ...dataset, validation: noReviews },
    fingerprint: 'f',
    resumed,
    facts: { dataset: 'sample', synthetic: true, baselineRssBytes: 0 },
    writer: createExperimentWriter(folder, { synthetic: true }),
    store: createCheckpointStore(folder, resumed),
    log,
    onEvent: (event) => {
      if (dieAt?.(event) === true) throw new Error('killed');
      stop ||= stopAt?.(event) === true;
    },
    isStopRequested: () => stop,
  });
}

/** [reviews] of the positive label. */
function evaluateAll(model: LoadedModel, part: EncodedPart): ArrayLike<number> {
  const batches = evaluatePart(model, part, 16);
  for (;;) {
    const { done, value } = batches.next();
    if (done === true) return flattenProbabilities(value.probabilities);
  }
}

const newFolder = (): ExperimentFolder => createExperimentFolder(root, undefined, 'run');
/** By the predictions that are kept. */
const accuracyOf = ({ path }: ExperimentFolder): number => {
  const { labels, probabilities } = loadPredictions(path);
  return Array.from(labels).filter((label, row) => (probabilities[row]! > 0.5 ? 1 : 0) === label).length / labels.length;
};
const namesIn = ({ path }: ExperimentFolder): string[] => readdirSync(join(path, 'checkpoints')).sort();
const isStep =
  (epoch: number, step: number) =>
  (event: RunEvent): boolean =>
    event.kind === 'step' && event.epoch === epoch && event.step === step;

const engines = inject('hasNativeEngine') ? (['native', 'portable'] as const) : (['portable'] as const);

describe.for(engines)('a run that goes on, %s engine', (engine) => {
  let uninterrupted: object;
  beforeAll(async () => {
    await startEngine(engine);
    const folder = newFolder();
    expect((await run(folder)).summary.status).toBe('completed');
    uninterrupted = fingerprintRun(folder.path);
    expect(namesIn(folder)).toEqual([expect.stringMatching(/^best-[123]-0$/), 'last-2-0', 'last-3-0']);
    const { reviewIds, labels } = loadPredictions(folder.path);
    expect({ reviewIds, labels }).toEqual({ reviewIds: dataset.test.ids, labels: dataset.test.labels });
    expect(accuracyOf(folder)).toBe(readSummary(folder.path).testAccuracyAtBestValidation);
  });

  it.each<[string, (event: RunEvent) => boolean, string[]]>([
    ['after the first step', isStep(1, 1), ['last-0-1']],
    ['in the middle of an epoch', isStep(2, 4), ['last-1-0', 'last-1-4']],
    ['after the last step of an epoch', isStep(2, stepsPerEpoch), ['last-1-0', 'last-1-6']],
    ['in the middle of an evaluation', (event) => event.kind === 'evaluation' && event.epoch === 1 && event.part === 'test', ['last-0-6']],
    ['at the end of an epoch', (event) => event.kind === 'epoch' && event.record.epoch === 2, ['last-1-0', 'last-2-0']],
  ])('after a stop %s ends with the same bits as one never interrupted', async (_, stopAt, expected) => {
    const folder = newFolder();
    expect((await run(folder, { stopAt })).summary.status).toBe('interrupted');
    expect(namesIn(folder).filter((name) => name.startsWith('last'))).toEqual(expected);
    expect((await run(folder)).summary.status).toBe('completed');
    expect(fingerprintRun(folder.path)).toEqual(uninterrupted);
  });

  it.each<[string, (event: RunEvent) => boolean, number]>([
    ['before the first checkpoint', isStep(1, 3), 120],
    ['within an epoch', isStep(2, 5), 120],
    ['with a checkpoint after every step', isStep(2, 5), 1e-9],
  ])('after a death %s ends with the same bits', async (_, dieAt, checkpointSeconds) => {
    const folder = newFolder();
    await expect(run(folder, { dieAt, checkpointSeconds })).rejects.toThrow('killed');
    expect((await run(folder)).summary.status).toBe('completed');
    expect(fingerprintRun(folder.path)).toEqual(uninterrupted);
  });

  it('ends with the same bits with every technique of training on, and predicts by the averaged weights', async () => {
    const training = {
      accumulationSteps: 2, schedule: 'cosine', warmupSteps: 3, clipValue: 0.1, weightDecay: 0.01, learningRates: ['fc.*=0.1'],
      averaging: 'ema', emaDecay: 0.5, labelSmoothing: 0.1, classWeights: [1, 2], checkpointSeconds: 1e-9,
    };
    const [whole, stopped] = [newFolder(), newFolder()];
    await run(whole, { training });
    for (const stopAt of [isStep(1, 4), isStep(3, 2)]) expect((await run(stopped, { training, stopAt })).summary.status).toBe('interrupted');
    expect((await run(stopped, { training })).summary.status).toBe('completed');
    expect(fingerprintRun(stopped.path)).toEqual(fingerprintRun(whole.path));
    const model = loadModel(whole.path, noWarning), { labels, probabilities } = loadPredictions(whole.path);
    const found = evaluateAll(model, dataset.test);
    expect(labels).toEqual(dataset.test.labels);
    for (const [k, probability] of Array.from(probabilities).entries()) expect(found[k]).toBeCloseTo(probability, 5);
    model.dispose();
  });

  it('that a stop rule ended is finished, and says why', async () => {
    const folder = newFolder(), training = { epochs: 9, stopPatience: 1, stopMinDelta: 0.5 };
    const { summary } = await run(folder, { training });
    expect([summary.status, summary.epochs, summary.stopped]).toEqual(['completed', 2, 'validationLoss has not improved for 1 epoch']);
    const config = experimentSchema.parse({ ...tiny, training: { ...tiny.training, ...training } });
    expect(isFinished({ summary: readSummary(folder.path) }, config)).toBe(true);
    expect((await run(folder, { training })).records).toHaveLength(2);
  });

  it('ends with the same bits however often it is stopped', async () => {
    const folder = newFolder();
    let stops = 0;
    for (
      let steps = 0;
      (await run(folder, { stopAt: (event) => event.kind === 'step' && ++steps === 4 })).summary.status === 'interrupted';
      steps = 0
    )
      stops += 1;
    expect(stops).toBe(4);
    expect(fingerprintRun(folder.path)).toEqual(uninterrupted);
  });

  it('ends with the same bits with a Transformer too', async () => {
    const model = { type: 'transformer', embeddingSize: 4, heads: 2, feedForwardSize: 5, embeddingDropoutRate: 0.1, dropoutRate: 0.2 };
    const [folder, stopped] = [newFolder(), newFolder()];
    await run(folder, { model });
    expect((await run(stopped, { model, stopAt: isStep(2, 4) })).summary.status).toBe('interrupted');
    expect((await run(stopped, { model })).summary.status).toBe('completed');
    expect(fingerprintRun(stopped.path)).toEqual(fingerprintRun(folder.path));
    expect(fingerprintRun(stopped.path)).not.toEqual(uninterrupted);
  });

  it('is completed, not interrupted, when the stop comes after its last epoch', async () => {
    const folder = newFolder();
    expect((await run(folder, { stopAt: (event) => event.kind === 'epoch' && event.record.epoch === 3 })).summary.status).toBe('completed');
    expect(fingerprintRun(folder.path)).toEqual(uninterrupted);
  });

  it('keeps the largest memory of the processes before', async () => {
    const folder = newFolder();
    await run(folder, { stopAt: (event) => event.kind === 'evaluation' && event.epoch === 3 });
    const stopped = loadCheckpoint(folder, 'last', noWarning)!;
    const history = stopped.state.history.map((record) => ({ ...record, peakRssBytes: 2 ** 50 }));
    expect((await run(folder, { resumed: { ...stopped, state: { ...stopped.state, history } } })).summary.peakRssBytes).toBe(2 ** 50);
  });

  it('may be given more epochs', async () => {
    const folder = newFolder();
    await run(folder, { epochs: 1 });
    await run(folder);
    expect(fingerprintRun(folder.path)).toEqual(uninterrupted);
  });

  it('keeps the predictions of its last epoch where nothing says which is best', async () => {
    const folder = newFolder();
    const { summary, records } = await run(folder, { validation: false });
    expect(summary.bestEpoch).toBeNull();
    expect(records.map(({ testAccuracy }) => testAccuracy).at(-1)).toBe(accuracyOf(folder));
  });

  it('leaks no tensor', async () => {
    const before = tf.memory().numTensors;
    const folder = newFolder();
    await run(folder, { stopAt: isStep(2, 2) });
    await run(folder);
    expect(tf.memory().numTensors).toBe(before);
  });
});

it('that diverges keeps its last checkpoint, and says where it stopped in the summary and the log', async () => {
  const folder = newFolder();
  await run(folder, { stopAt: isStep(2, 4) });
  const resumed = loadCheckpoint(folder, 'last', noWarning) ?? expect.fail('none');
  const broken = new Map([...resumed.weights, ['fc.bias', { shape: [2], values: Float32Array.of(0, NaN) }]]);
  createCheckpointStore(folder, resumed).write('last', { ...resumed, weights: broken });
  const before = namesIn(folder);
  const { summary } = await run(folder, { log: pino(pino.destination({ dest: join(folder.path, 'log.jsonl'), sync: true })) });
  const where = { epoch: 2, batch: 5, step: 11, loss: 'NaN', gradientNorm: 'NaN' };
  expect(summary).toMatchObject({ status: 'diverged', epochs: 1, divergence: where });
  expect(summarySchema.parse(JSON.parse(readFileSync(join(folder.path, 'summary.json'), 'utf8')))).toEqual(summary);
  const lines = readFileSync(join(folder.path, 'log.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { event: string; reviewIds?: string[] });
  const line = lines.find(({ event }) => event === 'not finite');
  expect(line).toMatchObject(where);
  expect(line?.reviewIds).toHaveLength(8);
  expect(namesIn(folder)).toEqual(before);
});

describe('a checkpoint', () => {
  const files = ['manifest.json', 'optimizer.safetensors', 'state.json', 'vocabulary.json', 'weights.safetensors'];
  let original: ExperimentFolder;
  beforeAll(async () => {
    original = newFolder();
    await run(original, { stopAt: isStep(2, 4) });
  });
  /** A run with the checkpoints last-1-0 and last-1-4. */
  const stopped = (): ExperimentFolder => {
    const folder = newFolder();
    cpSync(original.path, folder.path, { recursive: true });
    return folder;
  };

  it('is complete: every file with its SHA-256 in the manifest', () => {
    const folder = stopped();
    const at = join(folder.path, 'checkpoints/last-1-4');
    expect(readdirSync(at).sort()).toEqual(files);
    const { files: listed } = JSON.parse(readFileSync(join(at, 'manifest.json'), 'utf8')) as {
      files: Record<string, { bytes: number; sha256: string }>;
    };
    for (const name of files.slice(1)) {
      const bytes = readFileSync(join(at, name));
      expect(listed[name]).toEqual({ bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') });
    }
  });

  it.each(files.flatMap((file) => [[file, 'with a flipped byte'], [file, 'cut in half'], [file, 'emptied']]))('whose %s is %s counts for '
    + 'nothing: the one before is taken, with a warning', (file, how) => {
    const folder = stopped();
    const path = join(folder.path, 'checkpoints/last-1-4', file);
    const bytes = readFileSync(path);
    if (how === 'with a flipped byte')
      writeFileSync(
        path,
        bytes.map((byte, at) => (at === Math.floor(bytes.length * 0.6) ? byte ^ 0x14 : byte)),
      );
    else truncateSync(path, how === 'emptied' ? 0 : Math.floor(bytes.length / 2));
    const warnings: string[] = [];
    expect(loadCheckpoint(folder, 'last', (line) => warnings.push(line))?.state.position).toMatchObject({ epoch: 2, step: 0 });
    expect(warnings).toEqual([expect.stringMatching(/last-1-4 is damaged \(.+\); looking for the one before$/)]);
  });

  it('that is a copy of the best one, without Adam\'s moments, counts for nothing too', () => {
    const folder = stopped();
    cpSync(join(folder.path, 'checkpoints/best-1-0'), join(folder.path, 'checkpoints/last-2-0'), { recursive: true });
    const warnings: string[] = [];
    expect(loadCheckpoint(folder, 'last', (line) => warnings.push(line))?.state.position).toMatchObject({ epoch: 2, step: 4 });
    expect(warnings).toEqual([
      expect.stringMatching(
        /last-2-0 is damaged \(it has no optimizer\.safetensors, which training goes on with\); looking for the one before$/,
      ),
    ]);
  });

  it('that is damaged is replaced once the run has come as far again', () => {
    const folder = stopped();
    truncateSync(join(folder.path, 'checkpoints/last-1-4/state.json'), 10);
    const resumed = loadCheckpoint(folder, 'last', () => undefined) ?? expect.fail('none');
    const store = createCheckpointStore(folder, resumed);
    store.write('last', { ...resumed, state: { ...resumed.state, position: { ...resumed.state.position, step: 2 } } });
    expect(namesIn(folder)).toEqual(['best-1-0', 'last-1-0', 'last-1-2']);
    expect(loadCheckpoint(folder, 'last', noWarning)?.state.position.step).toBe(2);
  });

  it('of a folder where all are damaged is an error in one line', () => {
    const folder = stopped();
    for (const name of ['last-1-0', 'last-1-4']) truncateSync(join(folder.path, 'checkpoints', name, 'weights.safetensors'), 100);
    const warnings: string[] = [];
    const message = userErrorOf(() => loadCheckpoint(folder, 'last', (line) => warnings.push(line)), folder.path);
    expect(message).toBe(
      'tmp/checkpoints: no checkpoint is whole; train again under another --name, or remove tmp/checkpoints to start this run from the '
        + 'beginning',
    );
    expect(warnings).toHaveLength(2);
  });
});
