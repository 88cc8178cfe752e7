import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import type { PackedBatch } from '../data/packed-batch.ts';
import type { Model } from '../models/build.ts';
import { trainingPass } from '../models/module.ts';
import { createWeights, parameter, readRows } from '../models/parameters.ts';
import type { Parameters } from '../models/parameters.ts';
import { denseGradient } from '../ops/adam.ts';
import type { Gradient } from '../ops/adam.ts';
import { countCorrect } from '../ops/cross-entropy.ts';
import { tidied } from '../ops/tidied.ts';
import { valueAndGradients } from '../ops/value-and-gradients.ts';
import type { Objective } from './objectives/objective.ts';
import type { Gradients } from './optimizer.ts';
import { createPassMeter } from './step-bytes.ts';
import type { PassBytes } from './step-bytes.ts';

/** A model and what it is trained towards. */
export interface Task {
  readonly model: Model;
  readonly objective: Objective;
}

export interface BatchGradients {
  /** Mean over the batch, nats. */
  readonly loss: number;
  readonly correct: number;
  /** Of the parameters that the loss depends on. The caller disposes of them. */
  readonly gradients: Gradients;
  readonly bytes: PassBytes;
}

/**
 * Loss and gradients of one training batch. The gradient of a table is kept as rows, one for each distinct token, since the batch
 * touches no other; where something reads the table as a whole too, both are added.
 * @param at names the step's dropout masks: the training step, counted over the whole run
 */
export function computeGradients({ model, objective }: Task, parameters: Parameters, batch: PackedBatch, at: { seed: number; step: number }): BatchGradients {
  const tables = model.parameters.flatMap(({ name, isTable }) => (isTable === true ? [name] : []));
  const meter = createPassMeter(parameters);
  const { loss, correct, found } = tidied(() => {
    const rows = tables.map((name) => readRows(parameter(parameters, name), batch.distinctIds));
    const { result: { loss, logits }, gradients } = valueAndGradients(() => {
      const marked = new Map(tables.map((name, k) => [name, meter.countInBackwardPass(rows[k] as Tensor2D)]));
      const result = objective.evaluate(model, createWeights(parameters, batch.distinctIds, marked), batch, trainingPass(at.seed, at.step));
      meter.count();
      return result;
    }, [...rows, ...parameters.values()]);
    const correct = countCorrect(logits, tf.tensor1d(batch.labels, 'int32')); // here, where no tape keeps what it needs
    logits.dispose();
    return { loss, correct, found: joinGradients(parameters, tables, gradients, batch.distinctIds) };
  });
  return { loss: readScalar(loss), correct: readScalar(correct), gradients: new Map(found), bytes: meter.bytes() };
}

/** @param gradients of the rows of each table, then of each parameter as a whole */
function joinGradients(parameters: Parameters, tables: readonly string[], gradients: readonly (Tensor | null)[], ids: Int32Array): [string, Gradient][] {
  return [...parameters.keys()].flatMap((name, k): [string, Gradient][] => {
    const ofRows = gradients[tables.indexOf(name)] ?? null, dense = gradients[tables.length + k] ?? null;
    if (ofRows === null) return dense === null ? [] : [[name, { values: dense }]];
    const rows: Tensor1D = tf.tensor1d(ids, 'int32');
    if (dense === null) return [[name, { values: ofRows, rows }]];
    return [[name, { values: tf.add(dense, denseGradient({ values: ofRows, rows }, dense.shape)) }]];
  });
}

export function disposeGradients(gradients: Gradients): void {
  for (const { values, rows } of gradients.values()) tf.dispose(rows === undefined ? values : [values, rows]);
}

/** Reads a scalar and disposes of it. */
export function readScalar(tensor: Tensor): number {
  const value = tensor.dataSync()[0] ?? Number.NaN;
  tensor.dispose();
  return value;
}
