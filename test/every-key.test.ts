// Every config key changes what a run computes, or stands in `bookkeepingKeys`: a key that nothing reads fails here.
import { beforeAll, describe, expect, inject, it } from 'vitest';

import type { KeySchema } from '../src/config/key-schema.ts';
import { createDataset } from '../src/data/dataset.ts';
import type { Review } from '../src/data/review.ts';
import { createSampleSource } from '../src/data/sample.ts';
import { tableOptionsOf } from '../src/data/table/options.ts';
import { tokenizeCorpus } from '../src/data/tokenized-corpus.ts';
import type { TokenizedCorpus } from '../src/data/tokenized-corpus.ts';
import { experimentConfigs } from '../src/experiment-config.ts';
import { bookkeepingKeys, defaultModelType, experimentSchemas, isNeural, modelTypes } from '../src/experiment-schema.ts';
import type { AnyConfig, ModelType } from '../src/experiment-schema.ts';
import type { RunEvent } from '../src/experiment/recorder.ts';
import { heads, poolings } from '../src/models/build.ts';
import { objectives, schedules } from '../src/training/settings.ts';
import { trainLinear } from '../src/training/linear/train-linear.ts';
import { createTrainee } from '../src/training/step.ts';
import { train } from '../src/training/trainer.ts';
import { startEngine } from './support/engine.ts';

beforeAll(() => startEngine(inject('hasNativeEngine') ? 'native' : 'portable'));

/** Small enough to train in a moment, large enough that every setting has something to act on. */
const tiny = {
  data: { source: 'sample', limit: 36, maxLength: 80, vocabularySize: 60 },
  model: { embeddingSize: 8, hiddenSize: 4, feedForwardSize: 6, maxPositions: 5, embeddingDropoutRate: 0.2, headDropoutRate: 0.2 },
  training: { epochs: 2, batchSize: 7, bucketBatches: 2, evaluationBatchSize: 16, learningRate: 0.05, clipNorm: 0.5 },
};
const linear = { data: { ...tiny.data, limit: 40 }, training: { strengths: [0.1, 1] } };

/** The sample, with text in a script without spaces, which the tokenizers cut differently. */
const corpus = createSampleSource().load().then(({ train: training, test, ...rest }) => {
  const mixed = (reviews: readonly Review[]): Review[] =>
    reviews.map((review, k) => (k % 3 === 0 ? { ...review, text: `${review.text} 这部电影非常好看` } : review));
  return { ...rest, train: mixed(training), test: mixed(test) };
});

const tokenized = new Map<AnyConfig['data']['tokenizer'], Promise<TokenizedCorpus>>();

/** The corpus by a tokenizer, cut once. */
function tokenize(tokenizer: AnyConfig['data']['tokenizer']): Promise<TokenizedCorpus> {
  const known = tokenized.get(tokenizer) ?? corpus.then((reviews) => tokenizeCorpus(reviews, undefined, tokenizer));
  tokenized.set(tokenizer, known);
  return known;
}

const exact = (value: unknown): string => JSON.stringify(value, (_, part: unknown) => (part instanceof Float64Array ? [...part] : part));

/** All that a run computes, times and memory aside. */
async function compute(config: AnyConfig): Promise<string> {
  const dataset = createDataset(await tokenize(config.data.tokenizer), config.data);
  const results: unknown[] = [];
  const keep = (event: RunEvent): void => {
    if (event.kind !== 'epoch') return;
    const { epochSeconds: _seconds, examplesPerSecond: _rate, peakRssBytes: _peak, ...record } = event.record;
    results.push(record, event.testProbabilities);
  };
  if (!isNeural(config)) {
    for (const event of trainLinear(config, dataset)) keep(event);
    return exact(results);
  }
  const trainee = createTrainee(config, dataset.vocabulary.size);
  for (const event of train(trainee, dataset)) keep(event);
  trainee.optimizer.dispose();
  return exact(results);
}

/** Other values of a key, those most likely to make a difference first. */
function otherValues({ enum: choices, anyOf = [], type, items }: KeySchema, value: unknown): unknown[] {
  if (choices !== undefined) return choices.filter((choice) => choice !== value);
  if (typeof value === 'boolean') return [!value];
  const list = [{ type, items }, ...anyOf].find((one) => one.type === 'array');
  if (list !== undefined) return list.items?.type === 'string' ? [['*=0.3']] : [[0.001], [10], [3, 1]];
  const from = typeof value === 'number' ? value : 30;
  const numbers = [from / 2, from * 2, 0.3, 1, 3, 0, 0.001].filter((number) => number !== value);
  return type === 'integer' || anyOf.some((one) => one.type === 'integer') ? numbers.map(Math.floor) : numbers;
}

