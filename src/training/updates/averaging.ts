import * as tf from '@tensorflow/tfjs-core';
import type { Variable } from '@tensorflow/tfjs-core';
import { z } from 'zod';
import type { Update, UpdateComponent } from './rule.ts';

/** The averaged parameters, in checkpoints beside those that are trained: `fc.weight.average`. */
const SLOT = 'average';

const settings = {
  averaging: z.enum(['none', 'ema', 'tail']).default('none')
    .describe('Which average of the weights is evaluated and kept for use: `ema`, exponential over the steps; `tail`, the mean over the '
      + "last epochs' steps; `none`, the weights as they are trained."),
  emaDecay: z.number().min(0).lt(1).default(0.999).describe('Of `averaging: ema`: what a step keeps of the average before.'),
  tailEpochs: z.int().min(1).max(100_000).default(1).describe('Of `averaging: tail`: how many epochs at the end are averaged.'),
};

/** How much of a step's weights enters the average; 1 replaces what there was. */
function shareOf(
  { averaging, emaDecay, tailEpochs }: z.infer<z.ZodObject<typeof settings>>, { step, run: { epochs, epochSteps } }: Update,
): number {
  if (averaging === 'ema') return step === 1 ? 1 : 1 - emaDecay;
  return 1 / Math.max(1, step - Math.max(0, epochs - tailEpochs) * epochSteps);
}

/**
 * Averages of the weights over the steps of training, as torch.optim.swa_utils.AveragedModel keeps them: exponential (Polyak and Juditsky
 * 1992), the first step as it is; or the mean over the last epochs (Izmailov et al. 2018, "Averaging weights leads to wider optima", of
 * every step), before which it is the weights themselves. Training does not see them.
 */
export const averaging = {
  settings,
  summary: 'averaged weights',
  describe: ({ averaging: kind, emaDecay, tailEpochs }) =>
    ({ none: '', ema: `weights averaged with decay ${emaDecay}`, tail: `weights averaged over the last ${tailEpochs} epochs` })[kind],
  dependsOnEpochs: ({ averaging: kind }) => kind === 'tail',
  create(chosen) {
    if (chosen.averaging === 'none') return null;
    return {
      slots: [SLOT], averaged: SLOT,
      follow({ parameter, slots }, update) {
        const average = slots[SLOT] as Variable, share = shareOf(chosen, update);
        average.assign(share === 1 ? tf.mul(parameter, 1) : tf.add(tf.mul(average, 1 - share), tf.mul(parameter, share)));
      },
    };
  },
} satisfies UpdateComponent<typeof settings>;
