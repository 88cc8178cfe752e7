import * as tf from '@tensorflow/tfjs-core';
import type { Tensor2D } from '@tensorflow/tfjs-core';
import { block, columns, gateRows, sigmoidGradient, tanhGradient } from './cell.ts';
import { product } from './product.ts';
import type { Cell } from './cell.ts';

/**
 * Minimal gated unit (Zhou, Wu, Zhang and Zhou 2016, "Minimal gated unit for recurrent neural networks", equation 6), gates in the
 * order f, h̃; the forget gate also resets:
 *
 *     f = σ(x_f + W_hf·h)   h̃ = tanh(x_h + W_hh·(f·h))   h' = (1 − f)·h + f·h̃
 *
 * x = W_ih·input + b. As everywhere in torch.nn there are two biases, b_ih and b_hh; their sum is the paper's b. Saved: [f, h̃].
 */
export const mguCell = {
  name: 'mgu', label: 'MGU', summary: 'the minimal gated unit of Zhou et al. 2016, one gate',
  gates: 2, parameterGates: 2, recurrentGates: 1, ownProduct: 1, forgetGate: null, bias: 'input', saved: 2, hasNativeKernel: false,
  carry: null, onnx: { operator: 'GRU', gates: [{ from: 0, sign: -1 }, { from: 0 }, { from: 1 }] },

  forward(x, recurrent, { hidden }, weightHh) {
    const size = hidden.shape[1];
    const f = tf.sigmoid(tf.add<Tensor2D>(block(x, 0, size), recurrent));
    const ownProduct: Tensor2D = product(tf.mul(f, hidden), gateRows(weightHh, 1), { b: true });
    const candidate = tf.tanh(tf.add<Tensor2D>(block(x, 1, size), ownProduct));
    return { hidden: tf.add(hidden, tf.mul(f, tf.sub(candidate, hidden))), saved: columns(f, candidate) };
  },

  backward(dHidden, _dCarry, state, previous, weightHh) {
    const size = state.hidden.shape[1];
    const f = block(state.saved, 0, size), candidate = block(state.saved, 1, size);
    const dCandidate = tanhGradient(tf.mul(dHidden, f), candidate);
    const dForgotten: Tensor2D = product(dCandidate, gateRows(weightHh, 1)); // with respect to f·h
    const throughUpdate = tf.mul<Tensor2D>(dHidden, tf.sub(candidate, previous.hidden));
    const dF = sigmoidGradient(tf.add(throughUpdate, tf.mul(dForgotten, previous.hidden)), f);
    return {
      dx: columns(dF, dCandidate), dr: dF,
      dHidden: tf.add(tf.mul(dHidden, tf.sub(1, f)), tf.mul(dForgotten, f)), dCarry: null,
      ownProduct: { factor: tf.mul(f, previous.hidden), dProduct: dCandidate },
    };
  },
} as const satisfies Cell;
