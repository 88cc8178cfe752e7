import { z } from 'zod';
import { distance } from 'fastest-levenshtein';

import { defaultModelType, experimentSchemas, modelTypes, typedSections } from '../experiment-schema.ts';
import type { ModelType } from '../experiment-schema.ts';
import { printable } from '../files/escape.ts';

/** The part of JSON schema (draft 7) that the config's keys make use of. */
export interface KeySchema {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly maximum?: number;
  readonly exclusiveMaximum?: number;
  readonly anyOf?: readonly KeySchema[];
  readonly items?: KeySchema;
  readonly properties?: Readonly<Record<string, KeySchema>>;
  readonly additionalProperties?: boolean;
}

const extendsKey: KeySchema = {
  type: 'string',
  description: 'A config this one starts from, relative to this file; the keys written here replace its keys.',
};

type Converted = z.core.JSONSchema.BaseSchema;

/** zod states a safe integer's limits and a section's empty default, which say nothing to a reader. */
function dropNoise(schema: Converted): void {
  if (schema.maximum === Number.MAX_SAFE_INTEGER) delete schema.maximum;
  if (schema.minimum === Number.MIN_SAFE_INTEGER) delete schema.minimum;
  if (schema.type === 'object') delete schema.default;
}

/** What a config file with one type of model may hold. Every key is optional: defaults fill the rest. */
export function createTypeJsonSchema(type: ModelType): KeySchema {
  const converted = z.toJSONSchema(experimentSchemas[type], {
    io: 'input',
    target: 'draft-7',
    override: ({ jsonSchema }) => { dropNoise(jsonSchema); },
  }) as KeySchema;
  return { ...converted, properties: { extends: extendsKey, ...converted.properties } };
}

/** What a config file may hold, for editors: the sections that depend on the type of model are any of theirs. */
function createConfigJsonSchema(): KeySchema {
  const schemas = modelTypes.map(createTypeJsonSchema);
  const anyOf = (section: string): KeySchema => {
    const distinct = new Map(schemas.map(({ properties }) => [JSON.stringify(properties?.[section]), properties?.[section] ?? {}]));
    return { anyOf: [...distinct.values()] };
  };
  const { properties, ...rest } = createTypeJsonSchema(defaultModelType);
  return { ...rest, properties: { ...properties, ...Object.fromEntries(typedSections.map((section) => [section, anyOf(section)])) } };
}

/** The text of configs/experiment.schema.json. */
export function renderConfigJsonSchema(): string {
  const { properties, ...rest } = createConfigJsonSchema();
  const schema = { ...rest, title: 'A gatelab experiment', properties };
  return `${JSON.stringify(schema, null, 2)}\n`;
}

export type KeyPath = readonly string[];

const rootOf = Object.fromEntries(modelTypes.map((type) => [type, createTypeJsonSchema(type)])) as Record<ModelType, KeySchema>;

/** What either of two schemas allows. */
function mergeSchemas(a: KeySchema, b: KeySchema): KeySchema {
  const values = a.enum === undefined ? {} : { enum: [...new Set([...a.enum, ...(b.enum ?? [])])] };
  if (a.properties === undefined) return { ...a, ...values };
  const properties = { ...a.properties };
  for (const [key, child] of childrenOf(b)) properties[key] = properties[key] === undefined ? child : mergeSchemas(properties[key], child);
  return { ...a, properties };
}

const root = modelTypes.map((type) => rootOf[type]).reduce(mergeSchemas);

function childrenOf(schema: KeySchema | undefined): [string, KeySchema][] {
  return Object.entries(schema?.properties ?? {});
}

function collectKeys(schema: KeySchema, parent: KeyPath): [string, KeySchema][] {
  return childrenOf(schema).flatMap(([key, child]) => {
    const path = [...parent, key];
    return [[path.join('.'), child] as [string, KeySchema], ...collectKeys(child, path)];
  });
}

/** Every key by its dotted path, sections (`model`) included: of all types of model. */
export const knownKeys: ReadonlyMap<string, KeySchema> = new Map(collectKeys(root, []));

/** Those that a config with one type of model may hold. */
export function keysOf(type: ModelType): ReadonlyMap<string, KeySchema> {
  return new Map(collectKeys(rootOf[type], []));
}

export function renderPath(path: KeyPath): string {
  return printable(path.join('.'));
}

