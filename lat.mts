import * as tf from '@tensorflow/tfjs-core';
import { readFileSync } from 'node:fs';
const root = '/work/main';
const { loadEngine } = await import(root + '/src/engine/load.ts');
const { neuralSchema } = await import(root + '/src/experiment-schema.ts');
const { putOnEngine } = await import(root + '/src/experiment/load-model.ts');
const { predictTexts } = await import(root + '/src/experiment/predict.ts');
const { buildModel } = await import(root + '/src/models/build.ts');
const { initialValues } = await import(root + '/src/models/parameters.ts');
const { registerKernels } = await import(root + '/src/ops/native.ts');
const { createVocabulary } = await import(root + '/src/text/vocabulary.ts');
const { startOfEpoch } = await import(root + '/src/training/epoch.ts');
registerKernels(await loadEngine({ backend: 'native', threads: 1, gradients: false }));
// texts of the lengths of reviews, from made-up words
const words = Array.from({ length: 19998 }, (_, i) => 'w' + i.toString(36));
const vocabulary = createVocabulary(['<pad>', '<unk>', ...words]);
let s = 1; const rnd = () => (s = (s * 48271) % 2147483647) / 2147483647;
const texts = Array.from({ length: 60 }, () => Array.from({ length: 120 + Math.floor(rnd() * 300) }, () => words[Math.floor(rnd() ** 4 * 19998)]!).join(' '));
const config = neuralSchema.parse({ model: JSON.parse(process.argv[2] ?? '{"cell":"gru"}') });
const { parameters } = buildModel(config.model, 20000);
const weights = new Map(parameters.map((spec: any) => [spec.name, { shape: spec.shape, values: initialValues(spec, 1) }]));
const model = putOnEngine({ config, weights, vocabulary, classes: ['a', 'b'], temperature: null, position: startOfEpoch(1), history: [] } as any);
const times = new Map<string, number>(), counts = new Map<string, number>(); const stack: number[] = [];
if (process.argv[3] !== 'plain') { const backend = tf.getBackend();
for (const k of tf.getKernelsForBackend(backend)) { tf.unregisterKernel(k.kernelName, backend);
  tf.registerKernel({ ...k, kernelFunc: (c: any) => { const t = performance.now(); stack.push(0); const out = k.kernelFunc(c); const d = performance.now() - t, inner = stack.pop()!;
    if (stack.length) stack[stack.length - 1] += d; times.set(k.kernelName, (times.get(k.kernelName) ?? 0) + d - inner); counts.set(k.kernelName, (counts.get(k.kernelName) ?? 0) + 1); return out; } }); } }
for (let r = 0; r < 5; r++) for (const t of texts) predictTexts(model as any, [t]);
times.clear(); counts.clear(); const all: number[] = [];
for (let r = 0; r < 5; r++) for (const t of texts) { const a = performance.now(); predictTexts(model as any, [t]); all.push(performance.now() - a); }
all.sort((a, b) => a - b); console.log('median', all[all.length >> 1]!.toFixed(2), 'mean', (all.reduce((a, b) => a + b) / all.length).toFixed(2));
for (const [n, t] of [...times].sort((a, b) => b[1] - a[1]).slice(0, 14)) console.log('  ', n.padEnd(30), (t / 300).toFixed(3), (counts.get(n)! / 300).toFixed(1));
