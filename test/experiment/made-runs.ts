import { mkdirSync } from 'node:fs';
import { basename } from 'node:path';

import { experimentSchemas } from '../../src/experiment-schema.ts';
import type { AnyConfig, ModelType } from '../../src/experiment-schema.ts';
import { createSummary } from '../../src/experiment/records.ts';
import type { Environment, EpochRecord, RunFacts } from '../../src/experiment/records.ts';
import type { Predictions } from '../../src/experiment/predictions.ts';
import { createExperimentWriter } from '../../src/experiment/writer.ts';
import { createRandomStream } from '../../src/random.ts';
import { environment, facts, makeEpoch } from './examples.ts';

export interface MadeRun {
  readonly model?: { readonly type?: ModelType; readonly [key: string]: unknown };
  readonly seed?: number;
  readonly epochs?: number;
  readonly synthetic?: boolean;
  readonly dataset?: Partial<Environment['dataset']>;
  readonly environment?: Partial<Environment>;
  readonly epochSeconds?: number;
  /** Added to every test accuracy. */
  readonly better?: number;
  readonly given?: (epoch: number) => Partial<EpochRecord>;
  /** How it ended, `completed` by default, and why. */
  readonly ending?: Partial<RunFacts>;
  readonly data?: object;
  readonly training?: object;
  /** How many test reviews its predictions are of; none by default. About as many are right as its accuracy says. */
  readonly predictions?: number;
}

export function makeConfig({ model = {}, data = {}, training = {}, seed = 1 }: MadeRun): AnyConfig {
  return experimentSchemas[model.type ?? 'recurrent'].parse({ seed, data, model, training });
}

/** Curves as they look: accuracy rises and levels off, the loss falls and rises again; a seed shifts them a little. */
export function makeRecords({ seed = 1, epochs = 20, epochSeconds = 30, better = 0, given = () => ({}) }: MadeRun): EpochRecord[] {
  return Array.from({ length: epochs }, (_, i) => {
    const wave = 0.006 * Math.sin(seed * 2.1 + i * (1 + seed / 3));
    return makeEpoch(i + 1, {
      testAccuracy: 0.865 + better - 0.16 * Math.exp(-i / 2.5) + wave,
      testLoss: 0.3 - better + 0.3 * Math.exp(-i / 2) + 0.025 * i + 4 * wave,
      epochSeconds: epochSeconds * (1 + wave),
      ...given(i + 1),
    });
  });
}

/** Writes an experiment folder as a run would have left it. */
export function writeMadeRun(path: string, run: MadeRun = {}): string {
  const { seed = 1, synthetic = false, ending = {} } = run;
  mkdirSync(path);
  const kind = synthetic ? 'sample' : 'imdb';
  const records = makeRecords(run);
  const writer = createExperimentWriter({ name: basename(path), path }, { synthetic });
  writer.writeConfig(makeConfig(run));
  writer.writeEnvironment({ ...environment, ...run.environment, dataset: { ...environment.dataset, kind, synthetic, ...run.dataset } });
  writer.writeEpochs(records);
  const summary = createSummary({ ...facts, seed, synthetic, dataset: kind, ...ending }, records);
  writer.writeSummary(summary);
  if (run.predictions !== undefined)
    writer.writePredictions(makePredictions(run.predictions, summary.testAccuracyAtBestValidation ?? 0.5, run));
  return path;
}

function makePredictions(reviews: number, accuracy: number, { model = {}, seed = 1 }: MadeRun): Predictions {
  const random = createRandomStream({ seed, purpose: 'sample', index: JSON.stringify(model).length });
  const labels = Uint8Array.from({ length: reviews }, (_, row) => row % 2);
  const probabilities = Float64Array.from(labels, (label) =>
    Math.abs(label - (random.uniform() < accuracy ? 0.6 : 0.4) - 0.2 * random.uniform()),
  );
  return {
    reviewIds: Array.from(labels, (label, row) => `test/${label === 1 ? 'pos' : 'neg'}/${row}_7`),
    labels,
    classes: 2,
    probabilities: probabilities.map((p) => 1 - p),
  };
}

/** The six models of the comparison, the slower the larger. */
export const sixModels: readonly MadeRun[] = [
  { model: { cell: 'rnn' }, better: -0.06, epochSeconds: 12 },
  { model: { cell: 'rnn', bidirectional: true }, better: -0.04, epochSeconds: 22 },
  { model: { cell: 'lstm' }, better: 0.004, epochSeconds: 31 },
  { model: { cell: 'lstm', bidirectional: true }, better: 0.012, epochSeconds: 62 },
  { model: { cell: 'gru' }, epochSeconds: 25 },
  { model: { cell: 'gru', bidirectional: true }, better: 0.009, epochSeconds: 49 },
];
