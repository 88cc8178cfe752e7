import { join, resolve } from 'node:path';
import { loadConfig } from '../config/load.ts';
import { displayPath, kindOf } from '../config/paths.ts';
import { describeValue } from '../config/quote.ts';
import { isRecurrent } from '../config/model-types.ts';
import type { AnyConfig } from '../config/model-types.ts';
import { UserError } from '../errors.ts';
import type { Checkpoint, CheckpointState } from './checkpoint.ts';
import type { ExperimentFolder } from './folder.ts';
import { readEnvironment, readSummary } from './load.ts';
import type { Environment, Summary } from './records.ts';

/** What a run left behind that is to go on. */
export interface StoredRun {
  readonly config: AnyConfig;
  readonly environment: Environment;
  /** Null when it was killed before it wrote one. */
  readonly summary: Summary | null;
}

/** @returns null for a run that was killed before its config and environment were written. */
export function loadStoredRun({ path }: ExperimentFolder): StoredRun | null {
  const isThere = (file: string): boolean => kindOf(join(path, file)) === 'file';
  if (!isThere('config.yaml') || !isThere('environment.json')) return null;
  return {
    config: loadConfig(resolve(path, 'config.yaml')).config,
    environment: readEnvironment(path),
    summary: isThere('summary.json') ? readSummary(path) : null,
  };
}

/** Records that a finished run has: of a linear model one. */
function countEpochs(config: AnyConfig): number {
  return isRecurrent(config) ? config.training.epochs : 1;
}

export function isFinished({ summary }: StoredRun, config: AnyConfig): boolean {
  return summary?.status === 'completed' && summary.epochs >= countEpochs(config);
}

/** Keys that change how long a run goes on and how it is kept, not what it computes. */
const free = new Set(['training.epochs', 'training.checkpointSeconds']);

/** Each setting by its dotted path; a list as one text, so that it differs as a whole. */
function flatten(value: object, prefix = ''): [string, unknown][] {
  return Object.entries(value).flatMap(([key, child]: [string, unknown]) => {
    if (typeof child === 'object' && child !== null && !Array.isArray(child)) return flatten(child, `${prefix}${key}.`);
    return [[`${prefix}${key}`, Array.isArray(child) ? child.join(', ') : child] as [string, unknown]];
  });
}

/**
 * @throws UserError with all differences in one line when `asked` would compute something else than the run did so far
 */
export function checkContinues(folder: ExperimentFolder, stored: AnyConfig, asked: AnyConfig): void {
  const before = new Map(flatten(stored));
  const settings = stored.model.type === asked.model.type ? flatten(asked) : [['model.type', asked.model.type] as [string, unknown]];
  const changed = settings.filter(([key, value]) => !free.has(key) && !Object.is(before.get(key), value));
  if (stored.model.type === asked.model.type && countEpochs(asked) < countEpochs(stored)) changed.push(['training.epochs', countEpochs(asked)]);
  if (changed.length === 0) return;
  const shown = changed.map(([key, value]) => `${key} is ${describeValue(before.get(key))} there and ${describeValue(value)} here`).join(', ');
  throw new UserError(`${displayPath(folder.path)} cannot go on with another config: ${shown}; only training.epochs may grow`);
}

/** @throws UserError when the reviews or their words are not those the run was trained on */
export function checkSameData(folder: ExperimentFolder, environment: Environment, checkpoint: Checkpoint | null, now: Pick<CheckpointState, 'vocabulary' | 'dataset'>): void {
  const shown = displayPath(folder.path);
  const before = environment.dataset.fingerprint;
  if (before !== now.dataset.fingerprint) {
    throw new UserError(`${shown} was trained on other reviews: SHA-256 ${before.slice(0, 12)}… there and ${now.dataset.fingerprint.slice(0, 12)}… here; name the same data with --data`);
  }
  if (checkpoint === null) return;
  const { vocabulary, dataset } = checkpoint.state;
  if (vocabulary.sha256 === now.vocabulary.sha256 && dataset.tokenizerVersion === now.dataset.tokenizerVersion) return;
  const describe = (state: typeof now): string => `${state.vocabulary.size} words (SHA-256 ${state.vocabulary.sha256.slice(0, 12)}…, tokenizer ${state.dataset.tokenizerVersion})`;
  throw new UserError(`${shown} has another vocabulary: ${describe(checkpoint.state)} there and ${describe(now)} here; train again`);
}

/** What may make the numbers differ in their last digits after all, as one line; null when nothing does. */
export function describeOtherMachine(before: Environment, now: Environment): string | null {
  const facts = (environment: Environment): [string, string][] => [
    ['engine', environment.engine], ['TensorFlow', environment.versions.tensorflow ?? 'none'], ['tfjs', environment.versions.tfjs ?? 'none'],
    ['gatelab', environment.versions.gatelab], ['CPU', environment.cpu],
  ];
  const others = new Map(facts(now));
  const changed = facts(before).filter(([name, value]) => others.get(name) !== value).map(([name, value]) => `${name} ${value} → ${others.get(name) ?? ''}`);
  return changed.length === 0 ? null : `this run began elsewhere (${changed.join(', ')}); its numbers may differ in their last digits from a run never interrupted`;
}
