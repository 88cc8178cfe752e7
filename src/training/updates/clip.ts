import { z } from 'zod';
import type { UpdateComponent } from './rule.ts';

const settings = {
  clipNorm: z.number().positive().nullable().default(1).describe('Largest global norm of the gradient; null does not clip.'),
};

/** What keeps a gradient's global norm at or below `clipNorm`, as torch.nn.utils.clip_grad_norm_ (1e-6 in the denominator). */
export function clipScale(gradientNorm: number, clipNorm: number): number {
  return Math.min(1, clipNorm / (gradientNorm + 1e-6));
}

/** Clipping by global norm. It costs no pass over the gradients: whatever reads them multiplies by the scale. */
export const clip = {
  settings,
  summary: 'clipping by global norm',
  describe: ({ clipNorm }) => (clipNorm === null ? 'no clipping' : `clipped at ${clipNorm}`),
  create({ clipNorm }) {
    if (clipNorm === null) return null;
    return { slots: [], plan: (update) => ({ ...update, gradientScale: update.gradientScale * clipScale(update.gradientNorm, clipNorm) }) };
  },
} satisfies UpdateComponent<typeof settings>;
