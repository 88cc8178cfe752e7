import * as tf from '@tensorflow/tfjs-core';
import type { NamedTensorInfoMap, Tensor, Tensor1D, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { activate } from '../../src/ops/activations.ts';
import { adamKernel } from '../../src/ops/adam.ts';
import type { AdamSlots, Gradient } from '../../src/ops/adam.ts';
import { dropout, dropoutFactors } from '../../src/ops/dropout.ts';
import type { DropoutMask } from '../../src/ops/dropout.ts';
import { layerNorm, layerNormKernels } from '../../src/ops/layer-norm.ts';
import { sumRows } from '../../src/ops/linear.ts';
import { product } from '../../src/ops/product.ts';
import { nativeAdamStep, nativeSumOfSquares } from '../../src/ops/native.ts';
import { startEngine } from '../support/engine.ts';
import { randomTensor, relativeDifference } from './native-problem.ts';

const scalars = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, stepSize: 1e-2, correction: Math.sqrt(1 - 0.999 ** 3), gradientScale: 0.7 };

function createSlots(shape: number[]): AdamSlots {
  return {
    parameter: tf.variable(randomTensor(shape, 1)),
    firstMoment: tf.variable(randomTensor(shape, 2, 0.1)),
    secondMoment: tf.variable(tf.square(randomTensor(shape, 3, 0.1))),
  };
}

/** By the kernel that the native one takes the place of. */
function referenceAdamStep(slots: AdamSlots, gradient: Gradient): void {
  adamKernel('reference').kernelFunc({ inputs: { ...slots, ...gradient }, attrs: scalars, backend: tf.backend() });
}

function variablesOf({ parameter, firstMoment, secondMoment }: AdamSlots): Tensor[] {
  return [parameter, firstMoment, secondMoment];
}

