// What gradient checkpointing saves and costs: memory kept for the backward pass, the most tensors at once, and the time of a step as a
// ratio, of each model at each length. The kinds take turns in one process, so that whatever else the machine does disturbs all alike.
// node --import tsx scripts/measure-checkpointing.ts [ROUNDS] prints the tables of docs/memory.md.
import { availableParallelism, cpus } from 'node:os';
import { loadEngine } from '../src/engine/load.ts';
import { experimentConfigs } from '../src/experiment-config.ts';
import { isNeural } from '../src/experiment-schema.ts';
import { computeMedian, pairwiseRatio } from '../src/measure/statistics.ts';
import { encoders } from '../src/models/build.ts';
import type { Checkpointing } from '../src/models/module.ts';
import { timeSeconds } from '../src/models/layer-passes.ts';
import { registerKernels } from '../src/ops/native.ts';
import { formatBytes } from '../src/terminal/format.ts';
import { createStepPasses, createSyntheticBatch } from '../src/training/step-cost.ts';
import type { NeuralConfig } from '../src/training/settings.ts';

const models = ['lstm.yaml', 'gru.yaml', 'bilstm.yaml', 'mingru.yaml', 'transformer.yaml'];
/** Fewer rows of the longer ones: the attention's shares alone would be 2.6 GB a layer. */
const shapes = [{ rows: 64, steps: 300 }, { rows: 16, steps: 1600 }];
const rounds = Number(process.argv[2] ?? 5);

interface Measured {
  readonly kind: Checkpointing;
  readonly keptBytes: number;
  readonly peakBytes: number;
  readonly seconds: readonly number[];
}

type Config = NeuralConfig & { readonly data: { readonly vocabularySize: number } };

function readConfig(model: string, steps: number, kind: Checkpointing): Config {
  const set = [`training.gradientCheckpointing=${kind}`, `data.maxLength=${steps}`];
  const { config } = experimentConfigs.load(model, { set });
  if (!isNeural(config)) throw new Error(`${model} is not trained by gradients`);
  return config;
}

function measure(model: string, { rows, steps }: { readonly rows: number; readonly steps: number }): Measured[] {
  const first = readConfig(model, steps, 'none');
  const batch = createSyntheticBatch(rows, steps, first.data.vocabularySize);
  const runs = encoders[first.model.type].checkpointings.map((kind) => {
    const passes = createStepPasses(readConfig(model, steps, kind), first.data.vocabularySize, batch);
    const bytes = passes.countBytes();
    passes.run('training');
    return { kind, passes, ...bytes, seconds: [] as number[] };
  });
  for (let round = 0; round < rounds; round++)
    for (const { passes, seconds } of runs) seconds.push(timeSeconds(() => { passes.run('training'); }));
  for (const { passes } of runs) passes.dispose();
  return runs;
}

function renderRow(model: string, { kind, keptBytes, peakBytes, seconds }: Measured, [none]: readonly Measured[]): string {
  if (none === undefined) throw new Error('there is nothing to compare with');
  const ratio = pairwiseRatio(none.seconds, seconds), share = (own: number, whole: number): string => `${(100 * own / whole).toFixed(0)} %`;
  const name = model.replace('.yaml', '');
  const times = kind === 'none' ? `${(1000 * computeMedian(seconds)).toFixed(0)} ms`
    : `× ${ratio.middle.toFixed(2)} (${ratio.low.toFixed(2)}–${ratio.high.toFixed(2)})`;
  const bytes = (own: number, whole: number): string => formatBytes(own) + (kind === 'none' ? '' : ` (${share(own, whole)})`);
  return `| ${[name, kind, bytes(keptBytes, none.keptBytes), bytes(peakBytes, none.peakBytes), times].join(' | ')} |`;
}

const engine = await loadEngine({});
registerKernels(engine);
process.stdout.write(`CPU: ${cpus()[0]?.model ?? ''}, ${availableParallelism()} cores, ${engine.threads} threads; ${rounds} rounds\n`);
for (const shape of shapes) {
  process.stdout.write(`\n## A step of ${shape.rows} × ${shape.steps}\n\n`);
  process.stdout.write('| model | gradientCheckpointing | kept for the backward pass | tensors at the peak | time of a step |\n');
  process.stdout.write('| --- | --- | --- | --- | --- |\n');
  for (const model of models) {
    const measured = measure(model, shape);
    for (const one of measured) process.stdout.write(`${renderRow(model, one, measured)}\n`);
  }
}
