import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, availableParallelism, loadavg, release, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import type { TokenizedCorpus } from '../data/tokenized-corpus.ts';
import { toDiskError } from '../files/disk-errors.ts';
import { writeBatches, cutRows, encodeReviews, meanLength, sampleEpoch, sampleEvaluation } from './workload.ts';
import { startCompetitor } from './competitors.ts';
import type { Competitor, RunningCompetitor } from './competitors.ts';
import { measureGrowth } from './measure-growth.ts';
import { measureModel, PADDED_BATCHES, paddedFolder, writeSamples } from './measure-model.ts';
import type { BatchFolders } from './measure-model.ts';
import type { BenchResult, ModelResult } from './result.ts';
import type { BenchSettings } from './settings.ts';

export interface BenchInputs {
  readonly settings: BenchSettings;
  /** Gatelab first. */
  readonly competitors: readonly Competitor[];
  readonly corpus: TokenizedCorpus;
  readonly location: string;
  readonly command: string;
  readonly leftOut: readonly string[];
  readonly onStage: (stage: string) => void;
}

/** Measures gatelab and its competitors alternately, each in a process of its own. @throws UserError when one of them fails */
export async function runBench(inputs: BenchInputs): Promise<BenchResult> {
  const { settings, competitors, corpus, onStage } = inputs;
  const loadBefore = process.platform === 'win32' ? null : (loadavg()[0] ?? 0) / availableParallelism();
  const measuredAt = new Date().toISOString();
  const folder = createTemporaryFolder();
  try {
    const prepared = prepare(inputs, folder);
    const models: ModelResult[] = [];
    const versions = new Map([['Node', process.versions.node]]);
    for (const named of settings.models) {
      models.push(await withCompetitors(competitors, async (running) => {
        for (const competitor of running) Object.entries(competitor.versions).forEach(([name, version]) => versions.set(name, version));
        return measureModel(named, running, settings, prepared.batches, onStage);
      }));
    }
    const growing = competitors.filter(({ id }) => id === 'gatelab' || id === 'pytorch-tuned');
    const growth = await withCompetitors(growing, (running) => measureGrowth({ competitors: running, settings, corpus, folder, onStage }));
    return { measuredAt, ...describe(inputs, prepared, loadBefore), versions: Object.fromEntries(versions), models, growth };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function createTemporaryFolder(): string {
  try {
    return mkdtempSync(join(tmpdir(), 'gatelab-bench-'));
  } catch (error) {
    throw toDiskError(error, `no temporary folder can be made in ${tmpdir()}, where TMPDIR may name another place`);
  }
}

interface Prepared {
  readonly batches: BatchFolders;
  readonly reviews: number;
  readonly testReviews: number;
  readonly meanLength: number;
}

function prepare({ settings, corpus }: BenchInputs, folder: string): Prepared {
  const { maxLength, batchSize, evaluationBatchSize, growth: { model: { vocabularySize } } } = settings;
  const { train, test } = encodeReviews(corpus, { vocabularySize, maxLength });
  const mean = meanLength(train);
  const batches: BatchFolders = {
    folder, lengths: { maxLength, meanLength: Math.round(mean) },
    epoch: sampleEpoch(train, batchSize, settings.epochBatches),
    evaluation: sampleEvaluation(test, evaluationBatchSize, settings.evaluationBatches),
  };
  writeSamples(batches);
  writeBatches(paddedFolder(batches), cutRows(train, PADDED_BATCHES * batchSize, maxLength));
  return { batches, reviews: train.labels.length, testReviews: test.labels.length, meanLength: mean };
}

/** Starts a process for each competitor, and ends them all whatever happens. */
async function withCompetitors<T>(
  competitors: readonly Competitor[],
  work: (running: readonly RunningCompetitor[]) => Promise<T>,
): Promise<T> {
  const running: RunningCompetitor[] = [];
  try {
    for (const competitor of competitors) running.push(await startCompetitor(competitor));
    return await work(running);
  } finally {
    await Promise.all(running.map((competitor) => competitor.stop()));
  }
}

function describe(
  { settings, competitors, location, command, leftOut }: BenchInputs, { batches, ...data }: Prepared, loadBefore: number | null,
): Omit<BenchResult, 'measuredAt' | 'versions' | 'models' | 'growth'> {
  const { threads, rounds, batchSize, evaluationBatchSize, maxLength } = settings;
  return {
    command, threads, leftOut,
    machine: {
      cpu: cpus()[0]?.model.trim() ?? 'unknown', cores: availableParallelism(), memoryBytes: totalmem(),
      system: `${process.platform}-${process.arch} ${release()}`, loadBefore,
    },
    titles: Object.fromEntries(competitors.map(({ id, title }) => [id, title])),
    data: { location, maxLength, ...data },
    settings: {
      rounds, batchSize, evaluationBatchSize,
      epochBatches: { measured: batches.epoch.sampled, all: batches.epoch.batches },
      evaluationBatches: { measured: batches.evaluation.sampled, all: batches.evaluation.batches },
    },
  };
}
