import * as tf from '@tensorflow/tfjs-core';
import { block, columns, sigmoidGradient, tanhGradient } from './cell.ts';
import type { MinimalCell } from './minimal-cell.ts';
import { apply } from './onnx-graph.ts';

/**
 * Bradbury, Merity, Xiong and Socher (2017), "Quasi-Recurrent Neural Networks", equations 1 and 4 (fo-pooling): z = tanh(x_z)   f = σ(x_f)
 * cₜ = f ⊙ cₜ₋₁ + (1 − f) ⊙ z   o = σ(x_o)   hₜ = o ⊙ cₜ. Gates in the order z, f, o. The gates read a convolution over the tokens of a
 * window, the last of which is the token itself.
 */
export const qrnnCell = {
  label: 'QRNN', summary: 'the quasi-recurrent network with an output gate, whose gates read the token and the one before it',
  gates: 3, hasOutputGate: true, window: 2,
  coefficients(x) {
    const size = x.shape[1] / 3, z = tf.tanh(block(x, 0, size)), f = tf.sigmoid(block(x, 1, size));
    return { a: f, b: tf.mul(tf.sub(1, f), z) };
  },
  coefficientsInOnnx(graph, [candidate = '', forget = '']) {
    const f = apply(graph, 'Sigmoid', [forget]);
    return { a: f, b: apply(graph, 'Mul', [apply(graph, 'Sub', [graph.float(1), f]), apply(graph, 'Tanh', [candidate])]) };
  },
  backward(x, da, db) {
    const size = x.shape[1] / 3, z = tf.tanh(block(x, 0, size)), f = tf.sigmoid(block(x, 1, size));
    return columns(tanhGradient(tf.mul(db, tf.sub(1, f)), z), sigmoidGradient(tf.sub(da, tf.mul(db, z)), f));
  },
} as const satisfies MinimalCell;
