import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { exportOnnx } from '../../../src/export/onnx/model.ts';
import { applyTemperature } from '../../../src/measure/temperature.ts';
import { createRandomStream } from '../../../src/random.ts';
import { joinSequences } from '../../../src/text/encode.ts';
import { linearInOnnx } from '../../../src/training/linear/linear-onnx.ts';
import type { FittedModel } from '../../../src/training/linear/linear-onnx.ts';
import { createNgramFeatures } from '../../../src/training/linear/ngram-features.ts';
import { scoreRows, toProbabilities } from '../../../src/training/linear/one-vs-rest.ts';

const VOCABULARY = 40;
const random = createRandomStream({ seed: 3, purpose: 'sample', index: 9 });
/** Ids from 0, so that padding and unknown words stand among the words too, and often the same word twice. */
const drawRows = (lengths: readonly number[]): Int32Array[] =>
  lengths.map((length) => Int32Array.from({ length }, () => Math.floor(VOCABULARY * random.uniform() ** 2)));
const training = joinSequences(drawRows([30, 60, 0, 1, 200]), VOCABULARY);
const rows = drawRows([0, 1, 2, 17, 90, 45]);

function fit(ngrams: number, values: FittedModel['values'], problems: number): FittedModel {
  const features = createNgramFeatures(training, ngrams);
  const weights = Array.from({ length: problems }, () => Float64Array.from({ length: features.width }, () => random.uniform() - 0.5));
  return { features, values, weights };
}

/** [rows][classes] by onnxruntime; beyond a row's length stands rubbish. */
async function run(model: FittedModel, classes: number, temperature: number | null = null): Promise<number[][]> {
  const names = Array.from({ length: classes }, (_, k) => `class ${k}`);
  const file = exportOnnx({ classes: names, temperature, toOnnx: (graph, batch) => linearInOnnx(graph, model, batch) }, 'float32', '0', {});
  const session = await InferenceSession.create(file), time = 95;
  const ids = Int32Array.from(rows.flatMap((row) => [...row, ...Array.from({ length: time - row.length }, (_, k) => 3 + (k % 30))]));
  const outputs = await session.run({
    token_ids: new Tensor('int32', ids, [rows.length, time]), lengths: new Tensor('int32', rows.map(({ length }) => length), [rows.length]),
  });
  const flat = [...outputs['probabilities']?.data as Float32Array];
  return rows.map((_, row) => flat.slice(row * classes, (row + 1) * classes));
}

describe('linearInOnnx', () => {
  it.each([
    [1, 'presence', 1], [1, 'counts', 3], [2, 'presence', 1], [2, 'counts', 1], [2, 'presence', 4],
  ] as const)('gives the probabilities of n-grams up to %i, %s, %i problems', async (ngrams, values, problems) => {
    const model = fit(ngrams, values, problems), classes = problems === 1 ? 2 : problems;
    const own = toProbabilities(scoreRows(model.features.toRows(joinSequences(rows, VOCABULARY), values), model.weights));
    for (const temperature of [null, 3.5]) {
      const exported = await run(model, classes, temperature);
      expect(exported).toHaveLength(own.length);
      own.forEach((row, k) => {
        const expected = temperature === null ? row : applyTemperature(row, temperature);
        expected.forEach((value, label) => { expect(exported[k]?.[label]).toBeCloseTo(value, 5); });
      });
    }
  });

  it('knows no pair where the training part has none', async () => {
    const features = createNgramFeatures(joinSequences([Int32Array.of(5), Int32Array.of(7)], VOCABULARY), 2);
    const model: FittedModel = { features, values: 'presence', weights: [new Float64Array(features.width).fill(0.25)] };
    expect((await run(model, 2))[0]?.[1]).toBeCloseTo(1 / (1 + Math.exp(-0.25)), 6);
  });
});
