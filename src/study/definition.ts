import { basename, extname, join } from 'node:path';
import { z } from 'zod';
import { findConfig, readConfigFile } from '../config/config-file.ts';
import type { ConfigFile } from '../config/config-file.ts';
import { UserError } from '../errors.ts';
import { defaultConfigFolder } from '../experiment-config.ts';
import { printable } from '../files/escape.ts';
import { displayPath } from '../files/paths.ts';
import { studyMeasures } from './record.ts';
import { dimensionInWords, dimensionSchema } from './search-space.ts';

const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()]);
const value = z.union([scalar, z.array(scalar)]);
const settings = z.record(z.string(), value);

/** What a setting is given in a study's file. */
export type SettingValue = z.infer<typeof value>;

const budget = z.strictObject({ minEpochs: z.int().min(1), maxEpochs: z.int().min(1), factor: z.int().min(2).default(3) })
  .refine((own) => own.factor * own.minEpochs <= own.maxEpochs, { message: 'maxEpochs is less than factor times minEpochs' });

const searchSchema = z.strictObject({
  trials: z.int().min(2).max(10_000).describe('How many combinations are drawn.'),
  budget: budget.optional()
    .describe('Epochs at first and at most; one trial in `factor` goes on to `factor` times as many. Without it each is trained in full.'),
  space: z.record(z.string(), dimensionSchema).refine((space) => Object.keys(space).length > 0, { message: 'space names no key' })
    .describe('Keys, each with a range or a list to draw from.'),
  seed: z.int().min(0).max(0xffffffff).default(1).describe('Of what is drawn, and of every training.'),
});

/** A study file as it is written; what does not go together in it is checked besides. */
export const definitionSchema = z.strictObject({
  question: z.string().trim().min(1).describe('What the study answers, in a sentence.'),
  measures: z.array(z.enum(studyMeasures)).min(1).default(['accuracy'])
    .describe('What is compared and drawn: accuracy, time of an epoch, peak memory.'),
  base: z.string().trim().min(1).optional().describe('The config that every run starts from; not where `grid.config` names some.'),
  set: settings.default({}).describe('Keys that replace those of the config in every run.'),
  grid: z.record(z.string(), z.array(value).min(1)).default({})
    .describe('Keys and the values that each takes, every combination a run; `config` takes configs. The first value of the first key is '
      + 'what its others are compared with.'),
  changes: z.record(z.string().trim().min(1), settings).default({})
    .describe('Named changes, each of which is made alone and compared with none.'),
  exclude: z.array(z.record(z.string(), value)).default([])
    .describe('Combinations to leave out, by some of their keys: `{config: gru.yaml, change: forget bias}`.'),
  seeds: z.array(z.int().min(0).max(0xffffffff)).min(1).default([1, 2, 3]).describe('Seeds of each run.'),
  search: searchSchema.optional()
    .describe('In place of a grid, changes and seeds: trials drawn at random, the better ones trained longer.'),
});

/** A study as its file describes it. */
export interface StudyDefinition extends Readonly<z.infer<typeof definitionSchema>> {
  /** The file's name without its ending. */
  readonly name: string;
  readonly path: string;
  /** Where a key of the file stands: `configs/studies/length.yaml:7`. */
  readonly place: (path: readonly string[]) => string;
}

/** A study that is a search. */
export interface SearchDefinition extends StudyDefinition {
  readonly base: string;
  readonly search: NonNullable<StudyDefinition['search']>;
}

export function isSearch(definition: StudyDefinition): definition is SearchDefinition {
  return definition.search !== undefined && definition.base !== undefined;
}

/** In a grid: the configs. */
export const CONFIG_AXIS = 'config';

/** @throws UserError with a line for each mistake, which names the file and the line */
export function readStudyDefinition(nameOrPath: string): StudyDefinition {
  const path = findConfig(nameOrPath, join(defaultConfigFolder, 'studies'));
  const file = readConfigFile(path);
  const place = (key: readonly string[]): string => file.place(key).text;
  if (file.base !== undefined) throw new UserError(`${place(['extends'])}: a study does not extend another; name a config as its base`);
  const { data, error } = definitionSchema.safeParse(file.value);
  if (error !== undefined) throw new UserError(error.issues.flatMap((issue) => describeIssue(issue, place)).join('\n'));
  if (data.search === undefined) checkWhole(data, file);
  else checkSearch(data, file);
  return { ...data, name: basename(path, extname(path)), path: displayPath(path), place };
}

