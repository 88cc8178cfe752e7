// What the attention kernels save: times of a Transformer's training step and evaluation with them and with plain tfjs ops in their
// place, as ratios. The two take turns in one process, so that whatever else the machine does disturbs both alike.
// node --import tsx scripts/measure-attention.ts [ROUNDS] prints a table.
import { availableParallelism, cpus, loadavg } from 'node:os';
import { loadEngine } from '../src/engine/load.ts';
import { experimentConfigs } from '../src/experiment-config.ts';
import { isNeural } from '../src/experiment-schema.ts';
import { computeMedian, pairwiseRatio } from '../src/measure/statistics.ts';
import { timeSeconds } from '../src/models/layer-passes.ts';
import { registerKernels } from '../src/ops/native.ts';
import { createStepPasses, createSyntheticBatch } from '../src/training/step-cost.ts';
import { byReference } from '../test/ops/attention-problem.ts';

const ROWS = 64, STEPS = 300;
const rounds = Number(process.argv[2] ?? 5);

const engine = await loadEngine({});
registerKernels(engine);
const { config } = experimentConfigs.load('transformer.yaml', {});
if (!isNeural(config)) throw new Error('transformer.yaml is not trained by gradients');
const passes = createStepPasses(config, config.data.vocabularySize, createSyntheticBatch(ROWS, STEPS, config.data.vocabularySize));
const machine = `${cpus()[0]?.model ?? ''}, ${availableParallelism()} cores, a load of ${(loadavg()[0] ?? 0).toFixed(1)}`;
process.stdout.write(`CPU: ${machine}; ${engine.threads} threads; ${rounds} rounds\n`);
process.stdout.write(`\n| ${ROWS} × ${STEPS} | plain ops | kernels | ratio |\n| --- | --- | --- | --- |\n`);
for (const pass of ['training', 'forward'] as const) {
  const time = (): number => timeSeconds(() => { passes.run(pass); });
  const plain: number[] = [], native: number[] = [];
  for (let round = -1; round < rounds; round++) {
    const turn = [byReference(time), time()] as const;
    if (round < 0) continue; // the first step of a shape takes longer
    plain.push(turn[0]);
    native.push(turn[1]);
  }
  const ratio = pairwiseRatio(native, plain);
  const times = [plain, native].map((values) => `${(1000 * computeMedian(values)).toFixed(0)} ms`);
  const spread = `${ratio.middle.toFixed(2)} (${ratio.low.toFixed(2)}–${ratio.high.toFixed(2)})`;
  process.stdout.write(`| ${[pass, ...times, spread].join(' | ')} |\n`);
}
passes.dispose();
