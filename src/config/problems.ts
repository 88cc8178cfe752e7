import type { z } from 'zod';

import { describeRequirement, describeUnknownKey, renderPath } from './known-keys.ts';
import type { ConfigLayer } from './layer.ts';
import { experimentSchemas } from '../experiment-schema.ts';
import type { ModelType } from '../experiment-schema.ts';
import { describeValue } from './quote.ts';

interface Problem {
  readonly line: number;
  readonly text: string;
}

function valueAt(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((node, key) => (node as Record<string, unknown> | undefined)?.[key], value);
}

function describeIssue(issue: z.core.$ZodIssue, path: readonly string[], layer: ConfigLayer): string {
  const requirement = issue.code === 'custom' ? undefined : describeRequirement(path);
  if (requirement === undefined) return `${renderPath(path)}: ${issue.message}`;
  return `${renderPath(path)} must be ${requirement}, got ${describeValue(valueAt(layer.value, path))}`;
}

function toProblems(issue: z.core.$ZodIssue, layer: ConfigLayer, type: ModelType): Problem[] {
  const path = issue.path.map(String);
  const at = (where: readonly string[], text: string): Problem => {
    const place = layer.place(where);
    return { line: place.line, text: `${place.text}: ${text}` };
  };
  if (issue.code !== 'unrecognized_keys') return [at(path, describeIssue(issue, path, layer))];
  return issue.keys.map((key) => at([...path, key], describeUnknownKey([...path, key], type)));
}

/** Everything the schema of a type of model finds wrong in a layer, a line each, in the order of its lines. */
export function findProblems(layer: ConfigLayer, type: ModelType): string[] {
  const { error } = experimentSchemas[type].safeParse(layer.value);
  const problems = (error?.issues ?? []).flatMap((issue) => toProblems(issue, layer, type));
  return problems.sort((a, b) => a.line - b.line).map(({ text }) => text);
}
