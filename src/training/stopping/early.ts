import { z } from 'zod';
import type { EpochRecord } from '../epoch.ts';
import type { StopComponent } from './stop-rule.ts';

/** Metrics of an epoch, and whether more of them is better. */
const metrics = {
  validationLoss: -1, validationAccuracy: 1, trainLoss: -1, trainAccuracy: 1,
} as const satisfies { readonly [Name in keyof EpochRecord]?: 1 | -1 };

const settings = {
  stopPatience: z.int().min(1).max(100_000).nullable().default(null)
    .describe('Epochs without an improvement of `stopMetric` after which training ends; null trains all epochs.'),
  stopMetric: z.enum(Object.keys(metrics) as [keyof typeof metrics, ...(keyof typeof metrics)[]]).default('validationLoss')
    .describe('What has to improve.'),
  stopMinDelta: z.number().min(0).default(0).describe('How much it has to improve to count: nats of a loss, a fraction of an accuracy.'),
};

/** Ends training when a metric has not improved for a number of epochs, as Keras's EarlyStopping. The test part has no say. */
export const earlyStopping = {
  settings,
  summary: 'a metric that no longer improves',
  findProblem({ stopPatience, stopMetric }, { hasValidation }) {
    if (stopPatience === null || hasValidation || !stopMetric.startsWith('validation')) return null;
    return `training.stopMetric is ${stopMetric}, and data.validationFraction 0 leaves no reviews to measure it on; hold some out, or `
      + 'choose trainLoss';
  },
  create({ stopPatience, stopMetric, stopMinDelta }) {
    if (stopPatience === null) return null;
    return (history) => {
      const values = history.map((record) => metrics[stopMetric] * (record[stopMetric] ?? Number.NaN));
      let best = -Infinity, waited = 0;
      for (const value of values) {
        waited = value > best + stopMinDelta ? 0 : waited + 1;
        if (waited === 0) best = value;
      }
      return waited < stopPatience ? null : `${stopMetric} has not improved for ${stopPatience} ${stopPatience === 1 ? 'epoch' : 'epochs'}`;
    };
  },
} satisfies StopComponent<typeof settings>;