describe.skipIf(!inject('hasNativeEngine'))('native training ops', () => {
  beforeAll(() => startEngine('native'));

  it.each([[[5]], [[3, 7]], [[64, 33]]])('takes the step of Adam that the reference takes, dense, shape %j', (shape) => {
    const [native, reference] = [createSlots(shape), createSlots(shape)];
    for (let step = 0; step < 3; step++) {
      const gradient = { values: randomTensor(shape, 10 + step) };
      nativeAdamStep(native, gradient, scalars);
      referenceAdamStep(reference, gradient);
    }
    const expected = variablesOf(reference);
    variablesOf(native).forEach((tensor, k) => { expect(relativeDifference(tensor, expected[k] as Tensor)).toBeLessThan(1e-6); });
  });

  it.each([
    [[1, 1, 1]], [[3, 7, 5]], [[64, 257, 33]], [[0, 4, 4]], [[4, 0, 4]], [[4, 4, 0]], [[700, 40, 16]],
  ])('multiplies matrices as tf.matMul does, rows, terms and columns %j', ([rows, terms, columns]) => {
    for (const leading of [[], [2, 3]]) {
      for (const [a, b] of [[false, false], [true, false], [false, true], [true, true]] as const) {
        const left = randomTensor([...leading, ...(a ? [terms, rows] : [rows, terms])] as number[], 1) as Tensor2D;
        const right = randomTensor([...leading, ...(b ? [columns, terms] : [terms, columns])] as number[], 2) as Tensor2D;
        const found = product(left, right, { a, b }), expected = tf.matMul(left, right, a, b);
        expect(found.shape).toEqual(expected.shape);
        if (found.size > 0) expect(relativeDifference(found, expected)).toBeLessThan(1e-6);
        const bias = randomTensor([columns ?? 0], 3) as Tensor1D;
        expect(product(left, right, { a, b }, bias).dataSync()).toEqual(tf.add(found, bias).dataSync());
      }
    }
  });

  it.each([[1, 4], [300, 33], [7, 256]])('normalizes %i rows of %i columns as the reference does, and back', (rows, columns) => {
    const x = randomTensor([rows, columns], 1) as Tensor2D, dy = randomTensor([rows, columns], 2) as Tensor2D;
    const [weight, bias] = [randomTensor([columns], 3) as Tensor1D, randomTensor([columns], 4) as Tensor1D];
    const [forward, backward] = layerNormKernels('reference').map(({ kernelFunc }) =>
      (inputs: object) => kernelFunc({ inputs: inputs as NamedTensorInfoMap, attrs: {}, backend: tf.backend() }) as Tensor[]);
    const [value, values, inverse] = forward?.({ x, weight, bias }) ?? [];
    const expected = backward?.({ dy, weight, values, inverse }) ?? [];
    const { value: found, grads } = tf.valueAndGrads((...all) => tf.sum(tf.mul(layerNorm(...all as [Tensor2D, Tensor1D, Tensor1D]), dy)))(
      [x, weight, bias]);
    expect(relativeDifference(layerNorm(x, weight, bias), value as Tensor)).toBeLessThan(1e-6);
    expect(relativeDifference(found, tf.sum(tf.mul(value as Tensor, dy)))).toBeLessThan(1e-4);
    grads.forEach((gradient, k) => { expect(relativeDifference(gradient, expected[k] as Tensor)).toBeLessThan(1e-5); });
  });

  it.each([[0, 3], [1, 1], [700, 33], [256, 8], [3, 1000]])('sums the columns of %i rows of %i columns', (rows, columns) => {
    const x = randomTensor([rows, columns], 1) as Tensor2D, values = x.dataSync(), sums = sumRows(x);
    const exact = Array.from({ length: columns }, (_, column) =>
      Array.from({ length: rows }, (__, row) => values[row * columns + column] ?? NaN).reduce((sum, value) => sum + value, 0));
    expect(sums.shape).toEqual([columns]);
    sums.dataSync().forEach((sum, column) => { expect(sum).toBeCloseTo(exact[column] ?? NaN, 3); });
  });

  it.each([[[0, 3]], [[1, 1]], [[70, 33]]])('activates as tf.relu does, and back, shape %j', (shape) => {
    const x = randomTensor(shape, 1) as Tensor2D, dy = randomTensor(shape, 2) as Tensor2D;
    const gradientOf = (apply: (x: Tensor2D) => Tensor2D): Tensor => tf.grad((x) => tf.sum(tf.mul(apply(x as Tensor2D), dy)))(x);
    const relu = (x: Tensor2D): Tensor2D => activate(x, 'relu', (values) => values);
    expect(relu(x).dataSync()).toEqual(tf.relu(x).dataSync());
    expect(gradientOf(relu).dataSync()).toEqual(tf.where(tf.greater(x, 0), dy, tf.zerosLike(dy)).dataSync());
    expect(relu(tf.tensor2d([[Number.NaN, -1, 2]])).dataSync()).toEqual(Float32Array.of(Number.NaN, 0, 2)); // a diverged run shows
  });

  it('refuses matrices that do not belong together', () => {
    expect(() => product<Tensor2D>(tf.zeros([2, 3]), tf.zeros([3, 2]), {}, tf.zeros([3]))).toThrow(/bias must have a number for each column/);
    expect(() => product<Tensor2D>(tf.zeros([2, 3]), tf.zeros([4, 2]))).toThrow(/columns of a must be as many as the rows of b/);
    expect(() => product<Tensor4D>(tf.zeros([1, 2, 2, 3]), tf.zeros([1, 3, 3, 2]))).toThrow(/as many matrices of each/);
  });

  it.each([[[4, 0, 9]], [[]]])('moves every row of a table when only rows %j have a gradient', (ids) => {
    const [native, reference] = [createSlots([10, 21]), createSlots([10, 21])];
    const gradient: Gradient = { values: randomTensor([ids.length, 21], 20), rows: tf.tensor1d(ids, 'int32') };
    nativeAdamStep(native, gradient, scalars);
    referenceAdamStep(reference, ids.length > 0 ? gradient : { values: tf.zeros([10, 21]) });
    const expected = variablesOf(reference);
    variablesOf(native).forEach((tensor, k) => { expect(relativeDifference(tensor, expected[k] as Tensor)).toBeLessThan(1e-6); });
  });

  it('changes nothing but the variables: neither the arrays they were made from nor their clones', () => {
    const values = Float32Array.from({ length: 4096 }, (_, i) => i);
    const slots = { ...createSlots([4096]), parameter: tf.variable(tf.tensor1d(values)) };
    const gradient = { values: tf.ones([4096]) };
    nativeAdamStep(slots, gradient, scalars);
    const clone = slots.parameter.clone();
    const before = clone.dataSync().slice();
    nativeAdamStep(slots, gradient, scalars);
    expect(values[7]).toBe(7);
    expect(clone.dataSync()).toEqual(before);
    expect(slots.parameter.dataSync()[7]).not.toBe(before[7]);
  });

  it('keeps a variable where it lies and leaves no tensor behind', () => {
    const slots = createSlots([50, 4]);
    const gradient = { values: randomTensor([50, 4], 5) };
    nativeAdamStep(slots, gradient, scalars);
    const [before, place] = [tf.memory().numTensors, slots.parameter.dataId];
    nativeAdamStep(slots, gradient, scalars);
    expect(tf.memory().numTensors).toBe(before);
    expect(slots.parameter.dataId).toBe(place);
  });

  it.each([1, 5, 64, 4001])('drops the elements that the mask of the same name drops, %i of them', (count) => {
    const mask = { rate: 0.3, seed: 4294967295, step: 17, place: 2 };
    const x = randomTensor([count], 30);
    const factors = dropoutFactors(count, mask);
    const expected = Float32Array.from(x.dataSync(), (value, i) => value * Math.fround(factors[i] ?? Number.NaN));
    expect(dropout(x, mask).dataSync()).toEqual(expected);
  });

  it.each([1 - 2 ** -31, 1 - 2 ** -32, 1 - 2 ** -33, 1 - Number.EPSILON / 2])('drops what the mask drops at a rate of %f', (rate) => {
    const mask: DropoutMask = { rate, seed: 3, step: 1, place: 0 };
    const x = randomTensor([64], 31);
    const factors = dropoutFactors(64, mask);
    expect(dropout(x, mask).dataSync()).toEqual(
      Float32Array.from(x.dataSync(), (value, i) => value * Math.fround(factors[i] ?? Number.NaN)),
    );
  });

  it('sums squares as precisely as double precision does', () => {
    const x = randomTensor([100, 411], 40);
    const exact = Array.from(x.dataSync()).reduce((sum, value) => sum + value * value, 0);
    expect(Math.abs((nativeSumOfSquares(x).dataSync()[0] ?? 0) / exact - 1)).toBeLessThan(1e-6);
  });
});
