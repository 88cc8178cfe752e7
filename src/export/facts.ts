import { describeClassifier } from '../experiment-schema.ts';
import { loadStoredRun } from '../experiment/continuation.ts';
import { isLinear } from '../experiment/fit.ts';
import type { LinearClassifier } from '../experiment/fit.ts';
import { findCalibration, loadExperiment } from '../experiment/load.ts';
import type { StoredModel } from '../experiment/load-model.ts';
import { readVersion } from '../files/version.js';
import { computeShareInterval } from '../measure/classification.ts';
import type { CardFacts } from './card.ts';
import type { Precision } from './onnx/graph.ts';

/** What is known of the run; of a checkpoint folder alone less. @param run the path of either */
export function gatherFacts(
  { run: path = '', uncalibrated }: { readonly run?: string | undefined; readonly uncalibrated: boolean },
  read: LinearClassifier | StoredModel, parameters: number, precision: Precision,
): CardFacts {
  const stored = loadStoredRun({ name: '', path });
  const epochs = isLinear(read) ? null : read.history.length;
  const calibration = uncalibrated || read.temperature === null ? null : findCalibration(path, epochs ?? 1);
  const shared = { version: readVersion(), model: describeClassifier(read.config), precision, parameters, epochs, calibration };
  if (stored === null) return { ...shared, run: null, accuracy: null };
  const last = (isLinear(read) ? loadExperiment(path).epochs : read.history).at(-1);
  const { dataset, startedAt, versions, git } = stored.environment;
  const { counts, synthetic, kind } = dataset, reviews = counts.test;
  return {
    ...shared,
    run: {
      data: kind === 'imdb' ? 'IMDB (the Large Movie Review Dataset)' : 'a table of somebody\'s own', isSynthetic: synthetic, counts,
      trained: startedAt.slice(0, 10), gatelab: versions.gatelab, commit: git?.commit ?? null,
    },
    accuracy: last === undefined || reviews === 0 ? null
      : { share: last.testAccuracy, interval: computeShareInterval(Math.round(last.testAccuracy * reviews), reviews), reviews },
  };
}
