import { describeAllowed } from '../src/config/key-schema.ts';
import type { KeySchema } from '../src/config/key-schema.ts';
import { renderMarkdownRows } from '../src/files/escape.ts';
import { experimentConfigs } from '../src/experiment-config.ts';
import { modelTypes, typedSections } from '../src/experiment-schema.ts';
import type { ModelType } from '../src/experiment-schema.ts';

const opening = `# Config keys

*Written from the schema by \`npm run schema\`; do not edit it by hand.*

A config is a YAML file. Every key is optional, and a key that is not listed here is an error. \`--set SECTION.KEY=VALUE\` replaces
one key for one run, for example \`--set training.epochs=2\`. \`configs/\` holds the configs that come with the project; they extend
\`base.yaml\`, which writes the most important defaults out. The experiment folder of a run keeps every key with its value.

Editors that read JSON schemas complete and check these keys with the first line of each config:

    # yaml-language-server: $schema=./experiment.schema.json
`;

/** The text of docs/config.md: every key with its default, what it accepts and what it means. */
export function renderConfigPage(): string {
  const schemas = modelTypes.map((type) => ({ type, properties: experimentConfigs.keys.schemaOf(type).properties ?? {} }));
  const shared = Object.entries(schemas[0]?.properties ?? {}).filter(([name]) => !typedSections.some((typed) => typed === name));
  const keys = shared.filter(([, schema]) => schema.properties === undefined);
  const sections = shared.filter(([, schema]) => schema.properties !== undefined);
  return [
    opening,
    `## At the top\n\n${renderTable(keys)}`,
    ...sections.map(([name, schema]) => renderSection(`\`${name}\``, schema)),
    ...typedSections.flatMap((name) => {
      const ofTypes = schemas.map(({ type, properties }) => ({ type, schema: properties[name] ?? {} }));
      return groupByText(ofTypes).map(({ types, schema }) =>
        renderSection(`\`${name}\` where \`model.type\` is ${types.join(' or ')}`, schema),
      );
    }),
  ].join('\n');
}

/** Types of model whose section is the same share one table. */
function groupByText(
  ofTypes: readonly { readonly type: ModelType; readonly schema: KeySchema }[],
): { types: string[]; schema: KeySchema }[] {
  const groups = new Map<string, { types: string[]; schema: KeySchema }>();
  for (const { type, schema } of ofTypes) {
    const text = JSON.stringify(schema);
    groups.set(text, { types: [...(groups.get(text)?.types ?? []), `\`${type}\``], schema });
  }
  return [...groups.values()];
}

function renderSection(title: string, { description = '', properties = {} }: KeySchema): string {
  return `## ${title}\n\n${description}\n\n${renderTable(Object.entries(properties))}`;
}

function renderTable(keys: readonly (readonly [string, KeySchema])[]): string {
  const rows = keys.map(([key, schema]) => [
    `\`${key}\``, renderDefault(schema), describeAllowed(schema).replaceAll('|', '\\|'), (schema.description ?? '').replaceAll('|', '\\|'),
  ]);
  return `${renderMarkdownRows(['key', 'default', 'accepts', 'meaning'], rows)}\n`;
}

function renderDefault({ default: value }: KeySchema): string {
  if (value === undefined) return '';
  return `\`${Array.isArray(value) ? `[${value.join(', ')}]` : typeof value === 'string' ? value : JSON.stringify(value)}\``;
}
