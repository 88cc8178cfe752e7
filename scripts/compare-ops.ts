/**
 * The loss of the reference ops and of the native kernels side by side: same config, same seed, no dropout.
 *
 *     node --import tsx scripts/compare-ops.ts gru.yaml data/aclImdb_v1.tar.gz 200
 */
import * as tf from '@tensorflow/tfjs-core';
import { loadNeuralConfig } from '../src/experiment-config.ts';
import type { ExperimentConfig } from '../src/experiment-schema.ts';
import { createDataset } from '../src/data/dataset.ts';
import type { Dataset } from '../src/data/dataset.ts';
import { openCorpus } from '../src/data/open-corpus.ts';
import { loadTokenizedCorpus } from '../src/data/token-cache.ts';
import { loadEngine } from '../src/engine/load.ts';
import { registerNativeKernels, registerReferenceKernels } from '../src/ops/native.ts';
import { createTrainee } from '../src/training/step.ts';
import { train } from '../src/training/trainer.ts';

const [configName = 'gru.yaml', dataPath, stepCount = '200'] = process.argv.slice(2);
const steps = Number(stepCount);

interface Point { readonly loss: number; readonly gradientNorm: number; readonly seconds: number }

/** Mean loss of the epoch so far and norm of the gradient after each step; the run may not be longer than an epoch. */
function trainSteps(config: ExperimentConfig, dataset: Dataset): Point[] {
  const trainee = createTrainee(config, dataset.vocabulary.size);
  const points: Point[] = [];
  for (const event of train(trainee, dataset)) {
    if (event.kind !== 'step') break;
    points.push({ loss: event.loss, gradientNorm: event.gradientNorm, seconds: event.seconds });
    if (points.length === steps) break;
  }
  trainee.optimizer.dispose();
  return points;
}

const { config } = loadNeuralConfig(configName, { set: ['model.dropoutRate=0'] });
const source = await openCorpus({ source: 'imdb', dataPath, allowSampleFallback: false });
const dataset = createDataset(await loadTokenizedCorpus(source, { onProgress: () => undefined, onWarning: console.error }), config.data);
await loadEngine({ backend: 'native' });
registerReferenceKernels(tf.getBackend());
const reference = trainSteps(config, dataset);
registerNativeKernels();
const native = trainSteps(config, dataset);

console.log('step   reference loss  native loss   difference   reference norm  native norm');
reference.forEach((point, i) => {
  const other = native[i];
  if (other === undefined || ((i + 1) % 20 !== 0 && i !== 0)) return;
  const columns = [
    point.loss.toFixed(6),
    other.loss.toFixed(6),
    (other.loss - point.loss).toExponential(1),
    point.gradientNorm.toFixed(5),
    other.gradientNorm.toFixed(5),
  ];
  console.log([String(i + 1).padStart(4), ...columns.map((column) => column.padStart(13))].join('  '));
});
const seconds = [reference, native].map((points) => (points.at(-1)?.seconds ?? Number.NaN).toFixed(1));
console.log(`${reference.length} steps: reference ${seconds[0] ?? ''} s, native ${seconds[1] ?? ''} s`);
