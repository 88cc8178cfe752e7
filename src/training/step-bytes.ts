import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { VALUE_BYTES } from '../models/module.ts';
import type { Parameters } from '../models/parameters.ts';

/** Tensors of a forward and a backward pass besides the parameters; memory that several share counts once. */
export interface PassBytes {
  /** What is kept for the backward pass. */
  readonly keptBytes: number;
  /**
   * The most there is at once between two ops: at the end of one pass or the other, since neither lets go of anything before.
   * What an op needs while it runs is not among it.
   */
  readonly peakBytes: number;
}

export interface PassMeter {
  /** At the end of the forward pass. */
  count(): void;
  /** The tensor itself, for the forward pass to begin with: the backward pass reaches it last, and counts there. */
  countInBackwardPass<T extends Tensor>(x: T): T;
  readonly bytes: () => PassBytes;
}

export function createPassMeter(parameters: Parameters): PassMeter {
  const known = new Set([...parameters.values()].map(({ dataId }) => dataId));
  let bytes: PassBytes = { keptBytes: 0, peakBytes: 0 };
  const count = (): void => {
    const { activeTape, scopeStack } = tf.engine().state;
    const kept = activeTape.flatMap(({ saved }) => saved ?? []);
    const alive = sumBytes([...kept, ...scopeStack.flatMap(({ track }) => track)], known);
    bytes = { keptBytes: sumBytes(kept, known), peakBytes: Math.max(bytes.peakBytes, alive) };
  };
  const marked = tf.customGrad((x) => ({ value: tf.clone(x as Tensor), gradFunc: (dy: Tensor) => { count(); return tf.clone(dy); } }));
  return { count, countInBackwardPass: <T extends Tensor>(x: T) => marked(x) as T, bytes: () => bytes };
}

/** By memory and not by tensor: `tf.memory()` counts memory again for each tensor that shares it, and what is kept is a clone. */
function sumBytes(tensors: readonly Tensor[], known: ReadonlySet<object>): number {
  const sizes = new Map(tensors.filter(({ dataId, isDisposed }) => !isDisposed && !known.has(dataId)).map((tensor) => [tensor.dataId, bytesOf(tensor)]));
  return [...sizes.values()].reduce((total, size) => total + size, 0);
}

function bytesOf({ size, dtype }: Tensor): number {
  return size * (dtype === 'bool' ? 1 : VALUE_BYTES);
}
