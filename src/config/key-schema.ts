import { z } from 'zod';

import type { KeyPath } from './layer.ts';

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

/** What a config file of one schema may hold. Every key is optional: defaults fill the rest. */
export function toKeySchema(schema: z.ZodType): KeySchema {
  const converted = z.toJSONSchema(schema, {
    io: 'input',
    target: 'draft-7',
    override: ({ jsonSchema }) => { dropNoise(jsonSchema); },
  }) as KeySchema;
  return { ...converted, properties: { extends: extendsKey, ...converted.properties } };
}

/** What either of two schemas allows. */
export function mergeSchemas(a: KeySchema, b: KeySchema): KeySchema {
  const values = a.enum === undefined ? {} : { enum: [...new Set([...a.enum, ...(b.enum ?? [])])] };
  if (a.properties === undefined) return { ...a, ...values };
  const properties = { ...a.properties };
  for (const [key, child] of childrenOf(b)) properties[key] = properties[key] === undefined ? child : mergeSchemas(properties[key], child);
  return { ...a, properties };
}

/** The keys of a section, in order. */
export function childrenOf(schema: KeySchema | undefined): [string, KeySchema][] {
  return Object.entries(schema?.properties ?? {});
}

/** Every key below a section by its dotted path, sections included. */
export function collectKeys(schema: KeySchema, parent: KeyPath = []): [string, KeySchema][] {
  return childrenOf(schema).flatMap(([key, child]) => {
    const path = [...parent, key];
    return [[path.join('.'), child] as [string, KeySchema], ...collectKeys(child, path)];
  });
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
