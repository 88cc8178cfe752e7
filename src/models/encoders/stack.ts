import type { Tensor } from '@tensorflow/tfjs-core';
import { z } from 'zod';
import type { Extras } from '../../ops/checkpoint.ts';
import { countStateRows } from '../../ops/packed-layout.ts';
import type { Direction } from '../../ops/packed-layout.ts';
import { joinedRows, lockedDropout, VALUE_BYTES } from '../module.ts';
import type { BatchShape, Checkpointing, PartCost, Pass, Sequence } from '../module.ts';
import type { ParameterSpec, Weights } from '../parameters.ts';

/** Keys of every encoder that stacks layers which read a sequence step by step. */
export const stackSettings = {
  bidirectional: z.boolean().default(false).describe('Read each layer in both directions and concatenate.'),
  layers: z.int().min(1).max(32).default(2).describe('Stacked recurrent layers.'),
  hiddenSize: z.int().min(1).max(65_536).default(128).describe('Width of the hidden state, of each direction.'),
  dropoutRate: z.number().min(0).lt(1).default(0.5).describe('Dropout between recurrent layers, as nn.LSTM(dropout=…).'),
  dropoutKind: z.enum(['element', 'locked']).default('element')
    .describe('Masks of the dropout between layers. `element`: each value by itself; `locked`: one mask for a review, the same at every '
      + 'token (variational dropout, Gal and Ghahramani 2016).'),
};
export type StackSettings = z.infer<z.ZodObject<typeof stackSettings>>;

/** One layer, both directions together. */
export interface StackedLayer {
  /** `l0` */
  readonly name: string;
  /** D */
  readonly inputSize: number;
  /** H */
  readonly hiddenSize: number;
  readonly directions: readonly Direction[];
}

/** What the names of a direction's parameters end in, as in torch.nn. */
export const suffixes = { forward: '', reverse: '_reverse' } as const;

/** `2 layers, 256 → 128` */
export function describeStack({ layers, hiddenSize }: StackSettings, inputSize: number): string {
  return `${layers} ${layers === 1 ? 'layer' : 'layers'}, ${inputSize} → ${hiddenSize}`;
}

export function stackDropouts({ layers, dropoutRate, dropoutKind }: StackSettings): Readonly<Record<string, number>> {
  return { [dropoutKind === 'locked' ? 'between layers (locked)' : 'between layers']: layers > 1 ? dropoutRate : 0 };
}

/** The layers from the bottom up; each but the first reads the states below it, of both directions side by side. */
export function createStack({ layers, hiddenSize, bidirectional }: StackSettings, inputSize: number): StackedLayer[] {
  const directions: Direction[] = bidirectional ? ['forward', 'reverse'] : ['forward'];
  return Array.from({ length: layers }, (_, k) =>
    ({ name: `l${k}`, hiddenSize, directions, inputSize: k === 0 ? inputSize : hiddenSize * directions.length }));
}

/** How a layer of a stack is run, and by which parameters of its own. */
export interface LayerRun<Layer> {
  readonly parametersOf: (layer: Layer) => readonly ParameterSpec[];
  readonly run: (layer: Layer, input: Sequence, extras: Extras | null) => Sequence;
}

/** Runs one layer after the other, with dropout between them. */
export function runStack<Layer>(
  layers: readonly Layer[], sequence: Sequence, { dropoutRate: rate, dropoutKind }: StackSettings,
  { weights, pass }: { readonly weights: Weights; readonly pass: Pass }, { parametersOf, run }: LayerRun<Layer>,
): Sequence {
  const tensorsOf = (layer: Layer): Tensor[] => parametersOf(layer).map(({ name }) => weights.get(name));
  return layers.reduce((below, layer, k) => pass.layer(below, () => tensorsOf(layer), (input, extras) => {
    if (k === 0) return run(layer, input, extras);
    const joined = joinedRows(input), place = `rnn.l${k - 1}`;
    const rows = dropoutKind === 'locked' ? lockedDropout(joined, input.layout, { pass, rate, place }) : pass.dropout(joined, rate, place);
    return run(layer, { ...input, blocks: [{ rows, direction: 'forward' }] }, extras);
  }), sequence);
}

interface StackCosts {
  readonly dropoutRate: number;
  readonly label: string;
  /** Whether what is made of the last layer keeps its states. */
  readonly isKept: boolean;
  readonly checkpointing: Checkpointing;
  /** Whether a copy of a layer's input is kept as it is. */
  readonly keepsCopies?: boolean;
  /** Whether a layer keeps its output by itself, and not only where what reads it does. */
  readonly keepsOutputs?: boolean;
  /** Blocks of H columns that a step needs of the one before. */
  readonly stateBlocks: number;
}

/**
 * What each layer costs, and the copy of its input that it keeps: after dropout, or side by side; else the output below is it. Where layers
 * are computed again, the output of each is kept as the input of the next, and of a walk through time what its segments begin with.
 */
export function stackCosts<Layer extends StackedLayer>(
  layers: readonly Layer[], shape: BatchShape,
  { dropoutRate, label, isKept, checkpointing, keepsCopies = true, keepsOutputs = true, stateBlocks }: StackCosts,
  costOf: (layer: Layer, shape: BatchShape) => Omit<PartCost, 'name'>,
): PartCost[] {
  return layers.map((layer, k) => {
    const name = `${label} layer ${k + 1}`, { hiddenSize, directions } = layer;
    // What reads the last layer side by side keeps a copy of its own.
    const isRead = k < layers.length - 1 || (isKept && directions.length === 1);
    if (checkpointing !== 'none') {
      const begun = checkpointing === 'time' ? stateBlocks * countStateRows(shape) : 0;
      const keptBytes = VALUE_BYTES * hiddenSize * directions.length * ((isRead ? shape.tokens : 0) + begun);
      return { ...costOf(layer, k === 0 ? shape : { ...shape, distinctTokens: shape.tokens }), keptBytes, isRecomputed: true, name };
    }
    const copies = keepsCopies && k > 0 && (dropoutRate > 0 || layer.directions.length > 1) ? 1 : 0;
    const own = costOf(layer, k === 0 ? shape : { ...shape, distinctTokens: shape.tokens });
    // The layer above reads a copy of what is dropped or stands side by side.
    const isReadAsItIs = isRead && directions.length === 1 && (k === layers.length - 1 || dropoutRate === 0);
    const output = !keepsOutputs && isReadAsItIs ? hiddenSize : 0;
    return { ...own, keptBytes: own.keptBytes + VALUE_BYTES * shape.tokens * (copies * layer.inputSize + output), name };
  });
}
