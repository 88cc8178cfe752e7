import * as tf from '@tensorflow/tfjs-core';
import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import { z } from 'zod';
import type { PackedBatch } from '../data/batches.ts';
import { multiplyRows } from '../ops/dropout.ts';
import { createLayout } from '../ops/packed-layout.ts';
import type { PackedLayout } from '../ops/packed-layout.ts';
import { gatherRows } from '../ops/linear.ts';
import { padBatch, padInOnnx, paddingSettings, padShape, placeInOnnx } from './padding.ts';
import { lockedDropout, VALUE_BYTES, valuesOf } from './module.ts';
import type { BatchShape, Component, Pass, Sequence, SequenceModule } from './module.ts';

const settings = {
  embeddingSize: z.int().min(1).max(65_536).default(256).describe('Width of a word vector.'),
  embeddingDropoutRate: z.number().min(0).lt(1).default(0).describe('Dropout on the embedded tokens.'),
  embeddingDropoutKind: z.enum(['element', 'type', 'locked']).default('element')
    .describe('Masks of that dropout. `element`: each value of each token by itself; `type`: one mask in a batch for a word, wherever it '
      + 'stands, which costs least; `locked`: one for a review, the same at every token.'),
  wordDropoutRate: z.number().min(0).lt(1).default(0)
    .describe('Words whose vectors are dropped whole, wherever they stand in a batch (Gal and Ghahramani 2016, section 4.2).'),
  ...paddingSettings,
};
type EmbeddingSettings = z.infer<z.ZodObject<typeof settings>>;

/** An embedding says which shape of sequence it makes. */
export interface EmbeddingModule extends SequenceModule<PackedBatch> {
  sequenceShape(shape: BatchShape): BatchShape;
  /** Whether an evaluation's rows are those of the table and nothing else. */
  readonly readsTableAsItIs: boolean;
}

/** Whether each token has a row of its own, since its mask is not that of its word. */
function isUnshared({ embeddingDropoutRate, embeddingDropoutKind }: EmbeddingSettings): boolean {
  return embeddingDropoutRate > 0 && embeddingDropoutKind !== 'type';
}

/**
 * torch.nn.Embedding. Each distinct token of a batch is read once, and the rows are shared through the index, so that the first
 * layer's input product is computed once for it too: the same sums, a fifth of the work. With dropout by token each has a row of its own.
 */
export const embedding = {
  settings,
  summary: 'a learned vector for each word',
  describe: () => '',
  dropouts: ({ embeddingDropoutRate, embeddingDropoutKind: kind, wordDropoutRate }) =>
    ({ [`on embeddings${kind === 'element' ? '' : ` (${kind})`}`]: embeddingDropoutRate, 'of whole words': wordDropoutRate }),
  create(chosen, { vocabularySize }): EmbeddingModule {
    const { embeddingSize, wordDropoutRate } = chosen, unshares = isUnshared(chosen);
    const parameters = [
      { name: 'embed.weight', shape: [vocabularySize, embeddingSize], group: 'embedding', initial: 'normal', isTable: true },
    ] as const;
    const sequenceShape = (shape: BatchShape): BatchShape => {
      const padded = padShape(shape, chosen);
      return unshares ? { ...padded, distinctTokens: padded.tokens } : padded;
    };
    return {
      parameters, outputSize: embeddingSize, blocks: 1, sequenceShape, readsTableAsItIs: chosen.padTo === null,
      apply(batch, weights, pass) {
        const words = dropWords(weights.rows('embed.weight'), wordDropoutRate, pass);
        const { rows, ...padded } = padBatch(words, batch, chosen);
        const layout = createLayout(padded), index = tf.tensor1d(padded.distinctIndex, 'int32');
        return pass.isTraining ? dropEmbedded({ rows, index, layout }, chosen, pass) : { ...oneBlock(rows), index, layout };
      },
      costs(shape, isKept) {
        const { tokens, distinctTokens } = sequenceShape(shape);
        const kept = isKept ? distinctTokens * embeddingSize : 0;
        return [{ name: 'embedding', parameters, multiplyAdds: 0, keptBytes: VALUE_BYTES * (kept + tokens) }]; // and the index
      },
      toOnnx: (graph, batch, weights) => {
        const { tokenIds, ...places } = placeInOnnx(graph, batch, chosen), table = valuesOf(weights, 'embed.weight');
        const rows = graph.rows(table, [table.length / embeddingSize, embeddingSize], tokenIds);
        return { ...places, states: padInOnnx(graph, rows, places.isWord, chosen), final: null };
      },
    };
  },
} satisfies Component<typeof settings, PackedBatch, Sequence>;

function oneBlock(rows: Tensor2D): Pick<Sequence, 'blocks'> {
  return { blocks: [{ rows, direction: 'forward' }] };
}

/** @param rows [U, D] @returns [U, D] without the words that the step drops */
function dropWords(rows: Tensor2D, rate: number, pass: Pass): Tensor2D {
  const mask = pass.mask([rows.shape[0], 1], rate, 'embed.words');
  return mask === null ? rows : multiplyRows(rows, mask);
}

/** Dropout on the embedded tokens, by the kind of mask. @param read [U, D] the row of each distinct token, and the index [N] of them */
function dropEmbedded(
  { rows, index, layout }: { readonly rows: Tensor2D; readonly index: Tensor1D; readonly layout: PackedLayout },
  { embeddingDropoutRate: rate, embeddingDropoutKind: kind }: EmbeddingSettings, pass: Pass,
): Sequence {
  if (rate === 0) return { ...oneBlock(rows), index, layout };
  if (kind === 'type') return { ...oneBlock(pass.dropout(rows, rate, 'embed.types')), index, layout };
  const place = 'embed', tokens = gatherRows(rows, index);
  const dropped = kind === 'locked' ? lockedDropout(tokens, layout, { pass, rate, place }) : pass.dropout(tokens, rate, place);
  return { ...oneBlock(dropped), index: null, layout };
}
