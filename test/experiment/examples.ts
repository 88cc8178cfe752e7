import type { Environment, EpochRecord, RunFacts } from '../../src/experiment/records.ts';

/** An epoch that went well; what matters to a test is given. */
export function makeEpoch(epoch: number, given: Partial<EpochRecord> = {}): EpochRecord {
  return {
    epoch,
    trainLoss: 0.6 / epoch, trainAccuracy: 1 - 0.3 / epoch,
    validationLoss: 0.55 / epoch + 0.2, validationAccuracy: 0.9 - 0.1 / epoch,
    testLoss: 0.5 / epoch + 0.25, testAccuracy: 0.88 - 0.08 / epoch,
    epochSeconds: 31.25, examplesPerSecond: 720, peakRssBytes: 1_200_000_000, learningRate: 1e-3,
    ...given,
  };
}

export function makeEpochs(count: number, given: Partial<EpochRecord> = {}): EpochRecord[] {
  return Array.from({ length: count }, (_, i) => makeEpoch(i + 1, given));
}

export const facts: RunFacts = {
  status: 'completed', dataset: 'imdb', synthetic: false, seed: 1,
  parameters: { total: 5_465_858, embedding: 5_120_000, recurrent: 345_600, head: 258 },
  peakRssBytes: 1_200_000_000, baselineRssBytes: 300_000_000, peakTensorBytes: null,
};

export const environment: Environment = {
  versions: { gatelab: '0.1.0', node: 'v20.20.2', tfjs: '4.22.0', tensorflow: '2.15.1' },
  platform: 'linux-x64 6.1', cpu: 'Some CPU', cores: 2, memoryBytes: 8_000_000_000, engine: 'native', threads: 2,
  dataset: {
    kind: 'imdb', location: 'data/aclImdb_v1.tar.gz', fingerprint: 'abc', synthetic: false,
    counts: { train: 22_500, validation: 2500, test: 25_000 },
  },
  git: null, startedAt: '2026-01-02T03:04:05.678Z',
};
