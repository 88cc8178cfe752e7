import * as tf from '@tensorflow/tfjs-core';
import type { Tensor2D } from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { linear } from '../../ops/linear.ts';
import { apply, applyLinear } from '../../ops/onnx-graph.ts';
import { packedSoftmaxMean } from '../../ops/pooling.ts';
import { joinedRows, unshareRows, VALUE_BYTES, valuesOf } from '../module.ts';
import type { Component, Sequence } from '../module.ts';
import type { ParameterSpec } from '../parameters.ts';
import { LEAST, sumOverTime, whereToken } from './onnx.ts';

const settings = {
  attentionSize: z.int().min(1).max(65_536).nullable().default(null)
    .describe("Of `attention` pooling: width of the layer that scores a token; null takes the states' own."),
};

/**
 * Attention over a row's tokens, as article E adds it to a GRU: scores wᵀ·tanh(W·h + b) + c, their softmax over the row, and the states'
 * mean weighted by it (Yang et al. 2016, "Hierarchical attention networks", equations 5 to 7, with a bias c, which changes nothing).
 * Parameters are those of torch.nn.Sequential(Linear(D, A), Tanh(), Linear(A, 1)).
 */
export const attentionPooling = {
  settings,
  summary: 'the mean of the states weighted by attention, which is learned',
  mark: '+ attention',
  describe: ({ attentionSize }) => `attention pooling${attentionSize === null ? '' : ` of ${attentionSize} units`}`,
  dropouts: () => ({}),
  create({ attentionSize }, { inputSize, blocks }) {
    const width = attentionSize ?? inputSize;
    const layer = (place: number, rows: number, columns: number): ParameterSpec[] => {
      const initial = { bound: 1 / Math.sqrt(columns) };
      return [
        { name: `attention.${place}.weight`, shape: [rows, columns], group: 'attention', initial },
        { name: `attention.${place}.bias`, shape: [rows], group: 'attention', initial },
      ];
    };
    const parameters = [...layer(0, width, inputSize), ...layer(2, 1, width)];
    return {
      parameters, outputSize: inputSize, keepsInput: true,
      apply(sequence, weights) {
        const unshared = unshareRows(sequence), states = joinedRows(unshared);
        const hidden = tf.tanh(linear(states, weights.get('attention.0.weight'), weights.get('attention.0.bias')));
        const scores = linear(hidden, weights.get('attention.2.weight'), weights.get('attention.2.bias'));
        return packedSoftmaxMean(states, scores, unshared.layout);
      },
      toOnnx(graph, sequence, weights) {
        const project = (x: string, place: number): string =>
          applyLinear(graph, x, valuesOf(weights, `attention.${place}.weight`), valuesOf(weights, `attention.${place}.bias`));
        const scores = project(apply(graph, 'Tanh', [project(sequence.states, 0)]), 2);
        const shares = apply(graph, 'Softmax', [whereToken(graph, sequence, scores, LEAST)], { axis: { int: 0 } });
        return sumOverTime(graph, whereToken(graph, sequence, apply(graph, 'Mul', [shares, sequence.states]), 0));
      },
      costs({ rows, tokens }) {
        const joined = blocks === 1 ? 0 : inputSize; // the states of both directions side by side
        return [{
          name: 'attention pooling', parameters, multiplyAdds: tokens * width * (inputSize + 1),
          keptBytes: VALUE_BYTES * (tokens * (joined + width + 1) + rows * inputSize),
        }];
      },
    };
  },
} satisfies Component<typeof settings, Sequence, Tensor2D>;
