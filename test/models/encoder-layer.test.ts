import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { countTransformerExactly } from '../../src/articles/formulas.ts';
import { encoderLayer, encoderLayerParameters } from '../../src/models/encoder-layer.ts';
import type { LayerAccess } from '../../src/models/encoder-layer.ts';
import { createLayout } from '../../src/ops/packed-layout.ts';
import { countValues, parameter } from '../../src/models/parameters.ts';
import { uniformValues } from '../../src/random.ts';
import { startEngine } from '../support/engine.ts';

const sizes = { embeddingSize: 6, feedForwardSize: 10, heads: 2 };
const [rows, steps, width] = [2, 4, 6];
const random = (count: number, index: number): Float32Array => uniformValues(count, -1, 1, { seed: 3, purpose: 'sample', index });
const shapes = new Map(encoderLayerParameters(sizes, '', 'encoder').map(({ name, shape }) => [name, shape]));
const layout = createLayout({ lengths: new Int32Array(rows).fill(steps), batchSizes: new Int32Array(steps).fill(rows) });
const values = new Map([...shapes].map(([name, shape], k) => [name, random(countValues(shape), k)]));
const input = random(rows * steps * width, 99);

type Vector = number[];
const dot = (a: Vector, b: Vector): number => a.reduce((sum, value, k) => sum + value * b[k]!, 0);
const add = (a: Vector, b: Vector): Vector => a.map((value, k) => value + b[k]!);
const rowsOf = (name: string): Vector[] => {
  const [count, size = 1] = shapes.get(name)!;
  return Array.from({ length: count! }, (_, k) => [...values.get(name)!.subarray(k * size, (k + 1) * size)]);
};
const project = (x: Vector, weight: string, bias: string): Vector => add(rowsOf(weight).map((row) => dot(row, x)), [...values.get(bias)!]);
function norm(x: Vector, name: string): Vector {
  const mean = dot(x, x.map(() => 1)) / x.length;
  const variance = dot(x.map((v) => v - mean), x.map((v) => v - mean)) / x.length;
  return x.map((v, k) => ((v - mean) / Math.sqrt(variance + 1e-5)) * values.get(`${name}.weight`)![k]! + values.get(`${name}.bias`)![k]!);
}

/** The layer word by word in double precision, by the equations of Vaswani et al. (2017), section 3. */
function expected(): number[] {
  const size = width / sizes.heads;
  return Array.from({ length: rows }, (_, row) => {
    const xs = Array.from({ length: steps }, (_, t) => [...input.subarray((row * steps + t) * width, (row * steps + t + 1) * width)]);
    const projected = xs.map((x) => project(x, 'self_attn.in_proj_weight', 'self_attn.in_proj_bias'));
    const part = (t: number, which: number, head: number): Vector =>
      projected[t]!.slice(which * width + head * size, which * width + (head + 1) * size);
    return xs.flatMap((x, t) => {
      const mixed = Array.from({ length: sizes.heads }, (_, head) => {
        const scores = xs.map((_, s) => Math.exp(dot(part(t, 0, head), part(s, 1, head)) / Math.sqrt(size)));
        const total = scores.reduce((a, b) => a + b, 0);
        return xs.map((_, s) => part(s, 2, head).map((v) => (v * scores[s]!) / total)).reduce(add);
      }).flat();
      const middle = norm(add(x, project(mixed, 'self_attn.out_proj.weight', 'self_attn.out_proj.bias')), 'norm1');
      const inner = project(middle, 'linear1.weight', 'linear1.bias').map((v) => Math.max(0, v));
      return norm(add(middle, project(inner, 'linear2.weight', 'linear2.bias')), 'norm2');
    });
  }).flat();
}

describe.runIf(inject('hasNativeEngine'))('a Transformer encoder layer', () => {
  beforeAll(() => startEngine('native'));
  /** The layer with the norms behind, as torch's default; from rows one after the other to rows step after step and back. */
  const compute = (x: Tensor2D, weights: ReadonlyMap<string, Tensor>): Tensor2D => {
    const turn = (values: Tensor2D, from: number, to: number): Tensor2D =>
      tf.reshape(tf.transpose(tf.reshape(values, [from, to, width]), [1, 0, 2]), [rows * steps, width]);
    const access: LayerAccess = { get: (name) => parameter(weights, name), dropout: (values) => values, dropoutMask: () => null };
    return turn(encoderLayer(turn(x, rows, steps), layout, { ...sizes, activation: 'relu', norm: 'post' }, access), steps, rows);
  };
  const run = (given: ReadonlyMap<string, Float32Array>): Float32Array => {
    const result = tf.tidy(() =>
      compute(
        tf.tensor2d(input, [rows * steps, width]),
        new Map([...given].map(([name, data]) => [name, tf.tensor(data, [...shapes.get(name)!])])),
      ),
    );
    const data = result.dataSync<'float32'>();
    result.dispose();
    return data;
  };

  it('computes attention, feed-forward, residuals and norms', () => {
    expected().forEach((value, k) => { expect(run(values)[k]).toBeCloseTo(value, 4); });
  });

  it('has the parameters that are counted for it', () => {
    expect([...shapes.values()].reduce((sum, shape) => sum + countValues(shape), 0)).toBe(countTransformerExactly('encoder', sizes));
  });

  it('has the gradients that finite differences find', () => {
    const names = [...shapes.keys()];
    const weigh = random(rows * steps * width, 7);
    const lossOf = (data: Float32Array): number => data.reduce((sum, value, k) => sum + value * weigh[k]!, 0);
    const gradients = tf.tidy(() =>
      tf.grads((...weights: Tensor[]) =>
        compute(tf.tensor2d(input, [rows * steps, width]), new Map(names.map((name, k) => [name, weights[k]!])))
          .flatten()
          .dot(tf.tensor1d(weigh)),
      )(names.map((name) => tf.tensor(values.get(name)!, [...shapes.get(name)!]))),
    );
    names.forEach((name, k) => {
      const gradient = gradients[k]!.dataSync()[1]!;
      const nudged = (by: number): number =>
        lossOf(
          run(
            new Map(values).set(
              name,
              values.get(name)!.map((value, i) => (i === 1 ? value + by : value)),
            ),
          ),
        );
      expect(gradient, name).toBeCloseTo((nudged(0.01) - nudged(-0.01)) / 0.02, 2);
    });
    tf.dispose(gradients);
  });
});
