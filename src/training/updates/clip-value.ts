import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import type { UpdateComponent } from './rule.ts';

const settings = {
  clipValue: z.number().positive().nullable().default(null)
    .describe('Largest absolute value of a gradient element, after clipping by norm; null does not clip.'),
};

/** Clipping of each element, as torch.nn.utils.clip_grad_value_ does after clip_grad_norm_: ±clipValue on the scaled gradient. */
export const clipValue = {
  settings,
  summary: 'clipping by value',
  describe: ({ clipValue: limit }) => (limit === null ? '' : `elements clipped at ${limit}`),
  create({ clipValue: limit }) {
    if (limit === null) return null;
    return {
      slots: [],
      apply(_target, gradient, { gradientScale }) {
        const unscaled = limit / gradientScale; // whatever reads the gradient multiplies it by the scale
        return { ...gradient, values: tf.clipByValue(gradient.values, -unscaled, unscaled) };
      },
    };
  },
} satisfies UpdateComponent<typeof settings>;
