import { capabilitiesOf } from '../experiment-schema.ts';
import type { AnyConfig } from '../experiment-schema.ts';
import type { ExperimentFolder } from '../experiment/folder.ts';
import { typedCommand } from '../typed-command.js';

/** What of the command line a run does not remember. */
export interface UnrememberedOptions {
  readonly threads: number | undefined;
  readonly engine: string;
}

/** The last line of a run that was interrupted: what to type for the rest of it. */
export function describeRest(folder: ExperimentFolder, config: AnyConfig, { threads, engine }: UnrememberedOptions): string {
  const command = typedCommand('train', [
    '--resume', folder.path, ...(threads === undefined ? [] : ['--threads', String(threads)]), ...(engine === 'auto' ? [] : ['--engine', engine]),
  ]);
  return capabilitiesOf(config).keepsCheckpoints ? `Stopped. To go on: ${command}` : `Stopped. To start it again: ${command}`;
}

/** The last line of a comparison that was interrupted. @param args of the command, as they were typed */
export function describeRemaining(ends: readonly { readonly status: string }[], args: readonly string[]): string {
  const complete = ends.filter(({ status }) => status === 'completed').length;
  return `Stopped with ${complete} of ${ends.length} runs complete. To go on: ${typedCommand('compare', args)}`;
}