/** Keys of other data than the sample: test/data/table/corpus.test.ts tries those of tables, test/data/recall.test.ts the memory task's. */
const otherDataKeys = [...Object.keys(tableOptionsOf(experimentSchemas[defaultModelType].parse({}).data)), 'distance'].map((key) => `data.${key}`);

/** Keys that another one turns on, and keys of training that show in a longer run alone. */
const companions: Readonly<Record<string, object>> = {
  'model.tiedWeights': { embeddingSize: 4 },
  'model.padSide': { padTo: 90 },
  'model.window': { cell: 'qrnn' },
  'training.stopPatience': { epochs: 4, stopMinDelta: 0.9 },
  'training.stopMinDelta': { epochs: 4, stopPatience: 1, learningRate: 0.005 },
  'training.emaDecay': { averaging: 'ema' },
  'training.tailEpochs': { averaging: 'tail' },
  'training.stopMetric': { epochs: 8, stopPatience: 1 },
  'training.stepEpochs': { epochs: 4 },
  'training.stepFactor': { stepEpochs: 1 },
};

function withValue(config: AnyConfig, key: string, value: unknown): object {
  const [section = '', name] = key.split('.');
  const parts = config as unknown as Record<string, object>;
  return name === undefined ? { ...parts, [section]: value } : { ...parts, [section]: { ...parts[section], [name]: value } };
}

/** What has to be chosen for a key to be read: the part that declares it. */
function chooseReader(key: string): object {
  const [section = '', name = ''] = key.split('.');
  const registries: Readonly<Record<string, object>> = {
    model: { pooling: poolings, head: heads }, training: { objective: objectives, schedule: schedules },
  };
  const ofSection: Readonly<Record<string, Readonly<Record<string, { readonly settings: object }>>>> = { ...registries[section] as object };
  for (const [choice, registry] of Object.entries(ofSection)) {
    const part = Object.entries(registry).find(([, { settings }]) => name in settings);
    if (part !== undefined) return { [choice]: part[0], ...companions[key] };
  }
  return companions[key] ?? {};
}

describe.each(modelTypes)('every key of model.type %s', (type: ModelType) => {
  const hasGradients = isNeural(experimentSchemas[type].parse({}));
  const own = Object.keys(experimentSchemas[type].parse({}).model);
  const base = experimentSchemas[type].parse({
    ...(hasGradients ? tiny : linear),
    model: { type, ...Object.fromEntries(Object.entries(tiny.model).filter(([key]) => own.includes(key))) },
  });
  const leaves = [...experimentConfigs.keys.of(type)].filter(([key, { properties }]) => properties === undefined && key !== 'extends');
  const valueOf = (key: string): unknown => key.split('.').reduce<unknown>((part, name) => (part as Record<string, unknown>)[name], base);
  const isShared = hasGradients && type !== defaultModelType; // all but its section `model` is tried with the default type
  const choosable = leaves.filter(([key, { enum: choices }]) =>
    choices?.length !== 1 && !bookkeepingKeys.includes(key) && !otherDataKeys.includes(key) && (!isShared || key.startsWith('model.')));

  it('that is not bookkeeping changes the result', async () => {
    expect(choosable.length).toBeGreaterThan(5);
    const before = await compute(base);
    expect(await compute(base)).toBe(before);
    const idle: string[] = [];
    for (const [key, schema] of choosable) {
      const [section = ''] = key.split('.'), chosen = chooseReader(key);
      const reading = Object.keys(chosen).length === 0 ? base : experimentSchemas[type].parse(withValue(base, section, {
        ...(base as unknown as Record<string, object>)[section], ...chosen,
      }));
      const own = reading === base ? before : await compute(reading);
      const others = otherValues(schema, valueOf(key)).flatMap(
        (value) => experimentSchemas[type].safeParse(withValue(reading, key, value)).data ?? [],
      );
      let changed = false;
      for (const config of others) changed ||= await compute(config).catch(() => own) !== own;
      if (!changed) idle.push(key);
    }
    expect(idle).toEqual([]);
  });

  it('that is bookkeeping changes nothing', async () => {
    const before = await compute(base);
    const kept = leaves.filter(([key]) => bookkeepingKeys.includes(key) && key !== 'data.source'); // another source has other reviews
    expect(kept.length).toBe(hasGradients ? 2 : 0);
    for (const [key, schema] of kept) {
      const others = otherValues(schema, valueOf(key)).flatMap(
        (value) => experimentSchemas[type].safeParse(withValue(base, key, value)).data ?? [],
      );
      expect(others.length, key).toBeGreaterThan(0);
      for (const config of others) expect(await compute(config), key).toBe(before);
    }
  });

  it('that is bookkeeping exists', () => {
    for (const key of bookkeepingKeys)
      if (key.startsWith('data.') || hasGradients) expect(leaves.map(([name]) => name)).toContain(key);
  });
});