const lastPart = (path: string): string => path.slice(path.lastIndexOf('.') + 1);
const parentOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf('.')));
/** `hidden_size`, `hidden-size` and `HiddenSize` are all one slip away from `hiddenSize`. */
const simplified = (key: string): string => key.slice(0, 64).toLowerCase().replace(/[_-]/g, '');

function slips(wanted: string, known: string): number {
  const [a, b] = [simplified(wanted), simplified(known)];
  return a.length >= 4 && b.startsWith(a) ? 1 : distance(a, b);
}

/** The known key a mistyped one most likely stands for: near in spelling, its own section first. */
function nearestKey(path: KeyPath, known: ReadonlyMap<string, KeySchema>): string | undefined {
  const wanted = path.at(-1) ?? '';
  const section = path.slice(0, -1).join('.');
  const ranked = [...known.keys()]
    .map((key) => ({ key, far: slips(wanted, lastPart(key)), elsewhere: parentOf(key) === section ? 0 : 1 }))
    .sort((a, b) => a.far - b.far || a.elsewhere - b.elsewhere);
  const best = ranked[0];
  const letters = simplified(wanted).length;
  const tolerated = letters < 5 ? 1 : Math.max(2, Math.floor(letters / 3)); // two: letters that changed places
  return best !== undefined && best.far <= tolerated ? best.key : undefined;
}

function listSection(path: KeyPath, known: ReadonlyMap<string, KeySchema>): string {
  const section = path.slice(0, -1).join('.');
  const schema = known.get(section);
  const keys = childrenOf(schema?.properties === undefined ? root : schema).map(([key]) => key).join(', ');
  return schema?.properties === undefined ? `the known keys are ${keys}` : `${section} has ${keys}`;
}

/**
 * What is wrong with a key that does not exist, and which one is probably meant.
 * @param type of the model whose keys it should be among; null where that is not known yet
 */
export function describeUnknownKey(path: KeyPath, type: ModelType | null): string {
  const last = path.at(-1) ?? '';
  if (last.includes('.') && knownKeys.has(last)) {
    return `${renderPath(path)} cannot be written with a dot; write ${lastPart(last)} under ${parentOf(last)}:`;
  }
  const owners = modelTypes.filter((other) => keysOf(other).has(path.join('.')));
  if (type !== null && owners.length > 0) {
    return `${renderPath(path)} is a key of model.type ${owners.join(' and ')}, and this model's type is ${type}; take it out`;
  }
  const known = type === null ? knownKeys : keysOf(type);
  const nearest = nearestKey(path, known);
  const help = nearest === undefined ? listSection(path, known) : `did you mean ${nearest}?`;
  return `${renderPath(path)} is not a known key; ${help}`;
}

function describeRange({ minimum, exclusiveMinimum, maximum, exclusiveMaximum }: KeySchema): string {
  if (minimum !== undefined && maximum !== undefined) return ` from ${minimum} to ${maximum}`;
  const low = minimum !== undefined ? [`of at least ${minimum}`] : exclusiveMinimum !== undefined ? [`above ${exclusiveMinimum}`] : [];
  const high = maximum !== undefined ? [`at most ${maximum}`] : exclusiveMaximum !== undefined ? [`below ${exclusiveMaximum}`] : [];
  return [...low, ...high].map((bound, i) => (i === 0 ? ` ${bound}` : ` and ${bound}`)).join('');
}

/** For example `an integer from 1 to 32`. */
export function describeAllowed(schema: KeySchema): string {
  if (schema.anyOf !== undefined) return schema.anyOf.map(describeAllowed).join(' or ');
  if (schema.enum !== undefined) return `one of ${schema.enum.join(', ')}`;
  if (schema.type === 'array') return `a list of at least one value, each ${describeAllowed(schema.items ?? {})}`;
  if (schema.type === 'boolean') return 'true or false';
  if (schema.type === 'object') return 'a mapping of keys';
  if (schema.type === 'string') return 'text';
  if (schema.type === 'null') return 'null';
  return `${schema.type === 'integer' ? 'an integer' : 'a number'}${describeRange(schema)}`;
}

/** What a known key accepts, for example `an integer from 1 to 32`. */
export function describeRequirement(path: KeyPath): string | undefined {
  const schema = knownKeys.get(path.join('.')) ?? knownKeys.get(path.slice(0, -1).join('.'))?.items;
  return schema === undefined ? undefined : describeAllowed(schema);
}
