import { z } from 'zod';

import { experimentSchema } from './schema.ts';

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

/** What a config file may hold, for editors and for error messages. Every key is optional: defaults fill the rest. */
export function createConfigJsonSchema(): KeySchema {
  const converted = z.toJSONSchema(experimentSchema, {
    io: 'input',
    target: 'draft-7',
    override: ({ jsonSchema }) => { dropNoise(jsonSchema); },
  }) as KeySchema;
  return { ...converted, properties: { extends: extendsKey, ...converted.properties } };
}

/** The text of configs/experiment.schema.json. */
export function renderConfigJsonSchema(): string {
  const { properties, ...rest } = createConfigJsonSchema();
  const schema = { ...rest, title: 'A gatelab experiment', properties };
  return `${JSON.stringify(schema, null, 2)}\n`;
}
