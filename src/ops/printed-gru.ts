import * as tf from '@tensorflow/tfjs-core';
import type { Tensor2D } from '@tensorflow/tfjs-core';
import { block, columns, gateRows, sigmoidGradient, tanhGradient } from './cell.ts';
import { product } from './product.ts';
import type { Cell } from './cell.ts';

/**
 * The GRU as the articles print it (their C9), which is not a GRU. ρ is the recurrent part W_hh·h + b:
 *
 *     r = σ(x_r + ρ_r)   z = σ(x_z + ρ_z)   n = tanh(x_r + (r·h)·W_hh[:H]ᵀ)   h' = (1 − z)·h + z·n
 *
 * Four things differ from gru.ts. The candidate n takes the rows of the reset gate, [:H], where its own would be [2H:]; h is
 * reset before the product and not after; the candidate has no bias; and z weighs the candidate where torch.nn's weighs h.
 * So both biases belong to ρ, and of the parameters' 3·H rows, which are torch.nn.GRU's, the last H are never read: their
 * gradient is zero and training leaves them as they began. See docs/decisions/0012-printed-gru.md.
 *
 * Saved: [r, z, n].
 */
export const printedGruCell = {
  name: 'gru-printed', label: 'printed GRU', summary: 'what the articles print as a GRU, whose candidate takes the reset gate\'s weights',
  gates: 2, parameterGates: 3, recurrentGates: 2, ownProduct: 0, forgetGate: null, bias: 'recurrent', saved: 3, hasNativeKernel: true,
  carry: null, onnx: { operator: 'GRU', gates: [{ from: 1, sign: -1 }, { from: 0 }, { from: 0, hasBias: false }] },

  forward(x, recurrent, { hidden }, weightHh) {
    const size = hidden.shape[1];
    const r = tf.sigmoid(tf.add<Tensor2D>(block(x, 0, size), block(recurrent, 0, size)));
    const z = tf.sigmoid(tf.add<Tensor2D>(block(x, 1, size), block(recurrent, 1, size)));
    const ownProduct: Tensor2D = product(tf.mul(r, hidden), gateRows(weightHh, 0), { b: true });
    const n = tf.tanh(tf.add<Tensor2D>(block(x, 0, size), ownProduct));
    return { hidden: tf.add(hidden, tf.mul(z, tf.sub(n, hidden))), saved: columns(r, z, n) };
  },

  backward(dHidden, _dCarry, state, previous, weightHh) {
    const size = state.hidden.shape[1];
    const [r, z, n] = [0, 1, 2].map((k) => block(state.saved, k, size)) as [Tensor2D, Tensor2D, Tensor2D];
    const dN = tanhGradient(tf.mul(dHidden, z), n);
    const dZ = sigmoidGradient(tf.mul(dHidden, tf.sub(n, previous.hidden)), z);
    const dReset: Tensor2D = product(dN, gateRows(weightHh, 0)); // with respect to r·h
    const dR = sigmoidGradient(tf.mul(dReset, previous.hidden), r);
    return {
      dx: columns(tf.add(dR, dN), dZ), dr: columns(dR, dZ),
      dHidden: tf.add(tf.mul(dHidden, tf.sub(1, z)), tf.mul(dReset, r)), dCarry: null,
      ownProduct: { factor: tf.mul(r, previous.hidden), dProduct: dN },
    };
  },
} as const satisfies Cell;
