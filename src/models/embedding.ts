import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import type { PackedBatch } from '../data/batches.ts';
import { createLayout } from '../ops/packed-layout.ts';
import { gatherRows } from '../ops/linear.ts';
import { VALUE_BYTES } from './module.ts';
import type { BatchShape, Component, Sequence, SequenceModule } from './module.ts';

const settings = {
  embeddingSize: z.int().min(1).max(65_536).default(256).describe('Width of a word vector.'),
  embeddingDropoutRate: z.number().min(0).lt(1).default(0).describe('Dropout on the embedded tokens.'),
};

/** An embedding says which shape of sequence it makes. */
export interface EmbeddingModule extends SequenceModule<PackedBatch> {
  sequenceShape(shape: BatchShape): BatchShape;
}

/**
 * torch.nn.Embedding. Each distinct token of a batch is read once, and the rows are shared through the index, so that the first
 * layer's input product is computed once for it too: the same sums, a fifth of the work. With dropout each token has a row of its own.
 */
export const embedding = {
  settings,
  summary: 'a learned vector for each word',
  describe: () => '',
  dropouts: ({ embeddingDropoutRate }) => ({ 'on embeddings': embeddingDropoutRate }),
  create({ embeddingSize, embeddingDropoutRate: rate }, { vocabularySize }): EmbeddingModule {
    const parameters = [
      { name: 'embed.weight', shape: [vocabularySize, embeddingSize], group: 'embedding', initial: 'normal', isTable: true },
    ] as const;
    const sequenceShape = (shape: BatchShape): BatchShape => (rate > 0 ? { ...shape, distinctTokens: shape.tokens } : shape);
    return {
      parameters, outputSize: embeddingSize, blocks: 1, sequenceShape,
      apply(batch, weights, pass) {
        const layout = createLayout(batch);
        const index = tf.tensor1d(batch.distinctIndex, 'int32');
        const rows = weights.rows('embed.weight');
        if (!pass.isTraining || rate === 0) return { blocks: [{ rows, direction: 'forward' }], index, layout };
        return { blocks: [{ rows: pass.dropout(gatherRows(rows, index), rate, 'embed'), direction: 'forward' }], index: null, layout };
      },
      costs(shape, isKept) {
        const { tokens, distinctTokens } = sequenceShape(shape);
        const kept = isKept ? distinctTokens * embeddingSize : 0;
        return [{ name: 'embedding', parameters, multiplyAdds: 0, keptBytes: VALUE_BYTES * (kept + tokens) }]; // and the index
      },
    };
  },
} satisfies Component<typeof settings, PackedBatch, Sequence>;
