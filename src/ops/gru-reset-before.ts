import * as tf from '@tensorflow/tfjs-core';
import type { Tensor2D } from '@tensorflow/tfjs-core';
import { block, columns, gateRows, sigmoidGradient, tanhGradient } from './cell.ts';
import { product } from './product.ts';
import type { Cell } from './cell.ts';

/**
 * The GRU of Cho et al. (2014, equations 5 to 8) as Keras has it with `reset_after=False`: h is reset before the product with W_hh, where
 * torch.nn resets what comes out of it. Gates in torch.nn's order r, z, n:
 *
 *     r = σ(x_r + W_hr·h)   z = σ(x_z + W_hz·h)   n = tanh(x_n + W_hn·(r·h))   h' = (1 − z)·n + z·h
 *
 * The sum of torch.nn's two biases is the one of the paper. Saved: [r, z, n].
 */
export const gruResetBeforeCell = {
  name: 'gru-reset-before', label: 'reset-before GRU', summary: 'the GRU of 2014 and of Keras\'s reset_after=False, in plain ops',
  gates: 3, parameterGates: 3, recurrentGates: 2, ownProduct: 2, forgetGate: null, bias: 'input', saved: 3, hasNativeKernel: false,
  carry: null, onnx: { operator: 'GRU', gates: [{ from: 1 }, { from: 0 }, { from: 2 }] },

  forward(x, recurrent, { hidden }, weightHh) {
    const size = hidden.shape[1];
    const r = tf.sigmoid(tf.add<Tensor2D>(block(x, 0, size), block(recurrent, 0, size)));
    const z = tf.sigmoid(tf.add<Tensor2D>(block(x, 1, size), block(recurrent, 1, size)));
    const ownProduct: Tensor2D = product(tf.mul(r, hidden), gateRows(weightHh, 2), { b: true });
    const n = tf.tanh(tf.add<Tensor2D>(block(x, 2, size), ownProduct));
    return { hidden: tf.add(n, tf.mul(z, tf.sub(hidden, n))), saved: columns(r, z, n) };
  },

  backward(dHidden, _dCarry, state, previous, weightHh) {
    const size = state.hidden.shape[1];
    const [r, z, n] = [0, 1, 2].map((k) => block(state.saved, k, size)) as [Tensor2D, Tensor2D, Tensor2D];
    const dN = tanhGradient(tf.mul(dHidden, tf.sub(1, z)), n);
    const dZ = sigmoidGradient(tf.mul(dHidden, tf.sub(previous.hidden, n)), z);
    const dReset: Tensor2D = product(dN, gateRows(weightHh, 2)); // with respect to r·h
    const dR = sigmoidGradient(tf.mul(dReset, previous.hidden), r);
    return {
      dx: columns(dR, dZ, dN), dr: columns(dR, dZ),
      dHidden: tf.add(tf.mul(dHidden, z), tf.mul(dReset, r)), dCarry: null,
      ownProduct: { factor: tf.mul(r, previous.hidden), dProduct: dN },
    };
  },
} as const satisfies Cell;
