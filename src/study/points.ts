import { basename, extname } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { UserError } from '../errors.ts';
import { loadConfig } from '../experiment-config.ts';
import { nameModel } from '../experiment-schema.ts';
import type { AnyConfig } from '../experiment-schema.ts';
import { locateSeedFolder } from '../experiment/folder.ts';
import { printable } from '../files/escape.ts';
import { askConfig, listKnownKeys } from './plan.ts';
import type { AskedConfig } from './plan.ts';
import { CONFIG_AXIS } from './definition.ts';
import type { SettingValue, StudyDefinition } from './definition.ts';
import { tryAll } from './problems.ts';
import type { PlacedProblem } from './problems.ts';
import type { StudyPoint, StudyRecord } from './record.ts';

/** A point of a study, and what is trained for it. */
export interface AskedPoint extends StudyPoint {
  readonly asked: AskedConfig;
  /** Where the study's file has each of its keys. */
  readonly places: readonly KeyPlace[];
}

/** The axis that a study's changes are. */
export const CHANGE_AXIS = 'change';
/** Its point without one. */
const NO_CHANGE = 'none';

interface Axis {
  readonly key: string;
  readonly values: readonly SettingValue[];
}

type Combination = ReadonlyMap<string, SettingValue>;

function listAxes({ grid, changes }: StudyDefinition): Axis[] {
  const named = Object.keys(changes);
  return [
    ...Object.entries(grid).map(([key, values]) => ({ key, values })),
    ...(named.length === 0 ? [] : [{ key: CHANGE_AXIS, values: [NO_CHANGE, ...named] }]),
  ];
}

/**
 * Every combination of a study's grid and changes, in order. A key that a model does not have is no part of its points, which are the
 * same for all its values then.
 * @param set `key=value`, which replaces keys in all of them
 * @throws UserError for configs and keys that are wrong, a line for each with its place in the study's file, and for two points that
 * train the same or would be kept in the same folder
 */
export function listPoints(definition: StudyDefinition, set: readonly string[]): AskedPoint[] {
  const axes = listAxes(definition);
  const isKept = (combination: Combination): boolean =>
    !definition.exclude.some((out) => Object.entries(out).every(([key, value]) => combination.get(key) === value));
  const combinations = axes.reduce<Combination[]>(
    (all, { key, values }) => all.flatMap((one) => values.map((value) => new Map(one).set(key, value))), [new Map<string, SettingValue>()],
  ).filter(isKept);
  refuseStrangeExclusions(definition, axes);
  const known = listKnownKeys(loadConfigs(definition, axes), [...combinations.flatMap((one) => listSettings(definition, one)), ...set]);
  const points = tryAll(combinations, (combination) => createPoint(definition, axes, combination, { set, known }), {
    nameOf: (combination) => [...combination.values()].map((value) => String(toScalar(value))).join(', '),
    placeOf: (combination, line) => placeProblem(definition, listPlaces(definition, combination), line),
  });
  const byName = new Map(points.map((point) => [locateSeedFolder('', point.name, 0).name, point]));
  refuseNamesakes(definition, points, byName);
  const distinct = [...byName.values()];
  refuseTwins(definition, distinct);
  const names = new Set(distinct.map(({ name }) => name));
  const isThere = (name: string | null): name is string => name !== null && names.has(name);
  return distinct.map((point) => ({ ...point, reference: isThere(point.reference) ? point.reference : null }));
}

function refuseStrangeExclusions({ exclude, place }: StudyDefinition, axes: readonly Axis[]): void {
  exclude.forEach((out, k) => {
    for (const [key, value] of Object.entries(out)) {
      const axis = axes.find((one) => one.key === key);
      if (axis?.values.includes(value) === true) continue;
      const wanted = axis === undefined ? `there are ${axes.map((one) => one.key).join(', ')}` : `it takes ${axis.values.join(', ')}`;
      throw new UserError(`${place(['exclude', String(k), key])}: exclude names ${printable(key)}: ${printable(String(value))}, `
        + `which the study does not have; ${wanted}`);
    }
  });
}

/** @throws UserError for each that is not there or wrong */
function loadConfigs(definition: StudyDefinition, axes: readonly Axis[]): AnyConfig[] {
  const named = axes.find(({ key }) => key === CONFIG_AXIS)?.values.map(String);
  const place = definition.place(named === undefined ? ['base'] : ['grid', CONFIG_AXIS]);
  return tryAll(named ?? [definition.base ?? ''], (name) => loadConfig(name).config, {
    nameOf: printable, placeOf: (_, line) => ({ place, text: line.replace(/^--config: /, '') }),
  });
}

interface Asking {
  readonly set: readonly string[];
  readonly known: ReadonlySet<string>;
}

function createPoint(
  definition: StudyDefinition, axes: readonly Axis[], combination: Combination, { set, known }: Asking,
): AskedPoint {
  const configName = String(combination.get(CONFIG_AXIS) ?? definition.base);
  const all = [...listSettings(definition, combination), ...set];
  const asked = askConfig(configName, all, known);
  const own = axes.filter(({ key }) => key === CONFIG_AXIS || key === CHANGE_AXIS || asked.set.some((one) => one.startsWith(`${key}=`)));
  const name = nameCombination(asked.name, own, combination), reference = nameReference(asked.name, own, combination);
  return {
    asked: { ...asked, name }, places: listPlaces(definition, combination), name, reference: reference === name ? null : reference,
    label: labelCombination(nameModel(asked.config), own, combination),
    values: Object.fromEntries(own.map(({ key }) => [key, toScalar(combination.get(key) ?? null)])),
  };
}

