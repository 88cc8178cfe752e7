import { createEncoderLayer, createRecurrentLayer, timeSeconds } from '../../models/layer-passes.ts';
import type { FullShape, Pass, Passes } from '../../models/layer-passes.ts';
import { pairwiseRatio } from '../../measure/statistics.ts';
import type { Spread } from '../../measure/statistics.ts';
import { experimentSchema } from '../../experiment-schema.ts';
import type { RecurrentConfig } from '../../experiment-schema.ts';
import { takeTurns } from '../../measure/clock.ts';
import type { OnProgress } from '../../progress.ts';
import { createStepPasses, createSyntheticBatch } from '../../training/step-cost.ts';
import type { StepPasses } from '../../training/step-cost.ts';

export type GateCell = 'rnn' | 'gru' | 'lstm';

/** Seconds of every turn; the same turn of two candidates met the same machine. */
export type PassTimes = Readonly<Record<Pass, readonly number[]>>;

/** Recurrent layers on their own, D = H. */
export interface LayerTimes extends FullShape {
  readonly size: number;
  readonly turns: number;
  readonly times: Readonly<Record<GateCell, PassTimes>>;
}

/** The articles' classifier: a training step and an evaluation. */
export interface StepTimes extends FullShape {
  readonly turns: number;
  readonly times: Readonly<Record<GateCell | 'bilstm', PassTimes>>;
}

/** Tensors of a training step of the articles' classifier. */
export interface StepMemory extends FullShape {
  /** What is kept for the backward pass. */
  readonly keptBytes: Readonly<Record<GateCell, number>>;
  /** The most there are at once, with parameters and Adam's moments. */
  readonly peakTensorBytes: Readonly<Record<GateCell, number>>;
}

/** RNN and LSTM layers against a Transformer's encoder layer of the same width. */
export interface LengthTimes {
  readonly rows: number;
  readonly size: number;
  readonly feedForwardSize: number;
  readonly turns: number;
  /** By sequence length, ascending. */
  readonly points: readonly { readonly steps: number; readonly times: Readonly<Record<'rnn' | 'lstm' | 'encoder', PassTimes>> }[];
}

/** The small measurements that claims ask for; each is made once, when it is first asked for. */
export interface Measurements {
  readonly layers: () => Promise<LayerTimes>;
  readonly steps: () => Promise<StepTimes>;
  readonly memory: () => Promise<StepMemory>;
  readonly lengths: () => Promise<LengthTimes>;
}

/** How many times as long a pass of `one` takes as the same pass of `other`, turn by turn. */
export function timesAsLong(one: PassTimes, other: PassTimes, pass: Pass): Spread {
  return pairwiseRatio(other[pass], one[pass]);
}

/** At what sizes, and how often. */
export interface MeasurementSizes {
  readonly turns: number;
  /** The articles' classifier, its cell aside. */
  readonly classifier: RecurrentConfig;
  /** One recurrent layer, D = H = `size`. */
  readonly layer: FullShape & { readonly size: number };
  readonly lengths: {
    readonly rows: number;
    readonly size: number;
    readonly feedForwardSize: number;
    readonly heads: number;
    readonly steps: readonly number[];
  };
}

/** The articles' shapes: 64 × 300 (C8), D = H = 512 (C12). Few rows by length: scores of one row and head are T² values. */
export const articlesSizes: MeasurementSizes = {
  turns: 7, classifier: experimentSchema.parse({}),
  layer: { size: 512, rows: 64, steps: 50 },
  lengths: { rows: 2, size: 256, feedForwardSize: 1024, heads: 4, steps: [32, 128, 512, 2048] },
};

/**
 * Measures what claims ask for, when they ask for it, once each.
 * @param start makes the engine ready
 */
export function createMeasurements(sizes: MeasurementSizes, start: () => Promise<void>, onProgress: OnProgress): Measurements {
  const once = <T>(measure: () => T | Promise<T>): (() => Promise<T>) => {
    let result: Promise<T> | null = null;
    return () => (result ??= start().then(measure));
  };
  return {
    layers: once(() => measureLayers(sizes, onProgress)), steps: once(() => measureSteps(sizes, onProgress)),
    memory: once(() => measureMemory(sizes, onProgress)), lengths: once(() => measureLengths(sizes, onProgress)),
  };
}

const gateCells = ['rnn', 'gru', 'lstm'] as const;

