import { flattenConfig, statedType } from '../config/layer.ts';
import { parseOverride } from '../config/overrides.ts';
import { experimentConfigs, loadConfig } from '../experiment-config.ts';
import { displayPath, kindOf } from '../files/paths.ts';
import { printable } from '../files/escape.ts';
import { capabilitiesOf, experimentSchema, isModelType } from '../experiment-schema.ts';
import type { AnyConfig } from '../experiment-schema.ts';
import { UsageError } from '../errors.ts';
import { checkContinues, isFinished, loadStoredRun } from '../experiment/continuation.ts';
import type { StoredRun } from '../experiment/continuation.ts';
import { locateSeedFolder } from '../experiment/folder.ts';
import type { ExperimentFolder } from '../experiment/folder.ts';
import { withSource } from '../experiment/load.ts';
import type { RunFacts } from '../experiment/records.ts';
import { tryAll } from './problems.ts';

/** What became of a planned run. */
export interface RunEnd {
  readonly run: PlannedRun;
  readonly status: RunFacts['status'] | 'not begun';
  /** Why it failed. */
  readonly reason: string | null;
}

const MAX_SEED = 0xffffffff;

/** One training of a study. */
export interface PlannedRun {
  readonly folder: ExperimentFolder;
  /** That of its folder without the seed. */
  readonly name: string;
  /** As it was named. */
  readonly configName: string;
  readonly config: AnyConfig;
  /** What replaces keys of the config's file, as --set takes it. */
  readonly set: readonly string[];
  /** What the folder holds already. */
  readonly stored: StoredRun | null;
}

export interface PlanOptions {
  readonly configs: readonly string[];
  readonly seeds: readonly number[];
  readonly set: readonly string[];
  readonly into: string;
}

/**
 * Every run of a study, the first seed of all models first, so that a table of all is there early. A model that no seed changes runs once.
 * @throws UserError for configs that are wrong, a line for each mistake, and for one that is another than its folder was begun with
 */
export function planRuns({ configs, seeds, set, into }: PlanOptions): PlannedRun[] {
  const named = set.find((key) => /^\s*seed\s*=/.test(key));
  if (named !== undefined) throw new UsageError(`--set ${printable(named)}: --seeds names the seeds`);
  const telling = { nameOf: printable, placeOf: (_: string, text: string) => ({ place: '', text }) };
  const known = listKnownKeys(tryAll(configs, (configName) => loadConfig(configName).config, telling), set);
  return planAsked(tryAll(configs, (configName) => askConfig(configName, set, known), telling), seeds, into);
}

/** Every key that one of these configs has, or the articles' classifiers, or a type of model that `set` names. */
export function listKnownKeys(configs: readonly AnyConfig[], set: readonly string[]): ReadonlySet<string> {
  const { keys } = experimentConfigs;
  const types = statementsOfType(set).map((setting) => statedType(parseOverride(setting, keys).value)).filter(isModelType);
  return new Set([...listKeys([experimentSchema.parse({}), ...configs]), ...types.flatMap((type) => [...keys.of(type).keys()])]);
}

const keyOf = (setting: string): string => setting.split('=', 1)[0]?.trim() ?? '';

/** Those that say the type of model, and with it what other keys there are. */
function statementsOfType(set: readonly string[]): string[] {
  return set.filter((setting) => keyOf(setting) === 'model.type');
}

/** Every run of some configs, which the folders are named by. @throws UserError as planRuns */
export function planAsked(asked: readonly AskedConfig[], seeds: readonly number[], into: string): PlannedRun[] {
  const runs = seeds.flatMap((seed, k) =>
    asked.filter(({ config }) => k === 0 || capabilitiesOf(config).dependsOnSeed).map((one) => planRun(one, seed, into)),
  );
  const byPath = new Map<string, PlannedRun>();
  for (const run of runs) {
    const other = byPath.get(run.folder.path);
    if (other !== undefined)
      throw new UsageError(
        `--configs: ${printable(other.configName)} and ${printable(run.configName)} would both train in ${displayPath(run.folder.path)}; `
          + `name one of them, or rename a file`,
      );
    byPath.set(run.folder.path, run);
  }
  return runs;
}

/** A config that every seed shares. */
export type AskedConfig = Pick<PlannedRun, 'name' | 'configName' | 'config' | 'set'>;

/** @param asked `key=value`; those that the config does not have and another of `known` does are left out */
export function askConfig(configName: string, asked: readonly string[], known: ReadonlySet<string>): AskedConfig {
  const set = keepApplicable(configName, asked, known);
  const { name, config } = loadConfig(configName, { set });
  return { configName, name, config, set };
}

function planRun({ configName, name, config: shared, set: sharedSet }: AskedConfig, seed: number, into: string): PlannedRun {
  const config = { ...shared, seed }, set = [...sharedSet, `seed=${seed}`];
  const folder = locateSeedFolder(into, name, seed);
  const stored = kindOf(folder.path) === 'folder' ? loadStoredRun(folder) : null;
  if (stored !== null) checkContinues(folder, stored.config, nameSource(config, stored), describeWaysOut(into));
  return { folder, name, configName, config, set, stored };
}

/** How to go on in spite of the runs that a folder holds already. */
export function describeWaysOut(into: string): string {
  return `keep the new runs in another folder with --into, or rename or remove ${displayPath(into)}`;
}

/** As the run is named that is there: a config asks for `imdb` where --data names a table. The reviews themselves are compared later. */
function nameSource(config: AnyConfig, { environment: { dataset } }: StoredRun): AnyConfig {
  return dataset.synthetic ? config : withSource(config, dataset);
}

/**
 * What is asked of all models and a model does not have, such as training.epochs of a baseline, does not concern it.
 * @param known the keys of all models
 */
function keepApplicable(configName: string, set: readonly string[], known: ReadonlySet<string>): readonly string[] {
  const own = listKeys([loadConfig(configName, { set: statementsOfType(set) }).config]);
  return set.filter((setting) => own.has(keyOf(setting)) || !known.has(keyOf(setting)));
}

function listKeys(configs: readonly AnyConfig[]): ReadonlySet<string> {
  return new Set(configs.flatMap((config) => flattenConfig(config).map(([key]) => key)));
}

/** Whether training again would give nothing new: it completed, or its loss was lost, which it would be again. */
export function isSettled({ stored, config }: PlannedRun): boolean {
  return stored !== null && (stored.summary?.status === 'diverged' || isFinished(stored, config));
}

/** `1,2,3` */
export function parseSeeds(text: string): number[] {
  const parts = text.split(',').map((part) => part.trim());
  const wrong = parts.find((part) => !/^\d{1,10}$/.test(part) || Number(part) > MAX_SEED);
  if (wrong !== undefined)
    throw new UsageError(`--seeds takes whole numbers from 0 to ${MAX_SEED}, for example --seeds 1,2,3; got "${printable(wrong)}"`);
  const seeds = parts.map(Number);
  const twice = seeds.find((seed, k) => seeds.indexOf(seed) !== k);
  if (twice !== undefined) throw new UsageError(`--seeds names ${twice} twice`);
  return seeds;
}