/** As `--set` takes them; what comes later wins. */
function listSettings({ set, changes }: StudyDefinition, combination: Combination): string[] {
  const grid = [...combination].filter(([key]) => key !== CONFIG_AXIS && key !== CHANGE_AXIS);
  const change = changes[String(combination.get(CHANGE_AXIS) ?? NO_CHANGE)] ?? {};
  return [...Object.entries(set), ...grid, ...Object.entries(change)].map(([key, value]) => `${key}=${JSON.stringify(value)}`);
}

/** The place of a key in a study's file. */
export type KeyPlace = readonly [key: string, path: readonly string[]];

function listPlaces({ set, changes, grid }: StudyDefinition, combination: Combination): KeyPlace[] {
  const change = String(combination.get(CHANGE_AXIS) ?? NO_CHANGE);
  return [
    ...Object.keys(changes[change] ?? {}).map((key): KeyPlace => [key, ['changes', change, key]]),
    ...Object.keys(grid).map((key): KeyPlace => [key, ['grid', key]]), ...Object.keys(set).map((key): KeyPlace => [key, ['set', key]]),
  ];
}

/** Where the study's file has what a message is about, by the key that it names first; the file alone for a line of a config. */
export function placeProblem({ place, path }: StudyDefinition, places: readonly KeyPlace[], line: string): PlacedProblem {
  const words = line.split(/[^\w.]+/).map((word) => word.replace(/\.$/, '')), indexOf = (key: string): number => words.indexOf(key);
  const [first] = places.filter(([key]) => indexOf(key) >= 0).sort(([a], [b]) => indexOf(a) - indexOf(b));
  const isOfConfig = /^[^ ]+\.ya?ml:\d+: /.test(line), isTyped = line.startsWith('--set ');
  if (first === undefined || isOfConfig) return { place: isTyped ? '' : path, text: line };
  return { place: place(first[1]), text: line.replace(/^(--set |[^ ]+\.ya?ml: )/, '') };
}

function toScalar(value: SettingValue): StudyPoint['values'][string] {
  return Array.isArray(value) ? value.join(', ') : value;
}

const lastOf = (key: string): string => key.slice(key.lastIndexOf('.') + 1);
const stemOf = (config: SettingValue): string => basename(String(config), extname(String(config)));

/** `gru-maxLength100-clipped`, the start of its runs' folders. */
function nameCombination(config: string, axes: readonly Axis[], combination: Combination): string {
  const parts = axes.filter(({ key }) => key !== CONFIG_AXIS).flatMap(({ key }) => {
    const value = combination.get(key) ?? null;
    if (key === CHANGE_AXIS) return value === NO_CHANGE ? [] : [String(value)];
    return [`${lastOf(key)}${String(toScalar(value))}`];
  });
  return [config, ...parts].map((part) => part.replaceAll(/[^\p{L}\p{N}_.]+/gu, '-').replaceAll(/^[.-]+|[.-]+$/g, '')).join('-');
}

/** A change is compared with none; without changes, each value of the first axis with the first, all else equal. */
function nameReference(config: string, axes: readonly Axis[], combination: Combination): string {
  const axis = axes.find(({ key }) => key === CHANGE_AXIS) ?? axes[0];
  if (axis === undefined) return config;
  const other = new Map(combination).set(axis.key, axis.values[0] ?? null);
  return nameCombination(axis.key === CONFIG_AXIS ? stemOf(axis.values[0] ?? '') : config, axes, other);
}

function labelCombination(model: string, axes: readonly Axis[], combination: Combination): string {
  const parts = axes.filter(({ key }) => key !== CONFIG_AXIS).flatMap(({ key }) => {
    const value = combination.get(key) ?? null;
    if (key === CHANGE_AXIS) return value === NO_CHANGE ? [] : [String(value)];
    return [`${lastOf(key)} ${String(toScalar(value) ?? 'none')}`];
  });
  return [model, ...parts].join(', ');
}

/** A point that is there for two values of a key that its model does not have is one and the same. */
function refuseNamesakes({ path }: StudyDefinition, points: readonly AskedPoint[], byName: ReadonlyMap<string, AskedPoint>): void {
  for (const point of points) {
    const folder = locateSeedFolder('', point.name, 0).name, other = byName.get(folder);
    if (other === undefined || isDeepStrictEqual(other.asked.config, point.asked.config)) continue;
    throw new UserError(`${path}: ${printable(point.label)} and ${printable(other.label)} would both be kept in folders called `
      + `${folder.replace(/-seed0$/, '')}; rename a change or a config`);
  }
}

function refuseTwins({ path }: StudyDefinition, points: readonly AskedPoint[]): void {
  const seen = new Map<string, AskedPoint>();
  for (const point of points) {
    const key = JSON.stringify(point.asked.config), twin = seen.get(key);
    if (twin !== undefined)
      throw new UserError(`${path}: ${twin.label} and ${point.label} are the same config; omit one of the two`);
    seen.set(key, point);
  }
}

export function recordStudy(
  definition: StudyDefinition, points: readonly AskedPoint[], seeds: readonly number[], command: string,
): StudyRecord {
  return {
    format: 1, name: definition.name, question: definition.question, measures: definition.measures, command, seeds: [...seeds],
    axes: listAxes(definition).map(({ key, values }) => ({ key, values: values.map(toScalar) })),
    points: points.map(({ asked: _, places: __, ...point }) => point),
  };
}
