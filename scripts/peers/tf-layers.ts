// The articles' classifier in tf.layers on tfjs-node: tf-layers.ts THREADS
// Adam without clipping, which tf.layers does not have. Each step begins with the batch's padding.
import { readBatches } from '../../src/bench/workload.ts';
import type { Padding, RecurrentModel, Request } from '../../src/bench/protocol.ts';
import { serve } from '../../src/bench/serve.ts';
import type { EncodedPart } from '../../src/text/encode.ts';
import { loadEngine } from '../../src/engine/load.ts';

const engine = await loadEngine({ backend: 'native', threads: Number(process.argv[2]) });
const tf = await import('@tensorflow/tfjs'); // after the engine, which must be the first backend

type Layer = Parameters<ReturnType<typeof tf.sequential>['add']>[0];
const cells = { rnn: tf.layers.simpleRNN, lstm: tf.layers.lstm, gru: tf.layers.gru };

function recurrentLayers({ cell, bidirectional, layers, hiddenSize, dropoutRate }: RecurrentModel): Layer[] {
  return Array.from({ length: layers }, (_, k) => {
    const last = k === layers - 1;
    // The default, orthogonal, takes a minute to make.
    const layer = cells[cell]({ units: hiddenSize, returnSequences: !last, recurrentInitializer: 'glorotUniform' });
    const placed = bidirectional ? tf.layers.bidirectional({ layer, mergeMode: 'concat' }) : layer;
    return last ? [placed] : [placed, tf.layers.dropout({ rate: dropoutRate })];
  }).flat();
}

function build(config: RecurrentModel): ReturnType<typeof tf.sequential> {
  const { vocabularySize: inputDim, embeddingSize: outputDim } = config;
  const embedding = tf.layers.embedding({ inputDim, outputDim, batchInputShape: [null, null] });
  const model = tf.sequential({ layers: [embedding, ...recurrentLayers(config), tf.layers.dense({ units: 2, activation: 'softmax' })] });
  model.compile({ optimizer: tf.train.adam(1e-3), loss: 'sparseCategoricalCrossentropy' });
  return model;
}

let model: ReturnType<typeof tf.sequential> | null = null;
let part: EncodedPart | null = null;
let batchSize = 0;

/** Tokens [B, width] of batch k, cut to their end or padded behind with zeros, and labels [B, 1]. */
function readPadded(batch: number, pad: Padding): [ReturnType<typeof tf.tensor2d>, ReturnType<typeof tf.tensor2d>] {
  if (part === null) throw new Error('load comes first');
  const { offsets, tokenIds, labels } = part;
  const rows = Array.from({ length: batchSize }, (_, k) => {
    const row = batch * batchSize + k;
    return tokenIds.subarray(offsets[row], offsets[row + 1]);
  });
  const width = pad === 'longest' ? Math.max(...rows.map((row) => row.length)) : pad;
  const values = new Int32Array(batchSize * width);
  rows.forEach((row, k) => { values.set(row.subarray(Math.max(0, row.length - width)), k * width); });
  const first = batch * batchSize;
  return [
    tf.tensor2d(values, [batchSize, width], 'int32'),
    tf.tensor2d(Float32Array.from(labels.subarray(first, first + batchSize)), [batchSize, 1]),
  ];
}

async function answer(request: Request): Promise<object> {
  if (request.do === 'build') {
    if (request.model.type !== 'recurrent') throw new Error(`this peer has no ${request.model.type} model`);
    model?.dispose();
    model = build(request.model);
    return { parameters: model.countParams() };
  }
  if (request.do === 'load') {
    ({ batchSize } = request);
    part = readBatches(request.folder, 0);
    return {};
  }
  if (request.do !== 'train' || model === null) throw new Error(`this peer cannot ${request.do}`);
  const start = performance.now();
  const [tokens, labels] = readPadded(request.batch, request.pad);
  const result = await model.trainOnBatch(tokens, labels) as number;
  tf.dispose([tokens, labels]);
  return { seconds: (performance.now() - start) / 1000, result };
}

await serve({ 'tf.layers': tf.version_layers, TensorFlow: engine.tensorflowVersion ?? 'none' }, answer);
