import { join } from 'node:path';

import { cells } from '../ops/cells.ts';
import { doneSchema, profileSchema, timedSchema } from './protocol.ts';
import type { BenchModel, Padding, Profile } from './protocol.ts';
import { medianSpread, pairwiseRatio, extrapolate, totalRatio } from '../measure/statistics.ts';
import { writeBatches } from './workload.ts';
import type { Sample } from './workload.ts';
import { paddingOf, compare, timePlayers } from './competitors.ts';
import type { Lengths, Player, Compared } from './competitors.ts';
import type { Memory, ModelResult, RecurrentShare } from './result.ts';
import type { BenchSettings, NamedModel } from './settings.ts';

export interface RecurrentFlops {
  readonly forward: number;
  readonly backward: number;
}

/**
 * Additions and multiplications of the products that the recurrent kernels compute of N tokens, in all layers and directions: W_hh·h of
 * every layer, 2·N·G·H·H, and W_ih·x of those above the first, 2·N·G·H·D; backward each twice, for the input's gradient and the
 * weight's. The first layer's input product is computed elsewhere. Gates and padding count as nothing.
 */
export function recurrentFlops(model: BenchModel, tokens: number): RecurrentFlops {
  const directions = model.bidirectional ? 2 : 1;
  const inputSize = directions * model.hiddenSize;
  const perUnit = model.layers * model.hiddenSize + (model.layers - 1) * inputSize;
  const forward = directions * 2 * tokens * cells[model.cell].gates * model.hiddenSize * perUnit;
  return { forward, backward: 2 * forward };
}

/** Of a product of two square matrices. */
export function matMulFlops(size: number): number {
  return 2 * size ** 3;
}

/** Batches on disk that all contestants read. */
export interface BatchFolders {
  readonly folder: string;
  readonly epoch: Sample;
  readonly evaluation: Sample;
  readonly lengths: Lengths;
}

const PADDED = 'padded', EPOCH = 'epoch', EVALUATION = 'evaluation';

/** Batches of the padded step that alternate. */
export const PADDED_BATCHES = 4;
/** The slowest peers do a padded step this often, after one to warm up. */
const SLOW_TURNS = 2;

export function writeSamples({ folder, epoch, evaluation }: BatchFolders): void {
  writeBatches(join(folder, EPOCH), epoch);
  writeBatches(join(folder, EVALUATION), evaluation);
}

export function paddedFolder({ folder }: BatchFolders): string {
  return join(folder, PADDED);
}

/** Everything that is measured of one model, in processes that have done nothing else. */
export async function measureModel(
  { name, model, epoch }: NamedModel, players: readonly Player[], settings: BenchSettings, batches: BatchFolders,
  onStage: (stage: string) => void,
): Promise<ModelResult> {
  for (const { entrant, contestant } of players) await contestant.ask({ do: 'build', model, tuned: entrant.tuned }, doneSchema);
  onStage(`${name}: a padded step`);
  await load(players, paddedFolder(batches), settings.batchSize);
  await warmUp(players, settings);
  const step = await measureStep(players, settings);
  const everywhere = players.filter(({ entrant }) => entrant.everywhere);
  const own = players.filter(({ entrant }) => entrant.id === 'gatelab');
  if (epoch) onStage(`${name}: an epoch`);
  const epochTimes = epoch ? await measureEpoch(everywhere, batches) : [];
  const training = peaks(players);
  if (epoch) onStage(`${name}: evaluation`);
  const evaluation = epoch ? await measureEvaluation(everywhere, batches) : [];
  const memory = compareMemory(players, training, peaks(players));
  onStage(`${name}: the recurrent kernels`);
  await load(own, paddedFolder(batches), settings.batchSize);
  const recurrent = await measureRecurrent(own, settings, model);
  return { name, step, recurrent, epoch: epochTimes, evaluation, memory };
}

async function load(players: readonly Player[], folder: string, batchSize: number): Promise<void> {
  for (const { contestant } of players) await contestant.ask({ do: 'load', folder, batchSize }, doneSchema);
}

async function warmUp(players: readonly Player[], { warmUp }: BenchSettings): Promise<void> {
  for (const player of players) {
    for (let k = 0; k < (player.entrant.everywhere ? warmUp : 1); k++) await timeStep(player, 'train', k % PADDED_BATCHES, 'longest');
  }
}