/** Times both passes of each candidate alternately, after one of each that does not count, and disposes of the candidates. */
async function timePasses<Name extends string>(
  candidates: Readonly<Record<Name, Passes>>,
  turns: number,
  onTurn: (done: number, total: number) => void,
): Promise<Record<Name, PassTimes>> {
  const names = Object.keys(candidates) as Name[];
  const timed = names.flatMap((name) => (['forward', 'training'] as const).map((pass) => ({ name, pass, passes: candidates[name] })));
  let done = 0;
  try {
    onTurn(0, turns * timed.length); // the first passes take seconds
    for (const { passes, pass } of timed) passes.run(pass);
    const measured = await takeTurns(timed, turns, ({ passes, pass }) => {
      onTurn(done++, turns * timed.length);
      return timeSeconds(() => {
        passes.run(pass);
      });
    });
    const secondsOf = (name: Name, pass: Pass): number[] =>
      [...measured].find(([one]) => one.name === name && one.pass === pass)?.[1] ?? [];
    const times: [Name, PassTimes][] = names.map((name) => [
      name,
      { forward: secondsOf(name, 'forward'), training: secondsOf(name, 'training') },
    ]);
    return Object.fromEntries(times) as Record<Name, PassTimes>;
  } finally {
    for (const { passes, pass } of timed) if (pass === 'forward') passes.dispose();
  }
}

async function measureLayers({ turns, layer: { size, ...shape } }: MeasurementSizes, onProgress: OnProgress): Promise<LayerTimes> {
  const create = (cell: (typeof gateCells)[number]): Passes => createRecurrentLayer(cell, { inputSize: size, hiddenSize: size }, shape);
  const candidates = { rnn: create('rnn'), gru: create('gru'), lstm: create('lstm') };
  const times = await timePasses(candidates, turns, (done, total) => { onProgress({ label: 'Timing recurrent layers', done, total }); });
  return { ...shape, size, turns, times };
}

function createClassifier({ classifier }: MeasurementSizes, cell: (typeof gateCells)[number], bidirectional = false): StepPasses {
  const { data: { maxLength, vocabularySize }, training: { batchSize } } = classifier;
  return createStepPasses(
    { ...classifier, model: { ...classifier.model, cell, bidirectional } },
    vocabularySize,
    createSyntheticBatch(batchSize, maxLength, vocabularySize),
  );
}

function classifierShape({ classifier: { data, training } }: MeasurementSizes): FullShape {
  return { rows: training.batchSize, steps: data.maxLength };
}

async function measureSteps(sizes: MeasurementSizes, onProgress: OnProgress): Promise<StepTimes> {
  const candidates = {
    rnn: createClassifier(sizes, 'rnn'),
    gru: createClassifier(sizes, 'gru'),
    lstm: createClassifier(sizes, 'lstm'),
    bilstm: createClassifier(sizes, 'lstm', true),
  };
  const times = await timePasses(candidates, sizes.turns, (done, total) => {
    onProgress({ label: "Timing steps of the articles' models", done, total });
  });
  return { ...classifierShape(sizes), turns: sizes.turns, times };
}

function measureMemory(sizes: MeasurementSizes, onProgress: OnProgress): StepMemory {
  const measured = gateCells.map((cell, done) => {
    onProgress({ label: 'Counting the memory of training steps', done, total: gateCells.length });
    const passes = createClassifier(sizes, cell);
    try {
      return { cell, stateBytes: passes.stateBytes, ...passes.countBytes() };
    } finally {
      passes.dispose();
    }
  });
  const collect = (bytesOf: (of: (typeof measured)[number]) => number): StepMemory['keptBytes'] =>
    Object.fromEntries(measured.map((one) => [one.cell, bytesOf(one)])) as StepMemory['keptBytes'];
  return {
    ...classifierShape(sizes),
    keptBytes: collect(({ keptBytes }) => keptBytes),
    peakTensorBytes: collect(({ peakBytes, stateBytes }) => peakBytes + stateBytes),
  };
}

async function measureLengths(
  { turns, lengths: { rows, size, feedForwardSize, heads, steps: lengths } }: MeasurementSizes,
  onProgress: OnProgress,
): Promise<LengthTimes> {
  const points: LengthTimes['points'][number][] = [];
  for (const [k, steps] of lengths.entries()) {
    const recurrent = (cell: 'rnn' | 'lstm'): Passes => createRecurrentLayer(cell, { inputSize: size, hiddenSize: size }, { rows, steps });
    const candidates = {
      rnn: recurrent('rnn'),
      lstm: recurrent('lstm'),
      encoder: createEncoderLayer({ embeddingSize: size, feedForwardSize, heads }, { rows, steps }),
    };
    const times = await timePasses(candidates, turns, (done, total) => {
      onProgress({ label: 'Timing layers by sequence length', done: k * total + done, total: lengths.length * total });
    });
    points.push({ steps, times });
  }
  return { rows, size, feedForwardSize, turns, points };
}
