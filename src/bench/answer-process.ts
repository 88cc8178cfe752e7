// The process in which gatelab answers texts: answer-process.ts THREADS WORDS, the path of its vocabulary, a word a line
import { readFileSync } from 'node:fs';
import { sentiments } from '../data/review.ts';
import { loadEngine } from '../engine/load.ts';
import { neuralSchema, nameModel } from '../experiment-schema.ts';
import { putOnEngine } from '../experiment/load-model.ts';
import type { LoadedModel } from '../experiment/load-model.ts';
import { predictTexts } from '../experiment/predict.ts';
import type { CardFacts } from '../export/card.ts';
import { createOnnxFile, onnxFiles, writeExport } from '../export/folder.ts';
import type { Precision } from '../export/onnx/graph.ts';
import { readVersion } from '../files/version.js';
import { computeMean } from '../measure/statistics.ts';
import { buildModel } from '../models/build.ts';
import { initialValues } from '../models/parameters.ts';
import { registerKernels } from '../ops/native.ts';
import { createVocabulary } from '../text/vocabulary.ts';
import { startOfEpoch } from '../training/epoch.ts';
import type { BenchModel, Request } from './protocol.ts';
import { serve, timed } from './serve.ts';
import { readTexts } from './workload.ts';

const [, , threads, words = ''] = process.argv;
const vocabulary = createVocabulary(readFileSync(words, 'utf8').trimEnd().split('\n'));
let model: LoadedModel | null = null;
let readBatch: ((batch: number) => string[]) | null = null;

/** A model as it begins its training: what the numbers are does not change what they cost. */
function build({ vocabularySize, ...stated }: BenchModel): LoadedModel {
  const config = neuralSchema.parse({ model: stated }), { parameters } = buildModel(config.model, vocabularySize);
  const weights = new Map(parameters.map((spec) => [spec.name, { shape: spec.shape, values: initialValues(spec, config.seed) }]));
  const start = { position: startOfEpoch(1), history: [] };
  return putOnEngine({ config, weights, vocabulary, classes: sentiments, temperature: null, ...start });
}

function writeOnnx(built: LoadedModel, folder: string, precision: Precision): void {
  const facts: CardFacts = {
    version: readVersion(), model: nameModel(built.config), parameters: built.parameterCount, epochs: 0, precision, run: null,
    calibration: null, accuracy: null,
  };
  writeExport(folder, onnxFiles(createOnnxFile(built, facts), built, facts));
}

function predict(built: LoadedModel, texts: readonly string[]): number {
  return computeMean(predictTexts(built, texts).map(({ probabilities }) => probabilities[sentiments[1] ?? ''] ?? Number.NaN));
}

function answer(request: Request): object {
  if (request.do === 'build') {
    model?.dispose();
    model = build(request.model);
    return { parameters: model.parameterCount };
  }
  if (request.do === 'load') {
    readBatch = readTexts(request.folder, request.batchSize);
    return {};
  }
  if (model === null) throw new Error('build comes first');
  const built = model;
  if (request.do === 'export') {
    writeOnnx(built, request.folder, request.precision);
    return {};
  }
  if (request.do !== 'predict' || readBatch === null) throw new Error(`this competitor cannot ${request.do} now`);
  const texts = readBatch(request.batch);
  return timed(() => predict(built, texts));
}

const engine = await loadEngine({ backend: 'native', threads: Number(threads) });
registerKernels(engine);
await serve({
  kernels: engine.nativeOps ? "this project's own" : 'none of its own: composed of tfjs operations',
  'tfjs-node': engine.tfjsVersion, TensorFlow: engine.tensorflowVersion ?? 'none',
}, answer);
