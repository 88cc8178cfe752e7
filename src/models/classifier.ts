import * as tf from '@tensorflow/tfjs-core';
import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import type { ModelConfig } from '../config/schema.ts';
import type { PackedBatch } from '../data/packed-batch.ts';
import { dropout } from '../ops/dropout.ts';
import { linear } from '../ops/linear.ts';
import { createLayout } from '../ops/packed-layout.ts';
import type { PackedLayout } from '../ops/packed-layout.ts';
import { cells, finalStates, recurrence, recurrentLayer } from '../ops/recurrence.ts';
import type { LayerInputs } from '../ops/reference.ts';
import { gatherRows } from '../ops/rows.ts';
import { directionSuffixes, modelDirections, parameter } from './parameters.ts';
import type { Parameters } from './parameters.ts';

/** Present while training: names this step's dropout masks. */
export interface DropoutStep {
  readonly seed: number;
  /** Training step, counted over the whole run. */
  readonly step: number;
}

/** Inputs of a layer: packed rows, or a smaller table of distinct rows and which of them each packed row is. */
interface LayerInput {
  /** [U, D] */
  readonly rows: Tensor2D;
  /** [N] int32, or [0] when rows are the packed rows themselves. */
  readonly index: Tensor1D;
}

const EMBEDDING_PLACE = 0;
const HEAD_PLACE = 1000;

/** Which rows of `embed.weight` a batch reads: [U, D], each distinct token once. */
export function embedDistinct(parameters: Parameters, batch: PackedBatch): Tensor2D {
  return tf.tidy(() => tf.gather(parameter<Tensor2D>(parameters, 'embed.weight'), tf.tensor1d(batch.distinctIds, 'int32')));
}

/**
 * The articles' classifier: embedding, recurrent layers with dropout between them, a linear head on the last layer's
 * final states (forward, then reverse).
 * The first layer's input product is computed once for each distinct token of the batch: the same sums, a fifth of the work.
 * @param embedded [U, D] from `embedDistinct`
 * @returns logits [B, 2], rows in the batch's order
 */
export function classifierLogits(
  config: ModelConfig, parameters: Parameters, embedded: Tensor2D, batch: PackedBatch, step: DropoutStep | null,
): Tensor2D {
  const masked = <T extends tf.Tensor>(x: T, rate: number, place: number): T =>
    step === null ? x : dropout(x, { rate, ...step, place });
  const layout = createLayout(batch);
  const index = tf.tensor1d(batch.distinctIndex, 'int32');
  const packed: Tensor1D = tf.tensor1d([], 'int32');
  let input: LayerInput = { rows: embedded, index };
  if (step !== null && config.embeddingDropoutRate > 0) {
    input = { rows: masked(gatherRows(embedded, index), config.embeddingDropoutRate, EMBEDDING_PLACE), index: packed };
  }
  for (let layer = 0; layer < config.layers - 1; layer++) {
    const outputs = layerOutputs(config, parameters, layer, input, layout);
    input = { rows: masked(joined(outputs), config.dropoutRate, 1 + layer), index: packed };
  }
  const outputs = layerOutputs(config, parameters, config.layers - 1, input, layout);
  const states = outputs.map((hidden, k) => finalStates(hidden, { layout, direction: k === 0 ? 'forward' : 'reverse' }));
  const features = masked(joined(states), config.headDropoutRate, HEAD_PLACE);
  return linear(features, parameter(parameters, 'fc.weight'), parameter(parameters, 'fc.bias'));
}

/** One [N, H] for each direction. */
function layerOutputs(
  config: ModelConfig, parameters: Parameters, layer: number, { rows, index }: LayerInput, layout: PackedLayout,
): Tensor2D[] {
  return modelDirections(config).map((direction) => {
    const { weightIh, weightHh, biasIh, biasHh } = layerWeights(config, parameters, `l${layer}${directionSuffixes[direction]}`);
    const { bias } = cells[config.cell];
    const walk = { layout, direction };
    if (index.size === 0) {
      const biases = bias === 'recurrent' ? { biasIh: tf.zerosLike(biasIh), biasHh: tf.add<Tensor1D>(biasIh, biasHh) } : { biasIh, biasHh };
      return recurrentLayer(config.cell, { x: rows, weightIh, weightHh, ...biases }, walk);
    }
    if (bias === 'apart') return recurrence(config.cell, { gateInputs: linear(rows, weightIh, biasIh), index, weightHh, biasHh }, walk);
    // Both biases in the recurrence: two passes over [U, G·H] less, forward and backward.
    return recurrence(config.cell, { gateInputs: tf.matMul(rows, weightIh, false, true), index, weightHh, biasHh: tf.add(biasIh, biasHh) }, walk);
  });
}

/** A layer's parameters in one direction, as far as its cell reads them; the gradient of the rest is zero. */
function layerWeights({ cell, hiddenSize }: ModelConfig, parameters: Parameters, suffix: string): Omit<LayerInputs, 'x'> {
  const { gates, parameterGates } = cells[cell];
  const read = <T extends tf.Tensor>(kind: string): T => {
    const all = parameter<T>(parameters, `rnn.${kind}_${suffix}`);
    return gates === parameterGates ? all : tf.slice<tf.Rank, T>(all, 0, gates * hiddenSize);
  };
  return { weightIh: read('weight_ih'), weightHh: read('weight_hh'), biasIh: read('bias_ih'), biasHh: read('bias_hh') };
}

function joined(parts: Tensor2D[]): Tensor2D {
  return parts.length === 1 ? (parts[0] as Tensor2D) : tf.concat(parts, 1);
}
