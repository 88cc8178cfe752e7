import * as tf from '@tensorflow/tfjs-core';
const root = process.argv[2]!, model = JSON.parse(process.argv[3]!), part = process.argv[4] ?? 'epoch';
const { loadEngine } = await import(root + '/src/engine/load.ts');
const { registerKernels } = await import(root + '/src/ops/native.ts');
const { readBatches } = await import(root + '/src/bench/workload.ts');
const { buildOwnModel, batchReader, evaluateStep } = await import(root + '/src/bench/own-model.ts');
const { trainStep } = await import(root + '/src/training/step.ts');
registerKernels(await loadEngine({ backend: 'native', threads: Number(process.argv[5] ?? 2) }));
const size = part === 'evaluation' ? 256 : 64;
const read = batchReader(readBatches('/tmp/benchdata/' + part, 20000), size);
const trainee = buildOwnModel({ vocabularySize: 20000, ...model });
const times = new Map<string, number>(); const stack: number[] = [];
const backend = tf.getBackend();
for (const k of tf.getKernelsForBackend(backend)) {
  tf.unregisterKernel(k.kernelName, backend);
  tf.registerKernel({ ...k, kernelFunc: (c: any) => {
    const t = performance.now(); stack.push(0);
    const out = k.kernelFunc(c);
    const d = performance.now() - t, inner = stack.pop()!;
    if (stack.length) stack[stack.length - 1] += d;
    times.set(k.kernelName, (times.get(k.kernelName) ?? 0) + d - inner);
    return out; } });
}
const n = part === 'padded' ? 4 : part === 'epoch' ? 12 : 6;
const one = (i: number) => part === 'evaluation' ? evaluateStep(trainee, read(i)) : trainStep(trainee, [read(i)]).loss;
for (let i = 0; i < Math.min(n, 4); i++) one(i);
times.clear(); const start = performance.now(); const c0 = process.resourceUsage();
const R = 2; for (let r = 0; r < R; r++) for (let i = 0; i < n; i++) one(i);
const total = (performance.now() - start) / R / n; const c1 = process.resourceUsage();
console.log(root, JSON.stringify(model), part, total.toFixed(1), 'ms a step; user', ((c1.userCPUTime - c0.userCPUTime) / 1e3 / R / n).toFixed(0), 'system', ((c1.systemCPUTime - c0.systemCPUTime) / 1e3 / R / n).toFixed(0), 'faults', ((c1.minorPageFault - c0.minorPageFault)/R/n).toFixed(0));
let rest = total;
for (const [name, t] of [...times].sort((a, b) => b[1] - a[1]).slice(0, 16)) { rest -= t / R / n; console.log('  ', name.padEnd(34), (t / R / n).toFixed(2), (100 * t / R / n / total).toFixed(1) + ' %'); }
console.log('   rest', rest.toFixed(2));
