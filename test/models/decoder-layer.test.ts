import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import { afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { countTransformerExactly } from '../../src/articles/formulas.ts';
import { decoderLayer, decoderLayerParameters } from '../../src/models/decoder-layer.ts';
import type { EncoderLayerSettings, LayerAccess } from '../../src/models/encoder-layer.ts';
import { countBuiltTransformer } from '../../src/models/layer-counts.ts';
import { parameter } from '../../src/models/parameters.ts';
import { createLayout } from '../../src/ops/packed-layout.ts';
import type { PackedLayout } from '../../src/ops/packed-layout.ts';
import { startEngine } from '../support/engine.ts';
import { largestDifference } from '../support/golden.ts';

/** A file of test/golden/layers, written by scripts/golden/make-decoder-golden.py; what is of tokens is a list of values for each row. */
interface Golden {
  settings: EncoderLayerSettings;
  lengths: number[];
  memoryLengths: number[];
  shapes: Record<string, number[]>;
  parameters: Record<string, number[]>;
  gradients: Record<string, number[]>;
  x: number[][];
  memory: number[][];
  weights: number[][];
  result: number[][];
  dx: number[][];
  dMemory: number[][];
}

const readGolden = (norm: string): Golden =>
  JSON.parse(readFileSync(new URL(`../golden/layers/decoder-${norm}.json`, import.meta.url), 'utf8')) as Golden;

const SIZE = 6;
const TOLERANCE = 2e-6;
const engines = inject('hasNativeEngine') ? (['reference', 'native', 'portable'] as const) : (['portable'] as const);

function layoutOf(lengths: readonly number[]): PackedLayout {
  const batchSizes = Array.from({ length: Math.max(...lengths) }, (_, step) => lengths.filter((length) => length > step).length);
  return createLayout({ lengths: Int32Array.from(lengths), batchSizes: Int32Array.from(batchSizes) });
}

/** Values of rows, longest first, step after step. */
const pack = (rows: readonly number[][]): number[] => Array.from({ length: Math.max(...rows.map((row) => row.length)) / SIZE }, (_, step) =>
  rows.flatMap((row) => row.slice(step * SIZE, (step + 1) * SIZE))).flat();
const packed = (rows: readonly number[][]): Tensor2D => tf.tensor2d(pack(rows), [rows.flat().length / SIZE, SIZE]);

/** The memory's rows, longest first, and where each row's is among them. */
function sortRows(lengths: readonly number[]): { order: number[]; rowOf: Int32Array } {
  const order = [...lengths.keys()].sort((a, b) => lengths[b]! - lengths[a]!);
  return { order, rowOf: Int32Array.from(lengths, (_, row) => order.indexOf(row)) };
}

describe.for(engines)('a decoder layer, %s ops', (engine) => {
  beforeAll(() => startEngine(engine));
  let tensors = 0;
  beforeEach(() => { tensors = tf.memory().numTensors; });
  afterEach(() => { expect(tf.memory().numTensors).toBe(tensors); });

  describe.each(['pre', 'post'])('%s-norm, against torch.nn.TransformerDecoderLayer', (norm) => {
    const golden = readGolden(norm);
    const { order, rowOf } = sortRows(golden.memoryLengths);
    const sorted = (rows: number[][]): number[][] => order.map((row) => rows[row]!);
    const names = Object.keys(golden.shapes);
    const layout = layoutOf(golden.lengths);
    const run = (x: Tensor2D, memory: Tensor2D, weights: readonly Tensor[]): Tensor2D => {
      const byName = new Map(names.map((name, k) => [name, weights[k]!]));
      const access: LayerAccess = { get: (name) => parameter(byName, name), dropout: (values) => values, dropoutMask: () => null };
      const layoutOfMemory = layoutOf(order.map((row) => golden.memoryLengths[row]!));
      return decoderLayer(x, layout, { rows: memory, layout: layoutOfMemory, rowOf }, golden.settings, access);
    };
    const createWeights = (): Tensor[] => names.map((name) => tf.tensor(golden.parameters[name]!, golden.shapes[name]));

    it('has its parameters, in its order', () => {
      const specs = decoderLayerParameters(golden.settings, '', 'decoder');
      expect(specs.map(({ name, shape }) => [name, shape])).toEqual(Object.entries(golden.shapes));
    });

    it('gives the same states', () => {
      const values = tf.tidy(() => run(packed(golden.x), packed(sorted(golden.memory)), createWeights()).dataSync());
      expect(largestDifference(values, pack(golden.result))).toBeLessThan(TOLERANCE);
    });

    it('gives the same gradients of every parameter, of its input and of the encoder\'s states', () => {
      tf.tidy(() => {
        const [dx, dMemory, ...gradients] = tf.grads((x: Tensor, memory: Tensor, ...weights: Tensor[]) =>
          tf.sum(tf.mul(run(x as Tensor2D, memory as Tensor2D, weights), packed(golden.weights))),
        )([packed(golden.x), packed(sorted(golden.memory)), ...createWeights()]);
        expect(largestDifference(dx!.dataSync(), pack(golden.dx))).toBeLessThan(10 * TOLERANCE);
        expect(largestDifference(dMemory!.dataSync(), pack(sorted(golden.dMemory)))).toBeLessThan(10 * TOLERANCE);
        names.forEach((name, k) => {
          expect(largestDifference(gradients[k]!.dataSync(), golden.gradients[name]!), name).toBeLessThan(10 * TOLERANCE);
        });
      });
    });

    it('reads no later token: the states before a token that changes stay as they were, and its own does not', () => {
      tf.tidy(() => {
        const changed = golden.x.map((row) => row.map((value, i) => (Math.floor(i / SIZE) === 1 ? value + Math.sin(9 * value) : value)));
        const [before, after] = [golden.x, changed].map((x) =>
          run(packed(x), packed(sorted(golden.memory)), createWeights()).dataSync());
        const first = golden.x.length * SIZE; // the values of every row's first token
        expect([...after!.slice(0, first)]).toEqual([...before!.slice(0, first)]);
        for (let i = first; i < before!.length; i += SIZE) {
          expect(largestDifference(after!.slice(i, i + SIZE), before!.slice(i, i + SIZE))).toBeGreaterThan(1e-4);
        }
      });
    });

    it('reads the encoder\'s states of its own row alone', () => {
      tf.tidy(() => {
        const changed = golden.memory.map((row, k) => (k === 1 ? row.map((value) => value + Math.sin(value * 9)) : row));
        const [before, after] = [golden.memory, changed].map((memory) =>
          run(packed(golden.x), packed(sorted(memory)), createWeights()).dataSync());
        layout.batchSizes.forEach((rows, step) => {
          for (let row = 0; row < rows; row++) {
            const at = (layout.offsets[step]! + row) * SIZE;
            const difference = largestDifference(after!.slice(at, at + SIZE), before!.slice(at, at + SIZE));
            if (row === 1) expect(difference).toBeGreaterThan(1e-4);
            else expect(difference).toBe(0);
          }
        });
      });
    });
  });
});

it.each(['encoder', 'decoder'] as const)('the built %s layer has the parameters that the formula counts', (part) => {
  for (const sizes of [{ embeddingSize: 512, feedForwardSize: 2048 }, { embeddingSize: 6, feedForwardSize: 5 }]) {
    expect(countBuiltTransformer(part, sizes)).toBe(countTransformerExactly(part, sizes));
  }
});
