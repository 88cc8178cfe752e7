import { join } from 'node:path';
import { flattenConfig } from '../config/layer.ts';
import { displayPath, kindOf } from '../files/paths.ts';
import { describeValue } from '../files/escape.ts';
import { countEpochs, isNeural, keepingKeys } from '../experiment-schema.ts';
import type { AnyConfig } from '../experiment-schema.ts';
import { TOKENIZER_VERSION } from '../text/tokenizer.ts';
import { UserError } from '../errors.ts';
import { dependsOnEpochs } from '../training/settings.ts';
import type { Checkpoint } from './checkpoint.ts';
import type { ExperimentFolder } from './folder.ts';
import { readEnvironment, readSummary, loadStoredConfig } from './load.ts';
import type { Environment, Summary } from './records.ts';
import { areSameReviews, describeOtherReviews, type ReviewsIdentity } from './same-reviews.ts';

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
  const environment = readEnvironment(path);
  return {
    config: loadStoredConfig(path, environment),
    environment,
    summary: isThere('summary.json') ? readSummary(path) : null,
  };
}

/** Also of a run that a stop rule ended: it would end it again. */
export function isFinished({ summary }: Pick<StoredRun, 'summary'>, config: AnyConfig): boolean {
  return summary?.status === 'completed' && (summary.epochs >= countEpochs(config) || summary.stopped !== undefined);
}

/** Whether it may be trained for more epochs than it was meant to: nothing that it computed depends on how many there are. */
export function mayGrow(config: AnyConfig): boolean {
  return !isNeural(config) || !dependsOnEpochs(config.training);
}

/**
 * @param remedy what to do about a difference
 * @throws UserError with all differences in one line when `asked` would compute something else than the run did so far
 */
export function checkContinues(
  folder: ExperimentFolder,
  stored: AnyConfig,
  asked: AnyConfig,
  remedy = describeRemedy(stored),
): void {
  const before = new Map(flattenConfig(stored));
  const sameType = stored.model.type === asked.model.type;
  const settings: [string, unknown][] = sameType ? flattenConfig(asked) : [['model.type', asked.model.type]];
  const isFree = (key: string): boolean =>
    key === 'training.epochs' ? mayGrow(stored) && countEpochs(asked) >= countEpochs(stored) : keepingKeys.includes(key);
  const changed = settings.filter(([key, value]) => !isFree(key) && !Object.is(before.get(key), value));
  if (changed.length === 0) return;
  const shown = changed
    .map(([key, value]) => `${key} is ${describeValue(before.get(key))} there and ${describeValue(value)} here`)
    .join(', ');
  throw new UserError(`${displayPath(folder.path)} cannot go on with another config: ${shown}; ${remedy}`);
}

function describeRemedy(stored: AnyConfig): string {
  return mayGrow(stored)
    ? 'only training.epochs may grow'
    : 'what it computed depends on how many epochs it was to have; train again under another --name';
}

/** The data of the run that is to go on, as it is now. */
export interface DataNow {
  /** [vocabulary size] */
  readonly words: readonly string[];
  readonly reviews: ReviewsIdentity;
  readonly counts: Environment['dataset']['counts'];
}

/** @throws UserError with the difference when the reviews or their words are not those the run was trained on */
export function checkSameData(
  folder: ExperimentFolder,
  environment: Environment,
  checkpoint: Checkpoint | null,
  { words, reviews, counts }: DataNow,
): void {
  const shown = displayPath(folder.path);
  if (!areSameReviews(environment.dataset, reviews)) {
    throw new UserError(
      `${shown} was trained on other reviews: ${describeOtherReviews(environment.dataset, reviews)}; name the same data with --data`,
    );
  }
  const part = (['train', 'validation', 'test'] as const).find((name) => environment.dataset.counts[name] !== counts[name]);
  if (part !== undefined) {
    throw new UserError(
      `${shown} has ${environment.dataset.counts[part]} ${part} reviews, and this version of gatelab would split the same file into `
        + `${counts[part]}; `
        + 'train again under another --name, or go on with the gatelab it began with',
    );
  }
  const differences = checkpoint === null ? [] : [...compareTokenizers(checkpoint), ...compareWords(checkpoint.words, words)];
  if (differences.length === 0) return;
  throw new UserError(
    `${shown} has another vocabulary: ${differences.join(', ')}; train again under another --name, or go on with the gatelab it began with`,
  );
}

function compareTokenizers({ state: { dataset } }: Checkpoint): string[] {
  return dataset.tokenizerVersion === TOKENIZER_VERSION
    ? []
    : [`tokenizer ${dataset.tokenizerVersion} there and ${TOKENIZER_VERSION} here`];
}

function compareWords(there: readonly string[], here: readonly string[]): string[] {
  const sizes = there.length === here.length ? [] : [`${there.length} words there and ${here.length} here`];
  const first = there.findIndex((word, id) => here[id] !== undefined && here[id] !== word);
  return first < 0 ? sizes : [...sizes, `word ${first} is ${describeValue(there[first])} there and ${describeValue(here[first])} here`];
}

/** What may make the numbers differ in their last digits after all, as one line; null when nothing does. */
export function describeOtherMachine(before: Environment, now: Environment): string | null {
  const facts = (environment: Environment): [string, string][] => [
    ['engine', environment.engine],
    ['TensorFlow', environment.versions.tensorflow ?? 'none'],
    ['tfjs', environment.versions.tfjs ?? 'none'],
    ['gatelab', environment.versions.gatelab],
    ['CPU', environment.cpu],
  ];
  const others = new Map(facts(now));
  const changed = facts(before)
    .filter(([name, value]) => others.get(name) !== value)
    .map(([name, value]) => `${name} ${value} → ${others.get(name) ?? ''}`);
  return changed.length === 0
    ? null
    : `this run began elsewhere (${changed.join(', ')}); its numbers may differ in their last digits from a run never interrupted`;
}
