import * as tf from '@tensorflow/tfjs-core';
import { tanhGradient } from './cell.ts';
import type { Cell } from './cell.ts';

/** Elman's RNN as torch.nn.RNN(nonlinearity='tanh'): h' = tanh(x + r). */
export const rnnCell = {
  name: 'rnn', label: 'RNN', summary: 'the plain tanh RNN, as torch.nn.RNN',
  gates: 1, parameterGates: 1, recurrentGates: 1, ownProduct: null, forgetGate: null, bias: 'anywhere', saved: 0, hasNativeKernel: true,
  onnx: { operator: 'RNN', gates: [{ from: 0 }] },

  forward(x, r, previous) {
    return { hidden: tf.tanh(tf.add(x, r)), saved: tf.slice(previous.saved, [0, 0], [x.shape[0], 0]) };
  },

  backward(dHidden, _dCarry, { hidden }) {
    const dx = tanhGradient(dHidden, hidden);
    return { dx, dr: dx, dHidden: null, dCarry: null };
  },
} as const satisfies Cell;
