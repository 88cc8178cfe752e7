import * as tf from '@tensorflow/tfjs-core';
import { VALUE_BYTES } from '../../models/module.ts';
import { crossEntropy } from '../../ops/linear.ts';
import type { ObjectiveComponent } from './objective.ts';

const settings = {};

/** Mean cross-entropy of the labels, as torch.nn.CrossEntropyLoss. */
export const crossEntropyObjective = {
  settings,
  summary: 'the mean cross-entropy of the labels',
  create: () => ({
    evaluate(model, weights, batch, pass) {
      const logits = model.logits(batch, weights, pass);
      return { loss: crossEntropy(logits, tf.tensor1d(batch.labels, 'int32')), logits };
    },
    /** What tfjs keeps of a row for the gradients of `crossEntropy`, its label included. */
    keptBytes: (rows, classes) => VALUE_BYTES * rows * (5 * classes + 8),
  }),
} satisfies ObjectiveComponent<typeof settings>;