function describeKnown(path: readonly string[]): string {
  if (path.length === 0) return `a study has ${Object.keys(definitionSchema.shape).join(', ')}`;
  return `${path.join('.')} has ${Object.keys(path.length === 1 ? searchSchema.shape : budget.shape).join(', ')}`;
}

function describeIssue(issue: z.core.$ZodIssue, place: StudyDefinition['place']): string[] {
  const path = issue.path.map(String);
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => `${place([...path, key])}: unknown key "${printable(key)}"; ${describeKnown(path)}`);
  const key = path.join('.');
  if (path[0] === 'search') return [`${place(path)}: ${printable(key)} ${describeSearchIssue(path.slice(1), issue)}`];
  if (issue.code === 'invalid_type' && issue.input === undefined && path.length === 1) return [`${place(path)}: ${key} is missing`];
  const wanted: Readonly<Record<string, string>> = {
    grid: 'a list of values for each key', changes: 'names, each with keys and their values', set: 'keys and their values',
    exclude: 'a list of keys of the grid, or change, with a value each',
    seeds: 'a list of whole numbers, for example [1, 2, 3]', question: 'a sentence',
    measures: `a list of ${studyMeasures.join(', ')}`, base: 'the name of a config, for example gru.yaml',
  };
  return [`${place(path)}: ${printable(key)} must be ${wanted[path[0] ?? ''] ?? issue.message}`];
}

/** In a search: `must be a whole number of 2 or more`. */
function describeSearchIssue([key = '', part]: readonly string[], { code, message }: z.core.$ZodIssue): string {
  const wanted: Readonly<Record<string, string>> = {
    '': 'trials and a space, for example {trials: 27, space: {training.learningRate: {min: 1e-4, max: 1e-2, scale: log}}}',
    trials: 'a whole number from 2 to 10000', seed: 'a whole number, for example 1',
    budget: 'whole numbers, the factor 2 or more, for example {minEpochs: 1, maxEpochs: 9, factor: 3}',
    space: part === undefined ? 'keys, each with a range or a list' : dimensionInWords,
  };
  return code === 'custom' && key === 'budget' ? `is wrong: ${message}` : `must be ${wanted[key] ?? message}`;
}

/** A search draws what it tries, so there is nothing to list. */
function checkSearch({ base }: z.infer<typeof definitionSchema>, { value: given, place, path }: ConfigFile): void {
  const strange = (['grid', 'changes', 'exclude', 'seeds', 'measures'] as const).find((key) => given[key] !== undefined);
  if (strange !== undefined)
    throw new UserError(`${place([strange]).text}: a search has no ${strange}; ${strange === 'seeds' ? 'write search.seed' : 'omit it'}`);
  if (base === undefined) throw new UserError(`${displayPath(path)}: names no config; write base: gru.yaml`);
}

function checkWhole({ base, grid, changes, seeds, set }: z.infer<typeof definitionSchema>, file: ConfigFile): void {
  const place = (key: readonly string[]): string => file.place(key).text;
  const configs = grid[CONFIG_AXIS];
  if ((base === undefined) === (configs === undefined)) {
    throw new UserError(base === undefined
      ? `${displayPath(file.path)}: names no config; write base: gru.yaml, or configs under grid.config`
      : `${place(['base'])}: base and grid.config both name configs; keep one of them`);
  }
  const strange = configs?.find((name) => typeof name !== 'string');
  if (strange !== undefined) throw new UserError(`${place(['grid', CONFIG_AXIS])}: grid.config must be a list of configs`);
  if (Object.keys(grid).length === 0 && Object.keys(changes).length === 0 && seeds.length < 2)
    throw new UserError(`${displayPath(file.path)}: has nothing to compare; write a grid, changes or several seeds`);
  const twice = seeds.find((seed, k) => seeds.indexOf(seed) !== k);
  if (twice !== undefined) throw new UserError(`${place(['seeds'])}: seeds names ${twice} twice`);
  for (const [key, where] of [...Object.keys(set).map((key) => [key, ['set', key]] as const),
    ...Object.entries(changes).flatMap(([name, keys]) => Object.keys(keys).map((key) => [key, ['changes', name, key]] as const)),
    ...Object.keys(grid).map((key) => [key, ['grid', key]] as const)])
    if (key === 'seed') throw new UserError(`${place(where)}: seeds says which seeds there are; omit seed here`);
}
