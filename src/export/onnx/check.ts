import type { InferenceSession } from 'onnxruntime-node';
import { UserError } from '../../errors.ts';
import { evaluationBatches } from '../../data/batches.ts';
import { readClockSeconds } from '../../measure/clock.ts';
import type { EncodedPart } from '../../text/encode.ts';
import type { Precision } from './graph.ts';

type Runtime = typeof import('onnxruntime-node');

/** Largest difference in probability from the run's own. Of fewer bits it is some 20 times what trained models showed. */
export const tolerances: Readonly<Record<Precision, number>> = { float32: 1e-5, float16: 1e-2, int8: 0.2 };

/** @throws UserError where the optional package is not installed, or has no binary for this machine */
async function loadRuntime(): Promise<Runtime> {
  try {
    return await import('onnxruntime-node');
  } catch (error) {
    const [line = ''] = (error as Error).message.split('\n');
    throw new UserError(`onnxruntime-node, which checks an export, cannot be loaded (${line}); `
      + 'install it with npm install --include=optional, or add --no-check');
  }
}

/** A file opened in onnxruntime. */
export interface OpenedModel {
  readonly loadSeconds: number;
  /** [rows][classes] probabilities of a part's rows, in their order, by batches of rows of similar length. */
  run(part: EncodedPart, batchSize: number): Promise<{ readonly probabilities: number[][]; readonly seconds: number }>;
  close(): Promise<void>;
}

export async function openInOnnxruntime(file: Uint8Array, threads = 1): Promise<OpenedModel> {
  const { InferenceSession, Tensor } = await loadRuntime();
  const from = readClockSeconds();
  const session: InferenceSession = await InferenceSession.create(file, { intraOpNumThreads: threads });
  return {
    loadSeconds: readClockSeconds() - from,
    close: () => session.release(),
    async run(part, batchSize) {
      const probabilities: number[][] = [], started = readClockSeconds();
      for (const { rows, lengths } of evaluationBatches(part, batchSize)) {
        const time = Math.max(1, lengths[0] ?? 1), ids = new Int32Array(rows.length * time);
        rows.forEach((row, k) => { ids.set(part.tokenIds.subarray(part.offsets[row], part.offsets[row + 1]), k * time); });
        const outputs = await session.run({
          token_ids: new Tensor('int32', ids, [rows.length, time]), lengths: new Tensor('int32', lengths, [rows.length]),
        });
        const values = [...outputs['probabilities']?.data as Float32Array], classes = values.length / rows.length;
        rows.forEach((row, k) => { probabilities[row] = values.slice(k * classes, (k + 1) * classes); });
      }
      return { probabilities, seconds: readClockSeconds() - started };
    },
  };
}

/** The largest difference between two tables of probabilities; of one that is no number it is infinite. */
export function largestDifference(one: readonly (readonly number[])[], other: readonly (readonly number[])[]): number {
  return one.reduce((worst, row, k) => row.reduce((largest, value, c) => {
    const difference = Math.abs(value - (other[k]?.[c] ?? Number.NaN));
    return Number.isNaN(difference) ? Infinity : Math.max(largest, difference);
  }, worst), 0);
}
