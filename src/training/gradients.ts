import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';

import { trainingPass } from '../models/module.ts';
import type { Checkpointing } from '../models/module.ts';
import { createWeights, parameter, readRows } from '../models/parameters.ts';
import type { Parameters } from '../models/parameters.ts';
import type { PackedBatch } from '../data/batches.ts';
import type { Model } from '../models/build.ts';
import { denseGradient } from '../ops/adam.ts';
import type { Gradient } from '../ops/adam.ts';
import { countCorrect, scatterRows } from '../ops/linear.ts';
import { bytesOf, tidied, valueAndGradients } from '../ops/gradients.ts';
import type { MemoryProbe } from '../ops/gradients.ts';
import type { Objective } from './objectives/objective.ts';
import type { Gradients } from './optimizer.ts';

/** Tensors of a forward and a backward pass besides the parameters; memory that several share counts once. */
export interface PassBytes {
  /** What is kept for the backward pass. */
  readonly keptBytes: number;
  /**
   * The most there is at once: at the end of the forward pass, or between two ops of the backward pass, those of a layer that is computed
   * again among them. What an op needs while it runs is not counted.
   */
  readonly peakBytes: number;
}

export interface PassMeter extends MemoryProbe {
  readonly bytes: () => PassBytes;
}

export function createPassMeter(parameters: Parameters): PassMeter {
  const known = new Set([...parameters.values()].map(({ dataId }) => dataId));
  let bytes: PassBytes = { keptBytes: 0, peakBytes: 0 };
  const raise = (peakBytes: number): void => { bytes = { ...bytes, peakBytes: Math.max(bytes.peakBytes, peakBytes) }; };
  const count = (held: readonly Tensor[]): number => {
    const { activeTape, scopeStack } = tf.engine().state;
    const kept = activeTape.flatMap(({ saved }) => saved ?? []);
    const alive = sumBytes([...held, ...kept, ...scopeStack.flatMap(({ track }) => track)], known);
    if (held.length === 0) bytes = { ...bytes, keptBytes: sumBytes(kept, known) }; // nothing is held around the pass of a whole model
    raise(alive);
    return alive;
  };
  return { count, raise, bytes: () => bytes };
}

/** By memory and not by tensor: `tf.memory()` counts memory again for each tensor that shares it, and what is kept is a clone. */
function sumBytes(tensors: readonly Tensor[], known: ReadonlySet<object>): number {
  const sizes = new Map(
    tensors.filter(({ dataId, isDisposed }) => !isDisposed && !known.has(dataId)).map((tensor) => [tensor.dataId, bytesOf(tensor)]),
  );
  return [...sizes.values()].reduce((total, size) => total + size, 0);
}

