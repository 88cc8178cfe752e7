import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import { differentiate } from './gradients.ts';
import type { MemoryProbe } from './gradients.ts';

/**
 * What a part keeps besides its inputs, for the second time that it is computed: the first time it adds tensors, and the second it takes
 * them in the same order.
 */
export interface Extras {
  readonly isAgain: boolean;
  readonly tensors: Tensor[];
}

/** What a part that is computed again reads, and what it makes of it. */
export interface Recomputed {
  /** [n, D] each: kept, and given to `compute`, since the backward pass comes when the originals are gone. */
  readonly inputs: readonly Tensor2D[];
  /** Kept too, without a gradient; null for none. */
  readonly index: Tensor1D | null;
  /** Every other tensor that `compute` reads and a gradient flows to. They outlive the backward pass. */
  readonly parameters: readonly Tensor[];
  /** The same for the same inputs, each time: it is called once by each pass. */
  readonly compute: (inputs: readonly Tensor2D[], index: Tensor1D | null, extras: Extras) => readonly Tensor2D[];
}

/** tfjs's own way to an op of several results; `tf.customGrad` knows one alone. */
interface OpRunner {
  runKernelFunc(op: {
    readonly inputs: Readonly<Record<string, Tensor>>;
    readonly forwardFunc: (backend: unknown, save: (tensors: readonly Tensor[]) => void) => Tensor[];
    readonly backwardsFunc: (dy: Tensor | Tensor[], saved: Tensor[]) => Record<string, () => Tensor>;
  }): Tensor[];
}

/**
 * Gradient checkpointing (Chen et al. 2016, "Training deep nets with sublinear memory cost"): keeps the inputs alone, and computes the
 * part again when the backward pass comes to it. The same ops run on the same values, so that gradients have the same bits.
 * @returns what `compute` returns
 */
export function checkpoint({ inputs, index, parameters, compute }: Recomputed, probe: MemoryProbe): Tensor2D[] {
  const runner = tf.engine() as unknown as OpRunner, shared = index === null ? [] : [index];
  const outputs = runner.runKernelFunc({
    inputs: Object.fromEntries([...inputs, ...parameters].entries()),
    forwardFunc: (_backend, save) => {
      const extras: Extras = { isAgain: false, tensors: [] }, results = [...compute(inputs, index, extras)];
      save([...inputs, ...shared, ...extras.tensors]);
      return results;
    },
    backwardsFunc: (dy, saved) => {
      const kept = saved.slice(0, inputs.length) as Tensor2D[], others = saved.slice(inputs.length);
      const keptIndex = index === null ? null : others.shift() as Tensor1D;
      const extras: Extras = { isAgain: true, tensors: others };
      const around = tf.engine().state.activeTape, read = [...kept, ...parameters];
      const { gradients } = differentiate({
        forward: () => compute(kept, keptIndex, extras), seeds: Array.isArray(dy) ? dy : [dy], inputs: read, probe,
        held: around.flatMap(({ saved }) => saved ?? []),
      });
      return Object.fromEntries(gradients.map((gradient, k) => [k, () => gradient ?? tf.zerosLike(read[k] as Tensor)]));
    },
  });
  return outputs as Tensor2D[];
}
