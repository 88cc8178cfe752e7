import * as tf from '@tensorflow/tfjs-core';
import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import type { Cell, CellName } from './cell.ts';
import { gruCell } from './gru.ts';
import { lstmCell } from './lstm.ts';
import { countTokens, finalRows } from './packed-layout.ts';
import { recurrenceBackward, recurrenceForward } from './reference.ts';
import type { RecurrenceInputs, RecurrenceWalk, SavedForBackward } from './reference.ts';
import { rnnCell } from './rnn.ts';
import { gatherRows } from './rows.ts';

export const cells: Readonly<Record<CellName, Cell>> = { rnn: rnnCell, lstm: lstmCell, gru: gruCell };

/** Names under which the forward and backward kernels of a cell are registered with tfjs. */
export function kernelNames(cell: CellName): { forward: string; backward: string } {
  return { forward: `GatelabRecurrence_${cell}`, backward: `GatelabRecurrenceGrad_${cell}` };
}

/** The portable kernels, for one tfjs backend (`cpu` or `tensorflow`). Native kernels take their place by the same names. */
export function registerRecurrenceKernels(backendName: string): void {
  for (const cell of Object.values(cells)) {
    const { forward, backward } = kernelNames(cell.name);
    const walkOf = (attrs: unknown): RecurrenceWalk => attrs as RecurrenceWalk;
    tf.registerKernel({
      kernelName: forward, backendName,
      kernelFunc: ({ inputs, attrs }) => recurrenceForward(cell, inputs as unknown as RecurrenceInputs, walkOf(attrs)),
    });
    tf.registerKernel({
      kernelName: backward, backendName,
      kernelFunc: ({ inputs, attrs }) => {
        const { distinctRows } = attrs as { distinctRows: number };
        return recurrenceBackward(cell, { ...inputs as unknown as SavedForBackward, distinctRows }, walkOf(attrs));
      },
    });
  }
}

/**
 * A recurrence over a packed sequence, with its gradient.
 * @returns [N, H] the hidden state after each token.
 */
export function recurrence(name: CellName, inputs: RecurrenceInputs, walk: RecurrenceWalk): Tensor2D {
  const { forward, backward } = kernelNames(name);
  const attrs = { ...walk, distinctRows: inputs.gateInputs.shape[0] };
  const run = tf.customGrad((...args) => {
    const [gateInputs, weightHh, biasHh, save] = args as unknown as [Tensor2D, Tensor2D, Tensor1D, (tensors: tf.Tensor[]) => void];
    const { index } = inputs;
    const [hidden, saved] = runKernel(forward, { gateInputs, index, weightHh, biasHh }, attrs) as [tf.Tensor, tf.Tensor];
    save([hidden, saved, index, weightHh]);
    const gradFunc = (dHidden: tf.Tensor, kept: tf.Tensor[]): tf.Tensor[] => {
      refuseSecondDerivative(name);
      const [hiddenKept, savedKept, indexKept, weightKept] = kept;
      return runKernel(backward, { dHidden, hidden: hiddenKept, saved: savedKept, index: indexKept, weightHh: weightKept }, attrs);
    };
    return { value: hidden, gradFunc };
  });
  return run(inputs.gateInputs, inputs.weightHh, inputs.biasHh) as Tensor2D;
}

/** What the backward kernel does is on no tape: a derivative of it would silently be wrong. */
function refuseSecondDerivative(name: CellName): void {
  if (tf.engine().state.gradientDepth > 0) throw new Error(`${name}: second derivatives of a recurrence are not implemented`);
}

/** tfjs hands kernels the tensors themselves and their attributes as they are. */
function runKernel(name: string, inputs: Record<string, tf.Tensor | undefined>, attrs: object): tf.Tensor[] {
  const outputs: unknown = tf.engine().runKernel(name, inputs as tf.NamedTensorMap, attrs as tf.NamedAttrMap);
  return outputs as tf.Tensor[];
}

/**
 * The state of each row after its last token (after its first when read in reverse); zero for an empty row.
 * @param hidden [N, H] @returns [B, H]
 */
export function finalStates(hidden: Tensor2D, { layout, direction }: RecurrenceWalk): Tensor2D {
  const rows = layout.lengths.length;
  if (countTokens(layout) === 0) return tf.zeros([rows, hidden.shape[1]]);
  const last = gatherRows(hidden, tf.tensor1d(finalRows(layout, direction), 'int32'));
  return last.shape[0] === rows ? last : tf.pad(last, [[0, rows - last.shape[0]], [0, 0]]);
}
