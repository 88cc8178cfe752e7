import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { isRecurrent } from '../../src/experiment-schema.ts';
import { encodeSafetensors } from '../../src/experiment/safetensors.ts';
import { buildModel } from '../../src/models/build.ts';
import { evaluationPass } from '../../src/models/module.ts';
import { createWeights, initializeParameters } from '../../src/models/parameters.ts';
import { readVariable } from '../../src/files/user-environment.ts';
import { startEngine } from '../support/engine.ts';
import { goldenConfig, goldenNames, largestDifference, packReviews, readGolden } from '../support/golden.ts';
import { makeTemporaryFolder } from './temporary-folder.ts';

/** A Python with PyTorch, for example `TORCH_PYTHON=~/venv/bin/python npm test`. */
const python = readVariable('TORCH_PYTHON');
const script = fileURLToPath(new URL('../../scripts/golden/run-checkpoint.py', import.meta.url));
const folder = makeTemporaryFolder();

describe.skipIf(python === undefined)('weights.safetensors in PyTorch (needs TORCH_PYTHON)', () => {
  beforeAll(() => startEngine(inject('hasNativeEngine') ? 'native' : 'portable'));

  const recurrent = goldenNames.flatMap((name) => {
    const config = goldenConfig(readGolden(name));
    return isRecurrent(config) ? [[name, config] as const] : [];
  });

  it.each(recurrent)('loads into the articles\' %s and gives the same logits', (name, { model: settings, seed }) => {
    const golden = readGolden(name);
    const model = buildModel(settings, golden.vocabularySize);
    const parameters = initializeParameters(model.parameters, seed);
    const stored = new Map(
      [...parameters].map(([key, tensor]) => [key, { shape: tensor.shape, values: tensor.dataSync() as Float32Array }]),
    );
    const path = join(folder, `${name}.safetensors`);
    writeFileSync(path, Buffer.concat(encodeSafetensors(stored, {})));
    const asked = JSON.stringify({ cell: settings.cell, bidirectional: settings.bidirectional, reviews: golden.reviews });
    const logits = (JSON.parse(execFileSync(python ?? '', [script, path, asked], { encoding: 'utf8' })) as number[][]).flat();

    const batch = packReviews(golden.reviews, golden.labels, golden.vocabularySize);
    const ours = tf.tidy(() => model.logits(batch, createWeights(parameters, batch.distinctIds), evaluationPass).arraySync());
    const inOrder = golden.reviews.flatMap((_, row) => Array.from(ours[batch.rows.indexOf(row)] ?? []));
    expect(inOrder).toHaveLength(10);
    expect(largestDifference(inOrder, logits)).toBeLessThan(2e-6);
    tf.dispose([...parameters.values()]);
  });
});