export async function timeStep({ contestant }: Player, what: 'train' | 'evaluate', batch: number, pad: Padding): Promise<number> {
  return (await contestant.ask({ do: what, batch, pad }, timedSchema)).seconds;
}

/** Padded steps of all; every turn begins in a process that others have just pushed out of the caches. */
async function measureStep(players: readonly Player[], { rounds }: BenchSettings): Promise<Compared[]> {
  const times = await timePlayers(
    players, rounds, (player, turn) => timeStep(player, 'train', turn % PADDED_BATCHES, 'longest'),
    ({ entrant }) => (entrant.everywhere ? rounds : SLOW_TURNS),
  );
  return compare(times, medianSpread, pairwiseRatio);
}

/** Gatelab's recurrent kernels, in turns with a matMul. */
async function measureRecurrent(own: readonly Player[], settings: BenchSettings, model: BenchModel): Promise<RecurrentShare> {
  const profiles: Profile[] = [];
  const products: number[] = [];
  for (const { contestant } of own) {
    for (let turn = 0; turn < settings.rounds; turn++) {
      products.push((await contestant.ask({ do: 'matMul', size: settings.matMulSize }, timedSchema)).seconds);
      profiles.push(await contestant.ask({ do: 'profile', batch: turn % PADDED_BATCHES }, profileSchema));
    }
  }
  return summarizeProfiles(model, profiles, products, settings);
}

function summarizeProfiles(model: BenchModel, profiles: readonly Profile[], products: readonly number[], { matMulSize }: BenchSettings): RecurrentShare {
  const matMul = products.map((seconds) => matMulFlops(matMulSize) / seconds);
  const rates = profiles.map(({ forwardSeconds, backwardSeconds, tokens, seconds }) => {
    const { forward, backward } = recurrentFlops(model, tokens);
    const recurrentSeconds = forwardSeconds + backwardSeconds;
    return {
      forward: forward / forwardSeconds, backward: backward / backwardSeconds,
      both: (forward + backward) / recurrentSeconds, partOfStep: recurrentSeconds / seconds,
    };
  });
  const both = rates.map((rate) => rate.both);
  return {
    matMul: medianSpread(matMul),
    forward: medianSpread(rates.map(({ forward }) => forward)), backward: medianSpread(rates.map(({ backward }) => backward)),
    both: medianSpread(both), share: pairwiseRatio(matMul, both), partOfStep: medianSpread(rates.map(({ partOfStep }) => partOfStep)),
  };
}

async function measureEpoch(players: readonly Player[], { folder, epoch, lengths }: BatchFolders): Promise<Compared[]> {
  await load(players, join(folder, EPOCH), epoch.batchSize);
  await warmUpBatch(players, 'train', lengths);
  const times = await timePlayers(players, epoch.sampled, (player, turn) => timeStep(player, 'train', turn, paddingOf(player.entrant.id, lengths)));
  return compare(times, (sample) => extrapolate(sample, epoch.batches), totalRatio);
}

async function measureEvaluation(players: readonly Player[], { folder, evaluation, lengths }: BatchFolders): Promise<Compared[]> {
  await load(players, join(folder, EVALUATION), evaluation.batchSize);
  await warmUpBatch(players, 'evaluate', lengths);
  const times = await timePlayers(players, evaluation.sampled, (player, turn) => timeStep(player, 'evaluate', turn, paddingOf(player.entrant.id, lengths)));
  return compare(times, (sample) => extrapolate(sample, evaluation.batches), totalRatio);
}

/** One step at the padding to come: Keras traces its graph for it. */
async function warmUpBatch(players: readonly Player[], what: 'train' | 'evaluate', lengths: Lengths): Promise<void> {
  for (const player of players) await timeStep(player, what, 0, paddingOf(player.entrant.id, lengths));
}

function peaks(players: readonly Player[]): (number | null)[] {
  return players.map(({ contestant }) => contestant.peakBytes());
}

function compareMemory(players: readonly Player[], training: readonly (number | null)[], evaluation: readonly (number | null)[]): Memory[] {
  return players.map(({ entrant: { id }, contestant: { baselineBytes } }, k) => {
    const above = (peak: number | null | undefined): number | null =>
      peak === null || peak === undefined || baselineBytes === null ? null : peak - baselineBytes;
    return { id, baselineBytes, trainingBytes: above(training[k]), evaluationBytes: above(evaluation[k]) };
  });
}
