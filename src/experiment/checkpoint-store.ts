import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { displayPath } from '../files/paths.ts';
import { UserError } from '../errors.ts';
import type { TrainingPosition } from '../training/epoch.ts';
import { decodeCheckpoint, encodeCheckpoint } from './checkpoint.ts';
import type { Checkpoint } from './checkpoint.ts';
import type { ExperimentFolder } from './folder.ts';
import { readSealedFolder, writeSealedFolder } from '../files/sealed-folder.ts';
import type { FileContents } from '../files/sealed-folder.ts';
import { createFolder } from '../files/write.ts';

const kept = { last: 2, best: 1 } as const;
/** The checkpoint of a linear model, which is fitted once. */
export const FIT = 'best-1-0';
/** The file that such a checkpoint is known by. */
export const FIT_STATE = 'fit.json';

export type CheckpointKind = keyof typeof kept;

/** Keeps the checkpoints of one run: the two newest of `last`, the newest of `best`. */
export interface CheckpointStore {
  write(kind: CheckpointKind, checkpoint: Checkpoint): void;
  /** Keeps what a linear model has learned, in its only checkpoint. */
  writeFit(contents: FileContents): void;
}

const rootOf = (folder: ExperimentFolder): string => join(folder.path, 'checkpoints');

/** `last-3-117`: three epochs and 117 steps of the next. */
function nameOf(kind: CheckpointKind, { epoch, step }: TrainingPosition): string {
  return `${kind}-${epoch - 1}-${step}`;
}

/** Names of a kind's checkpoints, the furthest in the run first. */
function listNames(root: string, kind: CheckpointKind): string[] {
  const numbers = (name: string): number[] => name.split('-').slice(1).map(Number);
  const names = readIfThere(root).filter((name) => new RegExp(`^${kind}-\\d{1,9}-\\d{1,9}$`).test(name));
  return names.sort((a, b) => {
    const [epochA = 0, stepA = 0] = numbers(a), [epochB = 0, stepB = 0] = numbers(b);
    return epochB - epochA || stepB - stepA;
  });
}

function readIfThere(root: string): string[] {
  try {
    return readdirSync(root);
  } catch {
    return [];
  }
}

/** @param resumed the checkpoint the run goes on from; others that claim to be further are damaged and make room */
export function createCheckpointStore(folder: ExperimentFolder, resumed: Checkpoint | null = null): CheckpointStore {
  const root = rootOf(folder);
  const written = { last: resumed === null ? [] : [nameOf('last', resumed.state.position)], best: [] as string[] };
  return {
    writeFit(contents) {
      createFolder(root);
      writeSealedFolder(join(root, FIT), join(root, 'building'), contents);
    },
    write(kind, checkpoint) {
      createFolder(root);
      const name = nameOf(kind, checkpoint.state.position);
      writeSealedFolder(join(root, name), join(root, 'building'), encodeCheckpoint(checkpoint));
      written[kind] = [...written[kind].filter((other) => other !== name), name].slice(-kept[kind]);
      for (const old of listNames(root, kind)) {
        if (!written[kind].includes(old)) rmSync(join(root, old), { recursive: true, force: true });
      }
    },
  };
}

/** The checkpoint in one folder. @throws UserError that says what is damaged, without the folder's name */
export function readCheckpoint(path: string): Checkpoint {
  return decodeCheckpoint(readSealedFolder(path));
}

/**
 * The newest checkpoint that is whole, null when the folder has none. A damaged one costs a warning.
 * @throws UserError when there are some and all are damaged
 */
export function loadCheckpoint(folder: ExperimentFolder, kind: CheckpointKind, onWarning: (line: string) => void): Checkpoint | null {
  const root = rootOf(folder);
  const names = listNames(root, kind);
  for (const name of names) {
    try {
      const checkpoint = readCheckpoint(join(root, name));
      if (kind === 'last' && checkpoint.slots === null) throw new UserError("it has no optimizer.safetensors, which training goes on with");
      return checkpoint;
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      onWarning(`${displayPath(join(root, name))} is damaged (${error.message}); looking for the one before`);
    }
  }
  if (names.length === 0) return null;
  throw new UserError(
    `${displayPath(root)}: no checkpoint is whole; train again under another --name, or remove ${displayPath(root)} to start this run `
      + `from the beginning`,
  );
}
