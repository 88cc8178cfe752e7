import * as tf from '@tensorflow/tfjs-core';
import type { Tensor2D } from '@tensorflow/tfjs-core';
import { block, columns, sigmoidGradient, tanhGradient } from './cell.ts';
import type { Cell } from './cell.ts';

/**
 * Gated recurrent unit as torch.nn.GRU (Cho et al. 2014, with the reset gate after the recurrent product),
 * gates in the order r, z, n; ρ is the recurrent part W_hh·h + b_hh:
 *
 *     r = σ(x_r + ρ_r)   z = σ(x_z + ρ_z)   n = tanh(x_n + r·ρ_n)   h' = (1 − z)·n + z·h
 *
 * Saved: [r, z, n, ρ_n].
 */
export const gruCell = {
  name: 'gru', label: 'GRU', summary: 'three gates, as torch.nn.GRU',
  gates: 3, parameterGates: 3, recurrentGates: 3, ownProduct: null, forgetGate: null, bias: 'apart', saved: 4, hasNativeKernel: true,
  onnx: { operator: 'GRU', gates: [{ from: 1 }, { from: 0 }, { from: 2 }], resetsAfter: true },

  forward(x, recurrent, { hidden }) {
    const size = hidden.shape[1];
    const r = tf.sigmoid(tf.add<Tensor2D>(block(x, 0, size), block(recurrent, 0, size)));
    const z = tf.sigmoid(tf.add<Tensor2D>(block(x, 1, size), block(recurrent, 1, size)));
    const rhoN = block(recurrent, 2, size);
    const n = tf.tanh(tf.add<Tensor2D>(block(x, 2, size), tf.mul(r, rhoN)));
    return { hidden: tf.add(n, tf.mul(z, tf.sub(hidden, n))), saved: columns(r, z, n, rhoN) };
  },

  backward(dHidden, _dCarry, state, previous) {
    const size = state.hidden.shape[1];
    const [r, z, n, rhoN] = [0, 1, 2, 3].map((k) => block(state.saved, k, size)) as [Tensor2D, Tensor2D, Tensor2D, Tensor2D];
    const dN = tanhGradient(tf.mul(dHidden, tf.sub(1, z)), n);
    const dZ = sigmoidGradient(tf.mul(dHidden, tf.sub(previous.hidden, n)), z);
    const dR = sigmoidGradient(tf.mul(dN, rhoN), r);
    return { dx: columns(dR, dZ, dN), dr: columns(dR, dZ, tf.mul(dN, r)), dHidden: tf.mul(dHidden, z), dCarry: null };
  },
} as const satisfies Cell;
