import type { z } from 'zod';
import { distance } from 'fastest-levenshtein';

import { printable } from '../files/escape.ts';
import { childrenOf, collectKeys, describeAllowed, mergeSchemas, toKeySchema } from './key-schema.ts';
import type { KeySchema } from './key-schema.ts';
import type { KeyPath } from './layer.ts';

/** What kinds of config one command reads: a schema for each type of model, which its `model.type` names. */
export interface SchemaSet<Type extends string, Config> {
  /** What such a file is, for editors. */
  readonly title: string;
  readonly schemas: Readonly<Record<Type, z.ZodType<Config>>>;
  /** Of a config that names no type. */
  readonly defaultType: NoInfer<Type>;
  /** The sections whose keys depend on the type. */
  readonly typedSections: readonly string[];
}

/** The keys that a set of schemas knows, and what there is to say about others. */
export interface KnownKeys<Type extends string> {
  /** Every key by its dotted path, sections (`model`) included: of all types. */
  readonly all: ReadonlyMap<string, KeySchema>;
  /** Those that a config of one type may hold. */
  of(type: Type): ReadonlyMap<string, KeySchema>;
  schemaOf(type: Type): KeySchema;
  /** What a known key accepts, for example `an integer from 1 to 32`. */
  describeRequirement(path: KeyPath, type: Type): string | undefined;
  /** Which types of model take a choice that this one's key does not. */
  findTypesOf(path: KeyPath, choice: unknown): readonly Type[];
  /**
   * What is wrong with a key that does not exist, and which one is probably meant.
   * @param type of the model whose keys it should be among; null where that is not known yet
   */
  describeUnknown(path: KeyPath, type: Type | null): string;
}

export function createKnownKeys<Type extends string>({ schemas }: Pick<SchemaSet<Type, unknown>, 'schemas'>): KnownKeys<Type> {
  const types = Object.keys(schemas) as Type[];
  const rootOf = Object.fromEntries(types.map((type) => [type, toKeySchema(schemas[type])])) as Record<Type, KeySchema>;
  const root = types.map((type) => rootOf[type]).reduce(mergeSchemas);
  const all = new Map(collectKeys(root));
  const of = (type: Type): ReadonlyMap<string, KeySchema> => new Map(collectKeys(rootOf[type]));
  return {
    all, of,
    schemaOf: (type) => rootOf[type],
    describeRequirement: (path, type) => {
      const key = path.join('.'), own = of(type).get(key);
      const isOwn = own !== undefined && own.enum?.length !== 1; // of `model.type` each type has its own name alone
      const schema = (isOwn ? own : all.get(key)) ?? all.get(path.slice(0, -1).join('.'))?.items;
      return schema === undefined ? undefined : describeAllowed(schema);
    },
    findTypesOf: (path, choice) => types.filter((type) => of(type).get(path.join('.'))?.enum?.includes(choice) === true),
    describeUnknown: (path, type) => {
      const last = path.at(-1) ?? '';
      if (last.includes('.') && all.has(last)) {
        return `${renderPath(path)} cannot be written with a dot; write ${lastPart(last)} under ${parentOf(last)}:`;
      }
      const owners = types.filter((other) => of(other).has(path.join('.')));
      if (type !== null && owners.length > 0) {
        const listed = new Intl.ListFormat('en-GB').format(owners);
        return `${renderPath(path)} is a key of model.type ${listed}, and this model's type is ${type}; remove it`;
      }
      const known = type === null ? all : of(type);
      const nearest = nearestKey(path, known);
      return `${renderPath(path)} is not a known key; `
        + (nearest === undefined ? listSection(path, known, root) : `did you mean ${nearest}?`);
    },
  };
}

/** The JSON schema of a config file, for editors: the sections that depend on the type of model are any of theirs. */
export function renderJsonSchema<Type extends string>({ title, defaultType, typedSections, schemas }: SchemaSet<Type, unknown>): string {
  const all = Object.values<z.ZodType>(schemas).map(toKeySchema);
  const anyOf = (section: string): KeySchema => {
    const distinct = new Map(all.map(({ properties }) => [JSON.stringify(properties?.[section]), properties?.[section] ?? {}]));
    return { anyOf: [...distinct.values()] };
  };
  const { properties, ...rest } = toKeySchema(schemas[defaultType]);
  const sections = Object.fromEntries(typedSections.map((section) => [section, anyOf(section)]));
  return `${JSON.stringify({ ...rest, title, properties: { ...properties, ...sections } }, null, 2)}\n`;
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

function listSection(path: KeyPath, known: ReadonlyMap<string, KeySchema>, root: KeySchema): string {
  const section = path.slice(0, -1).join('.');
  const schema = known.get(section);
  const keys = childrenOf(schema?.properties === undefined ? root : schema).map(([key]) => key).join(', ');
  return schema?.properties === undefined ? `the known keys are ${keys}` : `${section} has ${keys}`;
}
