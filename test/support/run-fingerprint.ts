import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { CALIBRATION_FILE } from '../../src/experiment/calibration.ts';
import { PREDICTIONS_FILE } from '../../src/experiment/predictions.ts';
import { loadCheckpoint } from '../../src/experiment/checkpoint-store.ts';
import type { CheckpointKind } from '../../src/experiment/checkpoint-store.ts';
import { readOptional } from '../../src/files/read.ts';

export interface RunFingerprint {
  readonly last: object;
  readonly best: object;
  readonly metrics: readonly object[];
  readonly predictions: string;
  /** Null where the run has none. */
  readonly calibration: string | null;
}

/** The text of the predictions that a run keeps. */
export function readPredictions(path: string): string {
  return gunzipSync(readFileSync(join(path, PREDICTIONS_FILE))).toString('utf8');
}

/**
 * All of a run that must not depend on interruptions: its metrics, its predictions, their calibration, and SHA-256 of the last and best
 * weights and of Adam's moments.
 */
export function fingerprintRun(path: string): RunFingerprint {
  const metrics = readFileSync(join(path, 'metrics.jsonl'), 'utf8').trim().split('\n')
    .map((line) => ({ ...(JSON.parse(line) as object), epochSeconds: 0, examplesPerSecond: 0, peakRssBytes: 0 }));
  const predictions = readPredictions(path), calibration = readOptional(join(path, CALIBRATION_FILE)) ?? null;
  return { last: hashCheckpoint(path, 'last'), best: hashCheckpoint(path, 'best'), metrics, predictions, calibration };
}

function hashCheckpoint(path: string, kind: CheckpointKind): object {
  const checkpoint = loadCheckpoint({ name: '', path }, kind, (line) => { throw new Error(line); });
  if (checkpoint === null) throw new Error(`${path} has no checkpoint ${kind}`);
  const { state, weights, slots } = checkpoint;
  const hash = createHash('sha256');
  for (const [name, { values }] of [...weights, ...(slots ?? [])]) hash.update(name).update(values);
  return { position: { ...state.position, seconds: 0 }, updates: state.updates, sha256: hash.digest('hex') };
}
