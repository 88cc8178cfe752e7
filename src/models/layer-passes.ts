import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import { encoderLayer, encoderLayerParameters } from './encoder-layer.ts';
import type { EncoderLayerSizes, LayerAccess } from './encoder-layer.ts';
import { countValues, parameter } from './parameters.ts';
import { cells } from '../ops/cells.ts';
import type { CellName } from '../ops/cells.ts';
import { linear } from '../ops/linear.ts';
import { createLayout } from '../ops/packed-layout.ts';
import type { PackedLayout } from '../ops/packed-layout.ts';
import { recurrence } from '../ops/recurrence.ts';
import { uniformValues } from '../random.ts';
import type { RecurrentSizes } from './layer-counts.ts';

/** B full rows of T tokens. */
export interface FullShape {
  readonly rows: number;
  readonly steps: number;
}

export type Pass = 'forward' | 'training';

/** What can be timed. TensorFlow runs eagerly: when a pass returns, its work is done. */
export interface Passes {
  /** `forward` alone, or `training`: forward, backward, and the update where there is one. */
  run(pass: Pass): void;
  dispose(): void;
}

/** A recurrent layer on its own, in one direction: input products of all tokens at once, then the recurrence. */
export function createRecurrentLayer(cell: CellName, { inputSize, hiddenSize }: RecurrentSizes, shape: FullShape): Passes {
  const layout = createFullLayout(shape);
  const gates = cells[cell].gates * hiddenSize;
  const shapes = [[shape.rows * shape.steps, inputSize], [gates, inputSize], [gates, hiddenSize], [gates], [gates]];
  return createLayer(shapes, hiddenSize, (x, weightIh, weightHh, biasIh, biasHh) => recurrence(cells[cell], {
    gateInputs: linear(x as Tensor2D, weightIh as Tensor2D, biasIh as Tensor1D), index: tf.tensor1d([], 'int32'),
    weightHh: weightHh as Tensor2D, biasHh: biasHh as Tensor1D,
  }, { layout, direction: 'forward' }));
}

/** A Transformer's encoder layer, with torch.nn.TransformerEncoderLayer's defaults. */
export function createEncoderLayer(sizes: EncoderLayerSizes, shape: FullShape): Passes {
  const layout = createFullLayout(shape);
  const specs = encoderLayerParameters(sizes, '', '');
  const shapes = [[shape.rows * shape.steps, sizes.embeddingSize], ...specs.map((spec) => spec.shape)];
  return createLayer(shapes, sizes.embeddingSize, (x, ...weights) => {
    const byName = new Map(specs.map(({ name }, k) => [name, weights[k] as Tensor]));
    const access: LayerAccess = { get: (name) => parameter(byName, name), dropout: (values) => values, dropoutMask: () => null };
    return encoderLayer(x as Tensor2D, layout, { ...sizes, activation: 'relu', norm: 'post' }, access);
  });
}

function createFullLayout({ rows, steps }: FullShape): PackedLayout {
  return createLayout({ lengths: new Int32Array(rows).fill(steps), batchSizes: new Int32Array(steps).fill(rows) });
}

/**
 * Random inputs and weights; training computes the gradients of all of them and updates none.
 * @param shapes of the inputs, then of each weight @param width weights are uniform in ±1/√width, as torch.nn's
 */
function createLayer(shapes: readonly (readonly number[])[], width: number, compute: (...inputs: Tensor[]) => Tensor): Passes {
  const bound = 1 / Math.sqrt(width);
  const tensors = shapes.map((shape, index) =>
    tf.tensor(uniformValues(countValues(shape), -bound, bound, { seed: 1, purpose: 'sample', index }), [...shape]));
  const gradients = tf.valueAndGrads((...inputs) => compute(...inputs).sum());
  return {
    run: (pass) => {
      tf.tidy(() => { if (pass === 'training') gradients(tensors); else compute(...tensors); });
    },
    dispose: () => { tf.dispose(tensors); },
  };
}

/** Seconds that an action takes. */
export function timeSeconds(action: () => void): number {
  const from = performance.now();
  action();
  return (performance.now() - from) / 1000;
}
