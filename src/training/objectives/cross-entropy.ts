import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { VALUE_BYTES } from '../../models/module.ts';
import { crossEntropy, targetCrossEntropy } from '../../ops/linear.ts';
import type { ObjectiveComponent } from './objective.ts';

const settings = {
  labelSmoothing: z.number().min(0).lt(1).default(0)
    .describe('Share of each label that is spread over all classes (Szegedy et al. 2016, section 7); 0 for none.'),
  classWeights: z.union([z.literal('balanced'), z.array(z.number().positive()).min(2), z.null()]).default(null)
    .describe("Weight of each class's reviews in the loss, in the order of the labels, for example [2, 1]; `balanced` gives each class the "
      + 'same weight in all, whatever the number of its training reviews; null weighs all reviews alike.'),
};

/** Mean cross-entropy of the labels with their weights and smoothing, as torch.nn.CrossEntropyLoss(weight=…, label_smoothing=…). */
export const crossEntropyObjective = {
  settings,
  summary: 'the mean cross-entropy of the labels',
  findProblem({ classWeights }, { classes }) {
    if (!Array.isArray(classWeights) || classes === null || classWeights.length === classes) return null;
    return `training.classWeights: expected ${classes} weights, one for each class, found ${classWeights.length}`;
  },
  create({ labelSmoothing, classWeights: chosen }, classCounts) {
    const classWeights = chosen === 'balanced' ? balance(classCounts) : chosen;
    const isPlain = labelSmoothing === 0 && classWeights === null;
    const weigh = (labels: Int32Array): number => labels.reduce((sum, label) => sum + weightOf(label, classWeights), 0);
    return {
      evaluate(model, weights, batch, pass) {
        const logits = model.logits(batch, weights, pass);
        if (isPlain) return { loss: crossEntropy(logits, tf.tensor1d(batch.labels, 'int32')), logits };
        const targets = createTargets(batch.labels, logits.shape[1], { labelSmoothing, classWeights });
        return { loss: targetCrossEntropy(logits, targets, weigh(batch.labels)), logits };
      },
      weigh,
      /** What tfjs keeps of a row for the gradients of `crossEntropy`, its label included; else the probabilities alone. */
      keptBytes: (rows, classes) => VALUE_BYTES * rows * (isPlain ? 5 * classes + 8 : classes),
    };
  },
} satisfies ObjectiveComponent<typeof settings>;

/** n/(C·n_c) of n reviews, n_c of them of class c, as scikit-learn's `class_weight='balanced'`; 0 for a class that has none. */
function balance(counts: readonly number[]): number[] {
  const reviews = counts.reduce((sum, count) => sum + count, 0);
  return counts.map((count) => (count === 0 ? 0 : reviews / (counts.length * count)));
}

type ClassWeights = readonly number[] | null;

function weightOf(label: number, classWeights: ClassWeights): number {
  return classWeights?.[label] ?? 1;
}

/**
 * How much of each −ln p counts: w_c·((1 − ε)·[c = label] + ε/C). The loss is their sum divided by that of the labels' weights.
 * @param labels [B] @returns [B·C], row after row
 */
function createTargets(
  labels: Int32Array, classes: number, { labelSmoothing, classWeights }: { labelSmoothing: number; classWeights: ClassWeights },
): Float32Array {
  return Float32Array.from({ length: labels.length * classes }, (_, k) => {
    const label = k % classes, isOwn = labels[Math.floor(k / classes)] === label;
    return weightOf(label, classWeights) * ((isOwn ? 1 - labelSmoothing : 0) + labelSmoothing / classes);
  });
}
