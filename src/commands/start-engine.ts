import { loadEngine } from '../engine/load.ts';
import type { Engine, EngineOptions } from '../engine/load.ts';
import { registerKernels } from '../ops/native.ts';
import type { Screen } from '../terminal/screen.ts';

export interface EngineChoice {
  readonly engine?: NonNullable<EngineOptions['backend']>;
  readonly threads?: number | undefined;
  /** As in EngineOptions. */
  readonly gradients?: boolean | undefined;
}

/** Loads the engine and makes the project's ops run on it, with native kernels where there are any. @throws UserError */
export async function startEngine(
  { engine: backend = 'auto', threads, gradients = true }: EngineChoice,
  { onProgress, onWarning, bar }: Screen,
): Promise<Engine> {
  onProgress({ label: 'Starting the engine', done: 0 }); // before a library of 600 MB is loaded, which draws nothing
  const engine = await loadEngine({ backend, gradients, ...(threads === undefined ? {} : { threads }), onProgress, onWarning });
  bar.clear();
  registerKernels(engine);
  return engine;
}
