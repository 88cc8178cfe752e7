/** The JSON schema of a study's file, for editors: its own keys, and those of configs wherever a study sets them. */
import { z } from 'zod';

import type { KeySchema } from '../src/config/key-schema.ts';
import { experimentConfigs } from '../src/experiment-config.ts';
import { modelTypes } from '../src/experiment-schema.ts';
import { CONFIG_AXIS, definitionSchema } from '../src/study/definition.ts';
import { CHANGE_AXIS } from '../src/study/points.ts';
import { dimensionSchema } from '../src/study/search-space.ts';

/** What draft 7 has besides what the keys of configs make use of. */
interface StudySchema extends Omit<KeySchema, 'properties' | 'additionalProperties' | 'items' | 'anyOf'> {
  readonly $ref?: string;
  readonly definitions?: Readonly<Record<string, StudySchema | KeySchema>>;
  readonly properties?: Readonly<Record<string, StudySchema>>;
  readonly additionalProperties?: boolean | StudySchema | undefined;
  readonly items?: StudySchema | undefined;
  readonly minItems?: number;
  readonly anyOf?: readonly (StudySchema | KeySchema)[];
}

/** Keys that hold a value, each with what any type of model takes for it. */
function listKeys(): [key: string, schema: KeySchema][] {
  const isValue = (key: string, { properties }: KeySchema): boolean => properties === undefined && key !== 'extends' && key !== 'seed';
  const values = [...experimentConfigs.keys.all].filter(([key, schema]) => isValue(key, schema));
  return values.map(([key]) => {
    const owned = modelTypes.flatMap((type) => experimentConfigs.keys.of(type).get(key) ?? []);
    const [first, ...others] = new Map(owned.map((schema) => [JSON.stringify(schema), schema])).values();
    return [key, first === undefined || others.length > 0 ? { anyOf: [...first === undefined ? [] : [first], ...others] } : first];
  });
}

function convert(schema: z.ZodType): StudySchema {
  return z.toJSONSchema(schema, { io: 'input', target: 'draft-7' }) as StudySchema;
}

/** As configs/studies/study.schema.json holds it. */
export function renderStudySchema(): string {
  const keys = listKeys(), text: StudySchema = { type: 'string' };
  const withKeys = (toValue: (key: StudySchema) => StudySchema, others: StudySchema['properties'] = {}): StudySchema => ({
    type: 'object', additionalProperties: false,
    properties: { ...others, ...Object.fromEntries(keys.map(([key]) => [key, toValue({ $ref: `#/definitions/${key}` })])) },
  });
  const list = (items: StudySchema): StudySchema => ({ type: 'array', minItems: 1, items });
  const settings = withKeys((key) => key), { $schema: _, ...dimension } = convert(dimensionSchema) as StudySchema & { $schema?: string };
  const own = convert(definitionSchema), search = own.properties?.['search'] ?? {};
  const described = (key: string, schema: StudySchema): StudySchema =>
    ({ description: own.properties?.[key]?.description ?? '', ...schema });
  return `${JSON.stringify({
    ...own, title: 'A study of gatelab',
    properties: {
      ...own.properties,
      set: described('set', settings),
      grid: described('grid', withKeys(list, { [CONFIG_AXIS]: list(text) })),
      changes: described('changes', { type: 'object', additionalProperties: settings }),
      exclude: described('exclude', { type: 'array', items: withKeys((key) => key, { [CONFIG_AXIS]: text, [CHANGE_AXIS]: text }) }),
      search: {
        ...search,
        properties: {
          ...search.properties,
          space: { ...withKeys(() => ({ $ref: '#/definitions/dimension' })), description: search.properties?.['space']?.description ?? '' },
        },
      },
    },
    definitions: { dimension, ...Object.fromEntries(keys) },
  }, null, 2)}\n`;
}
