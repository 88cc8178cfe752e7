import type { TokenizedCorpus } from '../data/tokenized-corpus.ts';
import { noteCircumstances, withCompetitors, withTemporaryFolder } from './circumstances.ts';
import type { Versions } from './circumstances.ts';
import type { Competitor } from './competitors.ts';
import { measureGrowth } from './measure-growth.ts';
import { measureModel, PADDED_BATCHES, paddedFolder, writeSamples } from './measure-model.ts';
import type { BatchFolders } from './measure-model.ts';
import type { BenchResult, ModelResult } from './result.ts';
import type { BenchSettings } from './settings.ts';
import { writeBatches, cutRows, encodeReviews, meanLength, sampleEpoch, sampleEvaluation } from './workload.ts';

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
export function runBench(inputs: BenchInputs): Promise<BenchResult> {
  const { settings, competitors, corpus, onStage } = inputs;
  const describeCircumstances = noteCircumstances({ ...inputs, models: settings.models });
  return withTemporaryFolder(async (folder) => {
    const { batches, ...data } = prepare(inputs, folder), versions: Versions = new Map();
    const models: ModelResult[] = [];
    for (const named of settings.models) {
      const present = competitors.filter(({ has }) => has(named.model));
      const absent = competitors.filter(({ has }) => !has(named.model)).map(({ id }) => id);
      models.push(await withCompetitors(present, versions, (running) =>
        measureModel(named, { competitors: running, absent, settings, batches, onStage })));
    }
    const growing = competitors.filter(({ id }) => id === 'gatelab' || id === 'pytorch-tuned');
    const grows = Object.values(settings.growth.values).some((values) => values.length > 0);
    const growth = !grows ? [] : await withCompetitors(growing, versions, (running) =>
      measureGrowth({ competitors: running, settings, corpus, folder, onStage }));
    const circumstances = describeCircumstances(competitors, versions);
    return { ...circumstances, ...describe(inputs, batches), data: { location: inputs.location, ...data }, models, growth };
  });
}

interface Prepared extends Omit<BenchResult['data'], 'location'> {
  readonly batches: BatchFolders;
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
  return { batches, maxLength, vocabularySize, reviews: train.labels.length, testReviews: test.labels.length, meanLength: mean };
}

function describe(
  { settings: { threads, rounds, batchSize, evaluationBatchSize } }: BenchInputs, { epoch, evaluation }: BatchFolders,
): Pick<BenchResult, 'threads' | 'settings'> {
  return {
    threads,
    settings: {
      rounds, batchSize, evaluationBatchSize,
      epochBatches: { measured: epoch.sampled, all: epoch.batches },
      evaluationBatches: { measured: evaluation.sampled, all: evaluation.batches },
    },
  };
}
