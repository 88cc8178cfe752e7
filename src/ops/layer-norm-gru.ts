import * as tf from '@tensorflow/tfjs-core';
import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import { block, columns, sigmoidGradient, tanhGradient } from './cell.ts';
import type { Cell, OwnTensors } from './cell.ts';
import { normalize, normalizeBackward } from './layer-norm.ts';
import type { LayerNormalized } from './layer-norm.ts';
import { apply, applyLayerNorm, joinColumns, splitColumns } from './onnx-graph.ts';
import type { OnnxGraph } from './onnx-graph.ts';

/**
 * GRU with layer normalization (Ba, Kiros and Hinton 2016, "Layer normalization", supplement, equations 26 to 28), gates in torch.nn's
 * order r, z, n; N normalizes the rows of r and z together, and those of n by themselves:
 *
 *     x̂ = N(W_ih·x)·α_ih + b_ih   ρ = N(W_hh·h)·α_hh + b_hh
 *     r = σ(x̂_r + ρ_r)   z = σ(x̂_z + ρ_z)   n = tanh(x̂_n + r·ρ_n)   h' = (1 − z)·n + z·h
 *
 * As torch.nn's z keeps the state where the paper's replaces it, it is 1 − z of the paper. Saved: [W_ih·x, W_hh·h], from which the
 * backward pass computes the rest again.
 */
export const layerNormGruCell = {
  name: 'gru-layer-norm', label: 'layer-norm GRU', summary: 'the GRU with layer normalization (Ba et al. 2016), in plain ops',
  gates: 3, parameterGates: 3, recurrentGates: 3, ownProduct: null, forgetGate: null, bias: 'own', saved: 6, hasNativeKernel: false,
  carry: null,
  onnx: {
    write(graph, x, own) {
      const ofInput = normalizeInOnnx(graph, own, 'ih'), ofHidden = normalizeInOnnx(graph, own, 'hh');
      const size = (own['gain_ih']?.length ?? 0) / 3, one = graph.float(1);
      return {
        input: joinColumns(graph, ofInput(graph, x)),
        step: (body, input, recurrent, { hidden, carry }) => {
          const [gates = '', candidate = ''] = splitColumns(body, input, [2 * size, size]);
          const [rho = '', rhoN = ''] = ofHidden(body, recurrent);
          const [r = '', z = ''] = splitColumns(body, apply(body, 'Sigmoid', [apply(body, 'Add', [gates, rho])]), [size, size]);
          const n = apply(body, 'Tanh', [apply(body, 'Add', [candidate, apply(body, 'Mul', [r, rhoN])])]);
          const fresh = apply(body, 'Mul', [apply(body, 'Sub', [one, z]), n]);
          return { hidden: apply(body, 'Add', [fresh, apply(body, 'Mul', [z, hidden])]), carry };
        },
      };
    },
  },
  own: { gain_ih: { multiple: 3, initial: 'ones' }, gain_hh: { multiple: 3, initial: 'ones' } },

  forward(x, recurrent, { hidden }, _weightHh, own) {
    const { z, n } = openGates(normalizeGates(x, own, 'ih').rows, normalizeGates(recurrent, own, 'hh').rows);
    return { hidden: tf.add(n, tf.mul(z, tf.sub(hidden, n))), saved: columns(x, recurrent) };
  },

  backward(dHidden, _dCarry, state, previous, _weightHh, own) {
    const size = state.hidden.shape[1];
    const x = normalizeGates(block(state.saved, 0, 3 * size), own, 'ih');
    const rho = normalizeGates(block(state.saved, 1, 3 * size), own, 'hh');
    const { r, z, n } = openGates(x.rows, rho.rows);
    const dN = tanhGradient(tf.mul(dHidden, tf.sub(1, z)), n);
    const dZ = sigmoidGradient(tf.mul(dHidden, tf.sub(previous.hidden, n)), z);
    const dR = sigmoidGradient(tf.mul(dN, block(rho.rows, 2, size)), r);
    const ofInput = x.gradients(columns(dR, dZ, dN)), ofHidden = rho.gradients(columns(dR, dZ, tf.mul(dN, r)));
    return {
      dx: ofInput.dProduct, dr: ofHidden.dProduct, dHidden: tf.mul(dHidden, z), dCarry: null,
      own: { bias_ih: ofInput.dBias, bias_hh: ofHidden.dBias, gain_ih: ofInput.dGain, gain_hh: ofHidden.dGain },
    };
  },
} as const satisfies Cell;

interface NormalizedGates {
  /** [n, 3·H] with gain and bias. */
  readonly rows: Tensor2D;
  gradients(dRows: Tensor2D): { readonly dProduct: Tensor2D; readonly dGain: Tensor1D; readonly dBias: Tensor1D };
}

/** @param product [n, 3·H] W_ih·x or W_hh·h */
function normalizeGates(product: Tensor2D, own: OwnTensors, of: 'ih' | 'hh'): NormalizedGates {
  const size = product.shape[1] / 3, rows = product.shape[0];
  const split = (x: Tensor2D): Tensor2D[] => [block(x, 0, 2 * size), tf.slice(x, [0, 2 * size], [rows, size])];
  const splitVector = (name: string): Tensor1D[] => tf.split(own[name] as Tensor1D, [2 * size, size]);
  const gains = splitVector(`gain_${of}`), biases = splitVector(`bias_${of}`);
  const parts = split(product).map((part, k) => normalize(part, gains[k] as Tensor1D, biases[k] as Tensor1D));
  return {
    rows: columns(...parts.map((part) => part.rows)),
    gradients: (dRows) => {
      const back = split(dRows).map((part, k) => normalizeBackward(part, parts[k] as LayerNormalized));
      return {
        dProduct: columns(...back.map(({ dx }) => dx)),
        dGain: tf.concat(back.map(({ dWeight }) => dWeight)), dBias: tf.concat(back.map(({ dBias }) => dBias)),
      };
    },
  };
}

/** `normalizeGates` in an ONNX graph: the rows of r and z together, and those of n. */
function normalizeInOnnx(graph: OnnxGraph, own: Readonly<Record<string, Float32Array>>, of: 'ih' | 'hh') {
  const gain = own[`gain_${of}`] ?? new Float32Array(), bias = own[`bias_${of}`] ?? new Float32Array(), size = gain.length / 3;
  const parts = ([[0, 2 * size], [2 * size, 3 * size]] as const).map(([from, to]) =>
    [gain, bias].map((values) => graph.weights(values.subarray(from, to), [to - from])) as [string, string]);
  return (within: OnnxGraph, product: string): string[] => splitColumns(within, product, [2 * size, size]).map((rows, k) =>
    applyLayerNorm(within, rows, ...(parts[k] as [string, string])));
}

function openGates(x: Tensor2D, rho: Tensor2D) {
  const size = x.shape[1] / 3;
  const r = tf.sigmoid(tf.add<Tensor2D>(block(x, 0, size), block(rho, 0, size)));
  const z = tf.sigmoid(tf.add<Tensor2D>(block(x, 1, size), block(rho, 1, size)));
  return { r, z, n: tf.tanh(tf.add<Tensor2D>(block(x, 2, size), tf.mul(r, block(rho, 2, size)))) };
}
