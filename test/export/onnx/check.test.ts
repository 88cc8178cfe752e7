import { beforeAll, describe, expect, inject, it } from 'vitest';
import type { Classifier } from '../../../src/experiment/load-model.ts';
import { neuralSchema } from '../../../src/experiment-schema.ts';
import { largestDifference, openInOnnxruntime } from '../../../src/export/onnx/check.ts';
import { exportOnnx } from '../../../src/export/onnx/model.ts';
import { buildModel } from '../../../src/models/build.ts';
import { createWeights, initializeParameters } from '../../../src/models/parameters.ts';
import { encodeTexts } from '../../../src/text/encode.ts';
import { createVocabulary } from '../../../src/text/vocabulary.ts';
import { startEngine } from '../../support/engine.ts';

beforeAll(() => startEngine(inject('hasNativeEngine') ? 'native' : 'portable'));

const vocabulary = createVocabulary(['<pad>', '<unk>', 'good', 'bad', 'film']);
const { model: config, data } = neuralSchema.parse({ model: { cell: 'lstm', embeddingSize: 4, hiddenSize: 3, layers: 1 } });

function exportWith(seed: number): Uint8Array {
  const model = buildModel(config, vocabulary.size), parameters = initializeParameters(model.parameters, seed);
  const weights = createWeights(parameters, new Int32Array());
  const toOnnx: Classifier['toOnnx'] = (graph, batch) => model.toOnnx(graph, batch, weights);
  return exportOnnx({ toOnnx, temperature: null, classes: ['bad', 'good'] }, 'float32', '0', {});
}

describe('openInOnnxruntime', () => {
  it('answers texts of any length in their order, whatever the batches, and differs for other weights', async () => {
    const part = encodeTexts(['good film', '', 'bad', 'a bad bad film good', 'good film'], vocabulary, data);
    const [model, other] = await Promise.all([1, 2].map((seed) => openInOnnxruntime(exportWith(seed))));
    if (model === undefined || other === undefined) throw new Error('both open');
    const { probabilities } = await model.run(part, 1), { probabilities: together } = await model.run(part, 5);
    expect(probabilities).toHaveLength(5);
    expect(largestDifference(probabilities, together)).toBeLessThan(1e-6);
    expect(probabilities[4]).toEqual(probabilities[0]);
    expect(largestDifference(probabilities, (await other.run(part, 2)).probabilities)).toBeGreaterThan(1e-3);
    await Promise.all([model.close(), other.close()]);
  });
});

describe('largestDifference', () => {
  it.each([
    [[[0.25, 0.75]], [[0.25, 0.75]], 0],
    [[[0.25, 0.75], [0, 1]], [[0.5, 0.75], [0, 1]], 0.25],
    [[[Number.NaN, 1]], [[0, 1]], Infinity],
    [[[0, 1]], [], Infinity], // an answer that is missing
  ])('of %j and %j is %d', (one, other, difference) => {
    expect(largestDifference(one, other)).toBe(difference);
  });
});