/** A model and what it is trained towards. */
export interface Task {
  readonly model: Model;
  readonly objective: Objective;
  /** What the backward pass computes again; by default nothing. */
  readonly checkpointing?: Checkpointing;
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
export function computeGradients(
  { model, objective, checkpointing = 'none' }: Task,
  parameters: Parameters,
  batch: PackedBatch,
  at: { seed: number; step: number },
): BatchGradients {
  const tables = model.parameters.flatMap(({ name, isTable }) => (isTable === true ? [name] : []));
  const meter = createPassMeter(parameters);
  const { loss, correct, found } = tidied(() => {
    const rows = tables.map((name) => readRows(parameter(parameters, name), batch.distinctIds));
    const {
      result: { loss, logits },
      gradients,
    } = valueAndGradients(() => {
      const read = new Map(tables.map((name, k) => [name, rows[k] as Tensor2D]));
      const pass = trainingPass(at.seed, at.step, { checkpointing, probe: meter });
      const result = objective.evaluate(model, createWeights(parameters, batch.distinctIds, read), batch, pass);
      meter.count([]);
      return result;
    }, [...rows, ...parameters.values()], meter);
    const correct = countCorrect(logits, tf.tensor1d(batch.labels, 'int32')); // here, where no tape keeps what it needs
    logits.dispose();
    return { loss, correct, found: joinGradients(parameters, tables, gradients, batch.distinctIds) };
  });
  return { loss: readScalar(loss), correct: readScalar(correct), gradients: new Map(found), bytes: meter.bytes() };
}

/** @param gradients of the rows of each table, then of each parameter as a whole */
function joinGradients(
  parameters: Parameters,
  tables: readonly string[],
  gradients: readonly (Tensor | null)[],
  ids: Int32Array,
): [string, Gradient][] {
  return [...parameters.keys()].flatMap((name, k): [string, Gradient][] => {
    const ofRows = gradients[tables.indexOf(name)] ?? null,
      dense = gradients[tables.length + k] ?? null;
    if (ofRows === null) return dense === null ? [] : [[name, { values: dense }]];
    const rows: Tensor1D = tf.tensor1d(ids, 'int32');
    if (dense === null) return [[name, { values: ofRows, rows }]];
    return [[name, { values: tf.add(dense, denseGradient({ values: ofRows, rows }, dense.shape)) }]];
  });
}

/** A batch whose gradients are to be added to those of others. */
export interface Accumulated {
  /** What its own mean divides by: its reviews, or the sum of their weights. */
  readonly weight: number;
  readonly compute: () => BatchGradients;
}

/** The gradients of several batches as if they were one: weighted means, with one batch and the sum so far in memory at a time. */
export function accumulateGradients([first, ...others]: readonly Accumulated[]): BatchGradients {
  if (first === undefined) throw new Error('there is no batch to compute gradients of');
  if (others.length === 0) return first.compute();
  const whole = others.reduce((sum, { weight }) => sum + weight, first.weight);
  const share = ({ weight, compute }: Accumulated): BatchGradients => scaleGradients(compute(), weight / whole);
  return others.reduce((sum, batch) => addGradients(sum, share(batch)), share(first));
}

/** Disposes of what it is given. */
function scaleGradients({ loss, gradients, ...counted }: BatchGradients, share: number): BatchGradients {
  const scaled = [...gradients].map(([name, { values, ...rest }]): [string, Gradient] => {
    const product = tf.mul(values, share);
    values.dispose();
    return [name, { ...rest, values: product }];
  });
  return { ...counted, loss: loss * share, gradients: new Map(scaled) };
}

/**
 * Of a table the rows of both, those of words that both have added up. Disposes of what it is given.
 * @param a the sum so far, which is held while `b` is computed
 */
function addGradients(a: BatchGradients, b: BatchGradients): BatchGradients {
  const names = [...new Set([...a.gradients.keys(), ...b.gradients.keys()])];
  const held = sumBytes([...a.gradients.values()].flatMap(({ values, rows = values }) => [values, rows]), new Set());
  const sums = names.map((name): [string, Gradient] => {
    const [own, other] = [a.gradients.get(name), b.gradients.get(name)];
    if (own === undefined || other === undefined) return [name, copyGradient((own ?? other) as Gradient)];
    if (own.rows === undefined || other.rows === undefined) return [name, { values: tf.add(own.values, other.values) }];
    return [name, addRows(own as Required<Gradient>, other as Required<Gradient>)];
  });
  disposeGradients(a.gradients);
  disposeGradients(b.gradients);
  return {
    loss: a.loss + b.loss, correct: a.correct + b.correct, gradients: new Map(sums),
    bytes: { keptBytes: Math.max(a.bytes.keptBytes, b.bytes.keptBytes), peakBytes: Math.max(a.bytes.peakBytes, held + b.bytes.peakBytes) },
  };
}

function copyGradient({ values, rows }: Gradient): Gradient {
  return rows === undefined ? { values: tf.clone(values) } : { values: tf.clone(values), rows: tf.clone(rows) };
}

function addRows(a: Required<Gradient>, b: Required<Gradient>): Required<Gradient> {
  const ids = [...a.rows.dataSync(), ...b.rows.dataSync()], distinct = [...new Set(ids)];
  const placeOf = new Map(distinct.map((id, place) => [id, place]));
  const places = Int32Array.from(ids, (id) => placeOf.get(id) ?? 0);
  const values = tf.tidy(() =>
    scatterRows(tf.concat([a.values as Tensor2D, b.values as Tensor2D], 0), tf.tensor1d(places, 'int32'), distinct.length));
  return { values, rows: tf.tensor1d(distinct, 'int32') };
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
