import { join } from 'node:path';
import type { TokenizedCorpus } from '../data/tokenized-corpus.ts';
import { medianSpread, pairwiseRatio } from '../measure/statistics.ts';
import { writeBatches, cutRows, encodeReviews } from './workload.ts';
import { timeStep } from './measure-model.ts';
import { doneSchema } from './protocol.ts';
import type { BenchModel } from './protocol.ts';
import { axes } from './result.ts';
import type { Axis, GrowthPoint } from './result.ts';
import type { BenchSettings } from './settings.ts';
import { buildModels, compare, timeInTurns } from './competitors.ts';
import type { RunningCompetitor } from './competitors.ts';

/** Different batches of a size, which alternate. */
const BATCHES = 2;

interface Point {
  readonly axis: Axis;
  readonly value: number;
  readonly model: BenchModel;
  readonly length: number;
  readonly batchSize: number;
}

/** One size at a time leaves the articles' step: 64 × 300, hidden 128, 20,000 words. */
function points({ growth, batchSize, maxLength }: BenchSettings): Point[] {
  const { model, values } = growth;
  const base = { model, length: maxLength, batchSize };
  const change: Record<Axis, (value: number) => Partial<Point>> = {
    length: (length) => ({ length }),
    batch: (size) => ({ batchSize: size }),
    hidden: (hiddenSize) => ({ model: { ...model, hiddenSize } }),
    vocabulary: (vocabularySize) => ({ model: { ...model, vocabularySize } }),
  };
  return axes.flatMap((axis) => values[axis].map((value) => ({ axis, value, ...base, ...change[axis](value) })));
}

export interface GrowthInputs {
  readonly competitors: readonly RunningCompetitor[];
  readonly settings: BenchSettings;
  readonly corpus: TokenizedCorpus;
  readonly folder: string;
  readonly onStage: (stage: string) => void;
}

export async function measureGrowth(inputs: GrowthInputs): Promise<GrowthPoint[]> {
  const { settings, corpus, folder } = inputs;
  const measured: GrowthPoint[] = [];
  for (const point of points(settings)) {
    const { axis, value, length, batchSize, model: { vocabularySize } } = point;
    inputs.onStage(`growth: ${axis} ${value}`);
    const { train } = encodeReviews(corpus, { vocabularySize, maxLength: length });
    const batches = join(folder, `${axis}-${value}`);
    writeBatches(batches, cutRows(train, BATCHES * batchSize, length));
    measured.push(await measurePoint(inputs, point, batches));
  }
  return measured;
}

async function measurePoint(
  { competitors, settings }: GrowthInputs,
  { axis, value, model, batchSize }: Point,
  folder: string,
): Promise<GrowthPoint> {
  await buildModels(competitors, model);
  for (const competitor of competitors) {
    await competitor.ask({ do: 'load', folder, batchSize }, doneSchema);
    await timeStep(competitor, 'train', 0, 'longest');
  }
  const times = await timeInTurns(competitors, settings.growth.turns, (competitor, turn) =>
    timeStep(competitor, 'train', turn % BATCHES, 'longest'),
  );
  return { axis, value, compared: compare(times, medianSpread, pairwiseRatio) };
}
