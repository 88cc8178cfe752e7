import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import type { UpdateComponent } from './rule.ts';

const settings = {
  weightDecay: z.number().min(0).max(1).default(0)
    .describe('Decoupled weight decay: each step takes learning rate × this share of every parameter, as torch.optim.AdamW; 0 for none.'),
};

/**
 * w ← w − η·λ·w before the update, apart from the gradient: Loshchilov and Hutter (2019), "Decoupled weight decay regularization",
 * algorithm 2, with torch's product of learning rate and decay. Biases and the rows of words that a batch lacks decay too, as torch's do.
 */
export const decay = {
  settings,
  summary: 'decoupled weight decay',
  describe: ({ weightDecay }) => (weightDecay === 0 ? '' : `weight decay ${weightDecay}`),
  create({ weightDecay }) {
    if (weightDecay === 0) return null;
    return {
      slots: [],
      apply({ parameter, learningRate }, gradient, { rateFactor }) {
        parameter.assign(tf.mul(parameter, 1 - learningRate * rateFactor * weightDecay));
        return gradient;
      },
    };
  },
} satisfies UpdateComponent<typeof settings>;
