import * as tf from '@tensorflow/tfjs-core';
import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import { block, columns, sigmoidGradient, tanhGradient } from './cell.ts';
import type { Cell, OwnTensors } from './cell.ts';
import { normalize, normalizeBackward } from './layer-norm.ts';
import type { LayerNormalized } from './layer-norm.ts';
import { apply, applyLayerNorm, splitColumns } from './onnx-graph.ts';

/**
 * LSTM with layer normalization (Ba, Kiros and Hinton 2016, "Layer normalization", supplement, equations 20 to 22), gates in torch.nn's
 * order i, f, g, o; N normalizes a row to mean 0 and variance 1, over all four gates together:
 *
 *     a = N(W_ih·x)·α_ih + b_ih + N(W_hh·h)·α_hh + b_hh
 *     i = σ(aᵢ)   f = σ(a_f)   g = tanh(a_g)   o = σ(a_o)
 *     c' = f·c + i·g   h' = o·tanh(N(c')·α_c + b_c)
 *
 * b_ih stands for the paper's β₂ + b. Saved: [W_ih·x, W_hh·h, c'], from which the backward pass computes the rest again.
 */
export const layerNormLstmCell = {
  name: 'lstm-layer-norm', label: 'layer-norm LSTM', summary: 'the LSTM with layer normalization (Ba et al. 2016), in plain ops',
  gates: 4, parameterGates: 4, recurrentGates: 4, ownProduct: null, forgetGate: 1, bias: 'own', saved: 9, hasNativeKernel: false,
  carry: 8,
  onnx: {
    write(graph, x, own) {
      const read = (name: string): string => graph.weights(own[name] ?? [], [own[name]?.length ?? 0]);
      const [gainHh, biasHh, gainC, biasC] = ['gain_hh', 'bias_hh', 'gain_c', 'bias_c'].map(read) as [string, string, string, string];
      const size = own['gain_c']?.length ?? 0;
      return {
        input: applyLayerNorm(graph, x, read('gain_ih'), read('bias_ih')),
        step: (body, input, recurrent, { carry }) => {
          const a = apply(body, 'Add', [input, applyLayerNorm(body, recurrent, gainHh, biasHh)]);
          const [i = '', f = '', g = '', o = ''] = splitColumns(body, a, [size, size, size, size]);
          const gate = (of: string, value: string): string => apply(body, 'Mul', [apply(body, 'Sigmoid', [of]), value]);
          const c = apply(body, 'Add', [gate(f, carry), gate(i, apply(body, 'Tanh', [g]))]);
          return { hidden: gate(o, apply(body, 'Tanh', [applyLayerNorm(body, c, gainC, biasC)])), carry: c };
        },
      };
    },
  },
  own: {
    gain_ih: { multiple: 4, initial: 'ones' }, gain_hh: { multiple: 4, initial: 'ones' },
    gain_c: { multiple: 1, initial: 'ones' }, bias_c: { multiple: 1, initial: 'zeros' },
  },

  forward(x, r, previous, _weightHh, own) {
    const size = previous.hidden.shape[1];
    const { i, f, g, o } = openGates(normalizePart(x, own, 'ih'), normalizePart(r, own, 'hh'));
    const c = tf.add<Tensor2D>(tf.mul(f, block(previous.saved, 8, size)), tf.mul(i, g));
    return { hidden: tf.mul(o, tf.tanh(normalizePart(c, own, 'c').rows)), saved: columns(x, r, c) };
  },

  backward(dHidden, dCarry, state, previous, _weightHh, own) {
    const size = state.hidden.shape[1];
    const x = normalizePart(block(state.saved, 0, 4 * size), own, 'ih'), r = normalizePart(block(state.saved, 1, 4 * size), own, 'hh');
    const c = normalizePart(block(state.saved, 8, size), own, 'c'), before = block(previous.saved, 8, size);
    const { i, f, g, o } = openGates(x, r), t = tf.tanh(c.rows);
    const ofCarry = normalizeBackward(tanhGradient(tf.mul(dHidden, o), t), c);
    const dC = dCarry === null ? ofCarry.dx : tf.add<Tensor2D>(dCarry, ofCarry.dx);
    const da = columns(
      sigmoidGradient(tf.mul(dC, g), i), sigmoidGradient(tf.mul(dC, before), f),
      tanhGradient(tf.mul(dC, i), g), sigmoidGradient(tf.mul(dHidden, t), o),
    );
    const ofInput = normalizeBackward(da, x), ofHidden = normalizeBackward(da, r);
    return {
      dx: ofInput.dx, dr: ofHidden.dx, dHidden: null, dCarry: tf.mul(dC, f),
      own: {
        bias_ih: ofInput.dBias, bias_hh: ofHidden.dBias, gain_ih: ofInput.dWeight, gain_hh: ofHidden.dWeight,
        gain_c: ofCarry.dWeight, bias_c: ofCarry.dBias,
      },
    };
  },
} as const satisfies Cell;

function normalizePart(rows: Tensor2D, own: OwnTensors, of: 'ih' | 'hh' | 'c'): LayerNormalized {
  return normalize(rows, own[`gain_${of}`] as Tensor1D, own[`bias_${of}`] as Tensor1D);
}

function openGates(x: LayerNormalized, r: LayerNormalized) {
  const size = x.rows.shape[1] / 4, a = tf.add<Tensor2D>(x.rows, r.rows);
  const [i, f, g, o] = [0, 1, 2, 3].map((k) => block(a, k, size)) as [Tensor2D, Tensor2D, Tensor2D, Tensor2D];
  return { i: tf.sigmoid(i), f: tf.sigmoid(f), g: tf.tanh(g), o: tf.sigmoid(o) };
}
