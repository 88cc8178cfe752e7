import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';

/** Counts memory while a layer is computed again: what the pass around it keeps is on a tape of its own. */
export interface MemoryProbe {
  /** @param held what is kept besides the tape at hand, for the backward pass of everything around */
  count(held: readonly Tensor[]): void;
  /** x itself; `count` is called when the backward pass has come down to it. */
  countInBackwardPass<T extends Tensor>(x: T, held: readonly Tensor[]): T;
}

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

/** Whether what is computed now is recorded for a backward pass, and so whether an op has to keep anything for one. */
export function isRecorded(): boolean {
  const { gradientDepth, kernelDepth } = tf.engine().state;
  return gradientDepth > 0 && kernelDepth === 0;
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
      const gradients = differentiate(
        (marked) => compute(marked, keptIndex, extras), kept, parameters, Array.isArray(dy) ? dy : [dy], probe);
      return Object.fromEntries(gradients.map((gradient, k) => [k, () => gradient]));
    },
  });
  return outputs as Tensor2D[];
}

/**
 * The pass forward again and its gradients, on a tape of their own: tfjs knows one at a time, and that of the pass around is in its
 * backward half, where nothing is added to it any more.
 */
function differentiate(
  compute: (inputs: readonly Tensor2D[]) => readonly Tensor2D[], inputs: readonly Tensor2D[], parameters: readonly Tensor[],
  dOutputs: readonly Tensor[], probe: MemoryProbe,
): Tensor[] {
  const { state } = tf.engine(), around = state.activeTape;
  if (state.gradientDepth > 0) throw new Error('second derivatives of a part that is computed again are not implemented');
  const held = around.flatMap(({ saved }) => saved ?? []);
  const xs = [...inputs, ...parameters];
  try {
    const { grads } = tf.engine().gradients(() => {
      const [first, ...others] = inputs as [Tensor2D, ...Tensor2D[]];
      const outputs = compute([probe.countInBackwardPass(first, held), ...others]);
      probe.count(held);
      return withGradients(outputs, dOutputs);
    }, xs, undefined, true);
    return (grads as (Tensor | undefined)[]).map((gradient, k) => gradient ?? tf.zerosLike(xs[k] as Tensor));
  } finally {
    state.activeTape = around;
  }
}

/** A scalar whose gradients with respect to tensors are those given. */
function withGradients(tensors: readonly Tensor[], gradients: readonly Tensor[]): Tensor {
  const run = tf.customGrad(() => ({ value: tf.scalar(0), gradFunc: () => gradients.map((gradient) => tf.clone(gradient)) }));
  return run(...tensors);
}
