import type { Tensor2D } from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { applyLinear } from '../../ops/onnx-graph.ts';
import { linear } from '../../ops/linear.ts';
import { valuesOf } from '../module.ts';
import type { Component } from '../module.ts';
import type { ParameterSpec } from '../parameters.ts';

const settings = {
  headDropoutRate: z.number().min(0).lt(1).default(0).describe('Dropout on the pooled states, before the linear head.'),
};

/** torch.nn.Linear from the pooled states [B, D] to logits [B, C]. */
export const linearHead = {
  settings,
  summary: 'one linear layer',
  describe: () => '',
  dropouts: ({ headDropoutRate }) => ({ 'before the head': headDropoutRate }),
  create({ headDropoutRate }, { inputSize, classes }) {
    const initial = { bound: 1 / Math.sqrt(inputSize) };
    const parameters: ParameterSpec[] = [
      { name: 'fc.weight', shape: [classes, inputSize], group: 'head', initial },
      { name: 'fc.bias', shape: [classes], group: 'head', initial },
    ];
    return {
      parameters,
      outputSize: classes,
      keepsInput: true,
      apply: (states, weights, pass) =>
        linear(pass.dropout(states, headDropoutRate, 'fc'), weights.get('fc.weight'), weights.get('fc.bias')),
      toOnnx: (graph, states, weights) => applyLinear(graph, states, valuesOf(weights, 'fc.weight'), valuesOf(weights, 'fc.bias')),
      costs: ({ rows }) => [{ name: 'head and loss', parameters, multiplyAdds: rows * inputSize * classes, keptBytes: 0 }],
    };
  },
} satisfies Component<typeof settings, Tensor2D, Tensor2D>;
