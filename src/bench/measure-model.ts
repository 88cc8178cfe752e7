import { join } from 'node:path';

import { cells } from '../ops/cells.ts';
import { doneSchema, profileSchema, timedSchema } from './protocol.ts';
import type { Padding, Profile, RecurrentModel, Timed } from './protocol.ts';
import { medianSpread, pairwiseRatio, extrapolate, totalRatio } from '../measure/statistics.ts';
import { writeBatches } from './workload.ts';
import type { Sample } from './workload.ts';
import { buildModels, compare, timeInTurns } from './competitors.ts';
import type { CompetitorId, RunningCompetitor, Compared } from './competitors.ts';
import { paddingOf } from './peers.ts';
import type { Lengths } from './peers.ts';
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
export function recurrentFlops(model: RecurrentModel, tokens: number): RecurrentFlops {
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

/** Batches on disk that all competitors read. */
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

export interface ModelInputs {
  readonly competitors: readonly RunningCompetitor[];
  /** Competitors that lack the model. */
  readonly absent: readonly CompetitorId[];
  readonly settings: BenchSettings;
  readonly batches: BatchFolders;
  readonly onStage: (stage: string) => void;
}

/** Everything that is measured of one model, in processes that have done nothing else. */
export async function measureModel(
  { name, model, epoch }: NamedModel, { competitors, absent, settings, batches, onStage }: ModelInputs,
): Promise<ModelResult> {
  await buildModels(competitors, model);
  onStage(`${name}: a padded step`);
  await load(competitors, paddedFolder(batches), settings.batchSize);
  await warmUp(competitors, settings);
  const step = await measureStep(competitors, settings);
  const everywhere = competitors.filter(({ everywhere }) => everywhere);
  const own = competitors.filter(({ id }) => id === 'gatelab');
  if (epoch) onStage(`${name}: an epoch`);
  const epochTimes = epoch ? await measureEpoch(everywhere, batches) : [];
  const training = peaks(competitors);
  if (epoch) onStage(`${name}: evaluation`);
  const evaluation = epoch ? await measureEvaluation(everywhere, batches) : [];
  const memory = compareMemory(competitors, training, peaks(competitors));
  const measured = { name, absent, step, epoch: epochTimes, evaluation, memory };
  if (model.type !== 'recurrent') return { ...measured, recurrent: null }; // no product with W_hh
  onStage(`${name}: the recurrent kernels`);
  await load(own, paddedFolder(batches), settings.batchSize);
  return { ...measured, recurrent: await measureRecurrent(own, settings, model) };
}

export async function load(competitors: readonly RunningCompetitor[], folder: string, batchSize: number): Promise<void> {
  for (const competitor of competitors) await competitor.ask({ do: 'load', folder, batchSize }, doneSchema);
}

async function warmUp(competitors: readonly RunningCompetitor[], { warmUp }: BenchSettings): Promise<void> {
  for (const competitor of competitors) {
    for (let k = 0; k < (competitor.everywhere ? warmUp : 1); k++) await timeStep(competitor, 'train', k % PADDED_BATCHES, 'longest');
  }
}

export async function timeStep(competitor: RunningCompetitor, what: 'train' | 'evaluate', batch: number, pad: Padding): Promise<number> {
  return (await askStep(competitor, what, batch, pad)).seconds;
}

export function askStep(
  competitor: RunningCompetitor, what: 'train' | 'evaluate' | 'predict', batch: number, pad: Padding,
): Promise<Timed> {
  return competitor.ask({ do: what, batch, pad }, timedSchema);
}

/** Padded steps of all; every turn begins in a process that others have just pushed out of the caches. */
async function measureStep(competitors: readonly RunningCompetitor[], { rounds }: BenchSettings): Promise<Compared[]> {
  const times = await timeInTurns(
    competitors, rounds, (competitor, turn) => timeStep(competitor, 'train', turn % PADDED_BATCHES, 'longest'),
    ({ everywhere }) => (everywhere ? rounds : SLOW_TURNS),
  );
  return compare(times, medianSpread, pairwiseRatio);
}

/** Gatelab's recurrent kernels, alternating with a matMul. */
async function measureRecurrent(
  own: readonly RunningCompetitor[], settings: BenchSettings, model: RecurrentModel,
): Promise<RecurrentShare> {
  const profiles: Profile[] = [];
  const products: number[] = [];
  for (const competitor of own) {
    for (let turn = 0; turn < settings.rounds; turn++) {
      products.push((await competitor.ask({ do: 'matMul', size: settings.matMulSize }, timedSchema)).seconds);
      profiles.push(await competitor.ask({ do: 'profile', batch: turn % PADDED_BATCHES }, profileSchema));
    }
  }
  return summarizeProfiles(model, profiles, products, settings);
}

function summarizeProfiles(
  model: RecurrentModel,
  profiles: readonly Profile[],
  products: readonly number[],
  { matMulSize }: BenchSettings,
): RecurrentShare {
  const matMul = products.map((seconds) => matMulFlops(matMulSize) / seconds);
  const rates = profiles.map(({ forwardSeconds, backwardSeconds, tokens, seconds }) => {
    const { forward, backward } = recurrentFlops(model, tokens);
    const recurrentSeconds = forwardSeconds + backwardSeconds;
    return {
      forward: forward / forwardSeconds,
      backward: backward / backwardSeconds,
      both: (forward + backward) / recurrentSeconds,
      partOfStep: recurrentSeconds / seconds,
    };
  });
  const both = rates.map((rate) => rate.both);
  return {
    matMul: medianSpread(matMul),
    forward: medianSpread(rates.map(({ forward }) => forward)),
    backward: medianSpread(rates.map(({ backward }) => backward)),
    both: medianSpread(both),
    share: pairwiseRatio(matMul, both),
    partOfStep: medianSpread(rates.map(({ partOfStep }) => partOfStep)),
  };
}

async function measureEpoch(competitors: readonly RunningCompetitor[], { folder, epoch, lengths }: BatchFolders): Promise<Compared[]> {
  await load(competitors, join(folder, EPOCH), epoch.batchSize);
  await warmUpBatch(competitors, 'train', lengths);
  const times = await timeInTurns(competitors, epoch.sampled, (competitor, turn) =>
    timeStep(competitor, 'train', turn, paddingOf(competitor.id, lengths)),
  );
  return compare(times, (sample) => extrapolate(sample, epoch.batches), totalRatio);
}

async function measureEvaluation(
  competitors: readonly RunningCompetitor[],
  { folder, evaluation, lengths }: BatchFolders,
): Promise<Compared[]> {
  await load(competitors, join(folder, EVALUATION), evaluation.batchSize);
  await warmUpBatch(competitors, 'evaluate', lengths);
  const times = await timeInTurns(competitors, evaluation.sampled, (competitor, turn) =>
    timeStep(competitor, 'evaluate', turn, paddingOf(competitor.id, lengths)),
  );
  return compare(times, (sample) => extrapolate(sample, evaluation.batches), totalRatio);
}

/** One step at the padding to come: Keras traces its graph for it. */
async function warmUpBatch(competitors: readonly RunningCompetitor[], what: 'train' | 'evaluate', lengths: Lengths): Promise<void> {
  for (const competitor of competitors) await timeStep(competitor, what, 0, paddingOf(competitor.id, lengths));
}

function peaks(competitors: readonly RunningCompetitor[]): (number | null)[] {
  return competitors.map((competitor) => competitor.peakBytes());
}

function compareMemory(
  competitors: readonly RunningCompetitor[],
  training: readonly (number | null)[],
  evaluation: readonly (number | null)[],
): Memory[] {
  return competitors.map(({ id, baselineBytes }, k) => {
    const above = (peak: number | null | undefined): number | null =>
      peak === null || peak === undefined || baselineBytes === null ? null : peak - baselineBytes;
    return { id, baselineBytes, trainingBytes: above(training[k]), evaluationBytes: above(evaluation[k]) };
  });
}
