import * as tf from '@tensorflow/tfjs-core';
import type { Tensor2D } from '@tensorflow/tfjs-core';
import { block, columns, sigmoidGradient, tanhGradient } from './cell.ts';
import type { Cell } from './cell.ts';

/**
 * Long short-term memory as torch.nn.LSTM (Hochreiter and Schmidhuber 1997, with the forget gate of Gers et al. 2000),
 * gates in the order i, f, g, o:
 *
 *     i = σ(xᵢ + rᵢ)   f = σ(x_f + r_f)   g = tanh(x_g + r_g)   o = σ(x_o + r_o)
 *     c' = f·c + i·g   h' = o·tanh(c')
 *
 * Saved: [i, f, g, o, c'].
 */
export const lstmCell = {
  name: 'lstm', label: 'LSTM', summary: 'four gates and a cell state, as torch.nn.LSTM',
  gates: 4, parameterGates: 4, recurrentGates: 4, ownProduct: null, forgetGate: 1, bias: 'anywhere', saved: 5, hasNativeKernel: true,
  onnx: { operator: 'LSTM', gates: [{ from: 0 }, { from: 3 }, { from: 1 }, { from: 2 }] },

  forward(x, r, previous) {
    const size = previous.hidden.shape[1];
    const a = tf.add<Tensor2D>(x, r);
    const c = block(previous.saved, 4, size);
    const i = tf.sigmoid(block(a, 0, size));
    const f = tf.sigmoid(block(a, 1, size));
    const g = tf.tanh(block(a, 2, size));
    const o = tf.sigmoid(block(a, 3, size));
    const cNext = tf.add<Tensor2D>(tf.mul(f, c), tf.mul(i, g));
    return { hidden: tf.mul(o, tf.tanh(cNext)), saved: columns(i, f, g, o, cNext) };
  },

  backward(dHidden, dCarry, state, previous) {
    const size = state.hidden.shape[1];
    const [i, f, g, o, cNext] = [0, 1, 2, 3, 4].map((k) => block(state.saved, k, size)) as [
      Tensor2D,
      Tensor2D,
      Tensor2D,
      Tensor2D,
      Tensor2D,
    ];
    const c = block(previous.saved, 4, size);
    const tanhC = tf.tanh(cNext);
    const throughOutput = tanhGradient(tf.mul(dHidden, o), tanhC);
    const dC = dCarry === null ? throughOutput : tf.add<Tensor2D>(dCarry, throughOutput);
    const dx = columns(
      sigmoidGradient(tf.mul(dC, g), i),
      sigmoidGradient(tf.mul(dC, c), f),
      tanhGradient(tf.mul(dC, i), g),
      sigmoidGradient(tf.mul(dHidden, tanhC), o),
    );
    return { dx, dr: dx, dHidden: null, dCarry: tf.mul(dC, f) };
  },
} as const satisfies Cell;
