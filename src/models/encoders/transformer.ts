import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { activations } from '../../ops/activations.ts';
import { addRows, gatherRows } from '../../ops/linear.ts';
import { addDimension, apply, cast, countTo, sizeOf } from '../../ops/onnx-graph.ts';
import type { OnnxGraph } from '../../ops/onnx-graph.ts';
import type { PackedLayout } from '../../ops/packed-layout.ts';
import { namesOf } from '../../registry.ts';
import { layerInOnnx, normInOnnx } from '../encoder-layer-onnx.ts';
import { encoderLayer, encoderLayerCost, encoderLayerParameters, normalizeRows, normParameters } from '../encoder-layer.ts';
import type { LayerAccess } from '../encoder-layer.ts';
import { joinedRows, unshareRows, VALUE_BYTES, valuesOf } from '../module.ts';
import type { BatchShape, Encoder, PartCost, Pass, Sequence } from '../module.ts';
import type { ParameterSpec, Weights } from '../parameters.ts';

const activationNames = namesOf(activations);

const settings = {
  layers: z.int().min(1).max(32).default(2).describe('Stacked encoder layers.'),
  heads: z.int().min(1).max(256).default(4).describe('Heads of the attention; they share embeddingSize evenly.'),
  feedForwardSize: z.int().min(1).max(65_536).default(1024).describe('Width within the feed-forward part of a layer.'),
  activation: z.enum(activationNames).default('relu')
    .describe(`In the feed-forward part. ${activationNames.map((name) => `\`${name}\`: ${activations[name].summary}`).join('; ')}.`),
  norm: z.enum(['pre', 'post']).default('pre')
    .describe('Where the layer norms are. `pre`: in front of attention and feed-forward, and one after the last layer (Xiong et al. '
      + '2020); `post`: behind each sum (Vaswani et al. 2017).'),
  positions: z.enum(['learned', 'sinusoidal']).default('learned')
    .describe('What is added to a word for its position. `learned`: a vector for each; `sinusoidal`: sines and cosines of it (Vaswani et '
      + 'al. 2017, section 3.5).'),
  maxPositions: z.int().min(1).max(100_000).default(300)
    .describe('Vectors of learned positions; tokens further on in a review share the last one, so at least data.maxLength.'),
  dropoutRate: z.number().min(0).lt(1).default(0.1)
    .describe('Dropout on words with their positions, on the shares of the attention, after its projection, after the activation and '
      + 'after the feed-forward part, as nn.TransformerEncoderLayer(dropout=…).'),
};
export type TransformerSettings = z.infer<z.ZodObject<typeof settings>>;

const GROUP = 'encoder';

/** The greatest number of heads up to `heads` that share the width evenly. */
function findHeads(heads: number, width: number): number {
  return width % heads === 0 ? heads : findHeads(heads - 1, width);
}

/**
 * torch.nn.TransformerEncoder over words with their positions: a state for each token [N, d], of which any may depend on every token of
 * its row. Its rows are packed; only the attention unpacks them.
 */
export const transformer = {
  settings,
  checkpointings: ['none', 'layers'],
  summary: 'Transformer encoder layers',
  label: () => 'Transformer',
  describe: ({ layers, heads, positions, maxPositions, norm }, inputSize) =>
    `Transformer, ${layers} ${layers === 1 ? 'layer' : 'layers'}, ${inputSize} wide, ${heads} ${heads === 1 ? 'head' : 'heads'}, `
    + `${positions === 'learned' ? `${maxPositions} learned` : positions} positions${norm === 'pre' ? '' : ', norms behind'}`,
  dropouts: ({ dropoutRate }) => ({ 'in the encoder': dropoutRate }),
  findProblem: ({ heads }, inputSize) => (inputSize % heads === 0 ? null
    : `model.heads ${heads} does not divide model.embeddingSize ${inputSize}; choose a divisor of it, for example ${
      findHeads(Math.min(heads, inputSize), inputSize)}`),
  create(chosen, { inputSize: embeddingSize }) {
    const sizes = { ...chosen, embeddingSize };
    const prefixes = Array.from({ length: chosen.layers }, (_, k) => `encoder.layers.${k}.`);
    const positions = positionParameters(chosen, embeddingSize);
    const finalNorm = chosen.norm === 'pre' ? normParameters('encoder.norm', sizes).map((spec) => ({ ...spec, group: GROUP })) : [];
    return {
      parameters: [...positions, ...prefixes.flatMap((prefix) => encoderLayerParameters(sizes, prefix, GROUP)), ...finalNorm],
      outputSize: embeddingSize, blocks: 1, keepsInput: false,
      apply(sequence, weights, pass) {
        const { layout, ...words } = unshareRows(sequence);
        const access = (prefix: string): LayerAccess => accessLayer(prefix, chosen.dropoutRate, weights, pass);
        const placed = addRows(joinedRows({ layout, ...words }), readPositions(chosen, embeddingSize, layout, weights));
        const first = oneBlock(pass.dropout(placed, chosen.dropoutRate, 'positions'), layout);
        const states = prefixes.reduce((below, prefix) => pass.layer(
          below, () => encoderLayerParameters(sizes, prefix, GROUP).map(({ name }) => weights.get(name)),
          (input) => oneBlock(encoderLayer(joinedRows(input), layout, sizes, access(prefix)), layout)), first);
        return chosen.norm === 'pre' ? oneBlock(normalizeRows(joinedRows(states), 'norm', access('encoder.')), layout) : states;
      },
      toOnnx(graph, sequence, weights) {
        const words = apply(graph, 'Transpose', [sequence.states], { perm: { ints: [1, 0, 2] } });
        const hasToken = apply(graph, 'Transpose', [sequence.mask], { perm: { ints: [1, 2, 0] } });
        const places = positionsInOnnx(graph, words, chosen, embeddingSize, weights);
        const placed = apply(graph, 'Add', [words, places]);
        const states = prefixes.reduce((rows, prefix) => layerInOnnx(graph, rows, hasToken, sizes, (name) =>
          valuesOf(weights, `${prefix}${name}`)), placed);
        const rows = chosen.norm === 'pre' ? normInOnnx(graph, states, 'norm', (name) => valuesOf(weights, `encoder.${name}`)) : states;
        return { ...sequence, states: apply(graph, 'Transpose', [rows], { perm: { ints: [1, 0, 2] } }), final: null };
      },
      costs: (shape, isKept, checkpointing = 'none') => [
        ...positionCosts(positions, shape),
        ...prefixes.map((prefix, k): PartCost => ({
          name: `Transformer layer ${k + 1}`, parameters: encoderLayerParameters(sizes, prefix, GROUP), ...encoderLayerCost(sizes, shape),
          ...(checkpointing === 'layers' ? { keptBytes: VALUE_BYTES * shape.tokens * embeddingSize, isRecomputed: true } : {}), // its input
          layer: { kind: 'attention', embeddingSize, feedForwardSize: chosen.feedForwardSize },
        })),
        ...finalCosts(finalNorm, embeddingSize, shape, isKept),
      ],
    };
  },
} satisfies Encoder<typeof settings>;

function oneBlock(rows: Tensor2D, layout: PackedLayout): Sequence {
  return { blocks: [{ rows, direction: 'forward' }], index: null, layout };
}

function accessLayer(prefix: string, rate: number, weights: Weights, pass: Pass): LayerAccess {
  return {
    get: <T extends Tensor>(name: string): T => weights.get<T>(`${prefix}${name}`),
    dropout: (x, place) => pass.dropout(x, rate, `${prefix}${place}`),
    dropoutMask: (place) => pass.dropoutMask(rate, `${prefix}${place}`),
  };
}

/** torch.nn.Embedding's, none of them for padding. */
function positionParameters({ positions, maxPositions }: TransformerSettings, size: number): ParameterSpec[] {
  if (positions === 'sinusoidal') return [];
  return [{ name: 'positions.weight', shape: [maxPositions, size], group: 'positions', initial: { deviation: 1 } }];
}

/** [N, d] a vector for the position of each packed token. */
function readPositions({ positions, maxPositions }: TransformerSettings, size: number, layout: PackedLayout, weights: Weights): Tensor2D {
  const steps = [...layout.batchSizes].flatMap((rows, step) => Array.from({ length: rows }, () => step));
  if (positions === 'sinusoidal') return createSinusoids(steps, size);
  const index: Tensor1D = tf.tensor1d(steps.map((step) => Math.min(step, maxPositions - 1)), 'int32');
  return gatherRows(weights.get('positions.weight'), index);
}

/** [d] 10000^(−2i/d) in columns 2i and 2i + 1. */
function sinusoidRates(size: number): Float64Array {
  return Float64Array.from({ length: size }, (_, column) => 10_000 ** -((column - (column % 2)) / size));
}

/**
 * sin(t / 10000^(2i/d)) in column 2i, the cosine in column 2i + 1 (Vaswani et al. 2017, section 3.5).
 * @param steps [N] the position t of each token, never decreasing @returns [N, d]
 */
function createSinusoids(steps: readonly number[], size: number): Tensor2D {
  const rates = sinusoidRates(size);
  const values = new Float32Array(steps.length * size);
  steps.forEach((step, token) => {
    if (step === steps[token - 1]) values.copyWithin(token * size, (token - 1) * size, token * size);
    else rates.forEach((rate, column) => {
      const angle = step * rate;
      values[token * size + column] = column % 2 === 0 ? Math.sin(angle) : Math.cos(angle);
    });
  });
  return tf.tensor2d(values, [steps.length, size]);
}

/** [time, d] the vectors of the positions of words [batch, time, d]. */
function positionsInOnnx(
  graph: OnnxGraph, words: string, { positions, maxPositions }: TransformerSettings, size: number, weights: Weights,
): string {
  const steps = countTo(graph, sizeOf(graph, words, 1));
  if (positions === 'learned') {
    const index = apply(graph, 'Min', [steps, graph.integer(maxPositions - 1)]);
    return graph.rows(valuesOf(weights, 'positions.weight'), [maxPositions, size], index);
  }
  const column = addDimension(graph, cast(graph, steps, 'float32'), 1);
  const rates = sinusoidRates(size);
  const angles = apply(graph, 'Mul', [column, graph.float([...rates])]);
  const isSine = graph.float(Array.from(rates, (_, k) => 1 - (k % 2)));
  const sines = apply(graph, 'Mul', [apply(graph, 'Sin', [angles]), isSine]);
  const isCosine = graph.float(Array.from(rates, (_, k) => k % 2));
  return apply(graph, 'Add', [sines, apply(graph, 'Mul', [apply(graph, 'Cos', [angles]), isCosine])]);
}

/** Of learned positions the index is kept. */
function positionCosts(parameters: readonly ParameterSpec[], { tokens }: BatchShape): PartCost[] {
  return parameters.length === 0 ? [] : [{ name: 'positions', parameters, multiplyAdds: 0, keptBytes: VALUE_BYTES * tokens }];
}

/** The states after the last norm, and what the norm keeps. */
function finalCosts(parameters: readonly ParameterSpec[], size: number, { tokens }: BatchShape, isKept: boolean): PartCost[] {
  const keptBytes = VALUE_BYTES * tokens * ((parameters.length === 0 ? 0 : size + 1) + (isKept ? size : 0));
  return [{ name: parameters.length === 0 ? null : 'final norm', parameters, multiplyAdds: 0, keptBytes }];
}
