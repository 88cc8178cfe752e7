import { z } from 'zod';
import { halfWords, multipliesBfloat16, precisions } from '../../ops/bfloat16.ts';
import { cellNames, cells } from '../../ops/cells.ts';
import type { CellName } from '../../ops/cells.ts';
import { VALUE_BYTES } from '../module.ts';
import type { BatchShape, Checkpointing, PartCost } from '../module.ts';
import type { StackedLayer } from './stack.ts';

/** Keys of recurrent layers that make them train in bfloat16. Evaluation is float32. */
export const precisionSettings = {
  keptPrecision: z.enum(precisions).default('float32')
    .describe('What training keeps of a layer for its backward pass: states, gates and inputs. `float32`: as they are; `bfloat16`: in half '
      + 'the memory, rounded to 8 bits of precision, on any CPU. Parameters and what goes from layer to layer stay float32.'),
  productPrecision: z.enum(precisions).default('float32')
    .describe('What the layers multiply in training: states, inputs and weights, and on the way back gradients of gates. `bfloat16`: '
      + 'rounded to 8 bits of precision and summed in float32, faster on CPUs with instructions for it (AVX-512 BF16 of AMD, '
      + 'AMX of Intel), slower elsewhere. Parameters and evaluation stay float32. Of cells that multiply by W_hh once a step.'),
};
export type PrecisionSettings = z.infer<z.ZodObject<typeof precisionSettings>>;

export function describePrecisions({ keptPrecision, productPrecision }: PrecisionSettings): string[] {
  return [
    ...(keptPrecision === 'float32' ? [] : [`kept in ${keptPrecision}`]),
    ...(productPrecision === 'float32' ? [] : [`multiplied in ${productPrecision}`]),
  ];
}

/** Whether a step has no product besides h·W_hhᵀ, and walks by kernels. */
function mayMultiply(name: CellName): boolean {
  return cells[name].ownProduct === null && mayKeep(name);
}

/** Whether a cell walks by kernels, and not in plain ops. */
function mayKeep(name: CellName): boolean {
  return !('own' in cells[name]);
}

/** Which cells and dropouts do not go with bfloat16, in words for a message; null where all do. */
export function findPrecisionProblem(
  { cell, recurrentDropoutRate, ...chosen }: PrecisionSettings & { readonly cell: CellName; readonly recurrentDropoutRate: number },
): string | null {
  for (const [key, mayDo] of [['keptPrecision', mayKeep], ['productPrecision', mayMultiply]] as const) {
    if (chosen[key] === 'float32') continue;
    const asked = `model.${key} ${chosen[key]}`;
    if (recurrentDropoutRate > 0) return `${asked} does not go with model.recurrentDropoutRate; leave one of them out`;
    if (!mayDo(cell)) return `${asked} is not there for model.cell ${cell}; choose ${cellNames.filter(mayDo).join(', ')}, or leave it out`;
  }
  return null;
}

/** Steps that are computed again by segments are computed in float32. */
export function findPrecisionCheckpointingProblem(chosen: PrecisionSettings, checkpointing: Checkpointing): string | null {
  if (checkpointing !== 'time') return null;
  for (const key of ['keptPrecision', 'productPrecision'] as const) {
    if (chosen[key] === 'float32') continue;
    return `training.gradientCheckpointing time does not go with model.${key} ${chosen[key]}; use layers, or leave one of them out`;
  }
  return null;
}

export function findPrecisionSlowness({ productPrecision }: PrecisionSettings): string | null {
  if (productPrecision === 'float32' || multipliesBfloat16()) return null;
  return 'model.productPrecision bfloat16 makes training slower here: this engine and CPU have no fast instructions for such products '
    + '(AVX-512 BF16 of AMD, AMX of Intel), and get the same results but for last bits';
}

/** 32-bit words that are kept of a token's states, `values` a unit. */
export function countStateWords(values: number, hiddenSize: number, { keptPrecision }: PrecisionSettings): number {
  return keptPrecision === 'float32' ? values * hiddenSize : halfWords(values * hiddenSize);
}

/**
 * A stack that keeps bfloat16: each layer keeps an input of its own in it where each token has a row; of distinct rows the product keeps
 * float32. The states it gives are float32, and kept where the pooling reads them again.
 */
export function addRoundedInputs(
  costs: readonly PartCost[], layers: readonly StackedLayer[], { tokens, distinctTokens }: BatchShape, isKept: boolean,
): PartCost[] {
  return layers.map(({ inputSize, hiddenSize, directions }, k) => {
    const isShared = k === 0 && distinctTokens < tokens;
    const input = isShared ? distinctTokens * inputSize : tokens * halfWords(inputSize);
    const output = isKept && k === layers.length - 1 && directions.length === 1 ? tokens * hiddenSize : 0; // side by side they are a copy
    const cost = costs[k] as PartCost;
    return { ...cost, keptBytes: cost.keptBytes + VALUE_BYTES * (input + output) };
  });
}

/** Where such layers are computed again, the first keeps its input as it is, which the embedding does not count. */
export function addFirstInput(costs: readonly PartCost[], layers: readonly StackedLayer[], { distinctTokens }: BatchShape): PartCost[] {
  const inputBytes = VALUE_BYTES * distinctTokens * (layers[0]?.inputSize ?? 0);
  return costs.map((cost, k) => (k === 0 ? { ...cost, keptBytes: cost.keptBytes + inputBytes } : cost));
}
