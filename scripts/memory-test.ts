// Trains and watches memory: resident memory must be flat, the count of tensors exactly so. Exit status 1 when they are not.
// Garbage is collected before each look: V8 leaves it lying for thousands of steps, up to some 60 MB, and would hide a leak.
// node --import tsx scripts/memory-test.ts [--steps 4000] [--config sample.yaml] [--data PATH] [--set key=value …]
import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import * as tf from '@tensorflow/tfjs-core';
import { startEngine } from '../src/commands/start-engine.ts';
import { loadDataset } from '../src/commands/train-run.ts';
import { loadNeuralConfig } from '../src/experiment-config.ts';
import { openCorpus } from '../src/data/open-corpus.ts';
import { fitSlope } from '../src/measure/statistics.ts';
import { createScreen } from '../src/terminal/screen.ts';
import { createTrainee } from '../src/training/step.ts';
import { train } from '../src/training/trainer.ts';

const EVERY = 100;
/** The first half does not count: the allocator's pools grow until every size of batch has come by. */
const WARM_UP = 0.5;
/** Of the resident memory, over the steps after the warm-up, along the fitted line. */
const TOLERANCE = 0.02;

interface Sample {
  readonly step: number;
  readonly rssBytes: number;
  readonly tensors: number;
}

const { values } = parseArgs({
  options: {
    steps: { type: 'string', default: '4000' }, config: { type: 'string', default: 'sample.yaml' },
    data: { type: 'string' }, set: { type: 'string', multiple: true, default: [] },
  },
});
const steps = Number(values.steps);
setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;
const screen = createScreen(false);
const { config } = loadNeuralConfig(values.config, { set: [...values.set, 'training.epochs=100000'] });
const { dataset } = await loadDataset(
  await openCorpus({ ...screen, source: config.data.source, dataPath: values.data, allowSampleFallback: false }),
  config,
  screen,
);
await startEngine({}, screen);

const samples: Sample[] = [];
const trainee = createTrainee(config, dataset.vocabulary.size);
let step = 0;
for (const event of train(trainee, dataset)) {
  if (event.kind !== 'step') continue;
  step += 1;
  if (step % EVERY === 0) samples.push(takeSample());
  if (step === steps) break;
}
process.exitCode = report(samples.filter((sample) => sample.step > steps * WARM_UP)) ? 0 : 1;

function takeSample(): Sample {
  collectGarbage();
  const sample = { step, rssBytes: process.memoryUsage.rss(), tensors: tf.memory().numTensors };
  console.log(`step ${String(sample.step).padStart(5)}  RSS ${mebibytes(sample.rssBytes)}  tensors ${sample.tensors}`);
  return sample;
}

function report(measured: readonly Sample[]): boolean {
  const growth = fitSlope(measured.map((sample) => [sample.step, sample.rssBytes])) * steps * (1 - WARM_UP);
  const mean = measured.reduce((sum, { rssBytes }) => sum + rssBytes, 0) / measured.length;
  const counts = new Set(measured.map(({ tensors }) => tensors));
  const isFlat = growth <= TOLERANCE * mean;
  console.log(
    `RSS along the fitted line over the last ${steps * (1 - WARM_UP)} steps: ${mebibytes(growth)} `
      + `(${(growth / 1024 / steps / (1 - WARM_UP)).toFixed(2)} KiB a step); at most ${mebibytes(TOLERANCE * mean)}: `
      + (isFlat ? 'flat' : 'NOT FLAT'),
  );
  console.log(`tensors: ${[...counts].join(', ')}: ${counts.size === 1 ? 'flat' : 'NOT FLAT'}`);
  return isFlat && counts.size === 1;
}

function mebibytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}
