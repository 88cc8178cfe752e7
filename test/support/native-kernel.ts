import { neuralSchema } from '../../src/experiment-schema.ts';
import { cells } from '../../src/ops/cells.ts';

/** Whether a kernel of its own computes what a config says in the native engine; the rest is the same ops in both. */
export function hasNativeKernel(config: object): boolean {
  const { model } = neuralSchema.parse(config);
  return model.type !== 'recurrent' || cells[model.cell].hasNativeKernel;
}
