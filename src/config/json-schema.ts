import { z } from 'zod';

import { defaultModelType, experimentSchemas, modelTypes, typedSections } from '../experiment-schema.ts';
import type { ModelType } from '../experiment-schema.ts';

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
