import { registerDropoutKernel } from './dropout.ts';
import { registerRecurrenceKernels } from './recurrence.ts';

/**
 * Makes the project's ops run on a tfjs backend (`tensorflow` or `cpu`) with kernels composed of plain tfjs ops.
 * Call once, after the engine is loaded; native kernels registered later replace these under the same names.
 */
export function registerReferenceKernels(backendName: string): void {
  registerRecurrenceKernels(backendName);
  registerDropoutKernel(backendName);
}
