import type { TrainingEvent } from '../training/trainer.ts';
import { readVariable } from '../variables.ts';

/** Set for a training that another gatelab process started and listens to. */
export const LISTENING = 'GATELAB_PARENT_LISTENS';

/** How far a training is, as it tells the process that started it. */
export interface RunProgress {
  readonly epoch: number;
  readonly step: number;
  readonly steps: number;
  /** True once, at an epoch's end. */
  readonly isEpochDone: boolean;
}

const INTERVAL_MS = 100;

/** Whether the process that started this one shows how far it is. */
export const isListenedTo = (): boolean => readVariable(LISTENING) !== undefined && process.send !== undefined;

/** Whether the process that started this one, and wanted to hear of it, is gone: nobody waits for the run any more. */
export function isParentGone(): boolean {
  return isListenedTo() && !process.connected;
}

/** A consumer of training events that passes on to a listening parent how far the run is; it does nothing where there is none. */
export function tellParent(): (event: TrainingEvent) => void {
  let told = 0;
  return (event) => {
    if (!isListenedTo() || !process.connected) return;
    if (event.kind === 'epoch') send({ epoch: event.record.epoch, step: 0, steps: 0, isEpochDone: true });
    if (event.kind !== 'step' || performance.now() - told < INTERVAL_MS) return;
    told = performance.now();
    send({ epoch: event.epoch, step: event.step, steps: event.steps, isEpochDone: false });
  };
}

function send(progress: RunProgress): void {
  process.send?.(progress, undefined, undefined, () => undefined); // a parent that is gone is noticed by isParentGone
}
