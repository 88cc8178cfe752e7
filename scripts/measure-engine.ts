// Measures the native engine: start-up, memory, and the speed of large products, small operations and elementwise work.
// One thread, in time of the CPU and not of the clock, so that other work on the machine disturbs it little.
// One JSON line a run. To compare two TensorFlow releases, run it in turns from two checkouts and take the medians.
import * as tf from '@tensorflow/tfjs-core';

import { loadEngine } from '../src/engine/load.ts';

const MILLION = 1e6;

function readCpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** Mean CPU milliseconds of a call, over at least half a second after a warm-up. Tensors made in a call are disposed. */
function measureMs(work: () => void, minimumMs = 500): number {
  const once = (): void => { tf.tidy(() => { work(); }); };
  for (let call = 0; call < 3; call += 1) once();
  const start = readCpuMs();
  let calls = 0;
  for (; readCpuMs() - start < minimumMs; calls += 1) once();
  return (readCpuMs() - start) / calls;
}

function repeat(times: number, work: () => void): () => void {
  return () => { for (let k = 0; k < times; k += 1) work(); };
}

/** Operations of one recurrent step of the size that training has: [64, 128]·[128, 512], then three elementwise. */
function measureSmallOpUs(): number {
  const h = tf.randomNormal([64, 128]);
  const w = tf.randomNormal([128, 512]);
  const step = (): void => {
    const gates = tf.matMul(h, w);
    tf.mul(tf.sigmoid(gates), tf.tanh(gates));
  };
  return (measureMs(repeat(50, step)) / 200) * 1000;
}

const start = performance.now();
const engine = await loadEngine({ backend: 'native', threads: 1 });
const startUpMs = performance.now() - start;

const square = tf.randomNormal([1024, 1024]);
const short = tf.randomNormal([16]);
const long = tf.randomNormal([5 * MILLION]);

console.log(JSON.stringify({
  tensorflow: engine.tensorflowVersion,
  startUpMs: Math.round(startUpMs),
  baselineMiB: Math.round(engine.baselineRssBytes / 2 ** 20),
  matMulGflops: Math.round((2 * 1024 ** 3) / measureMs(() => { tf.matMul(square, square); }) / MILLION),
  smallOpUs: measureSmallOpUs(),
  callUs: (measureMs(repeat(200, () => { tf.mul(short, short); })) / 200) * 1000,
  add5MillionMs: measureMs(() => { tf.add(long, long); }),
  tanh5MillionMs: measureMs(() => { tf.tanh(long); }),
}, (_key, value: unknown) => (typeof value === 'number' ? Number(value.toPrecision(4)) : value)));
