import { extname } from 'node:path';

import type { commands, CommandName } from '../command-line/commands.js';
import type { Option } from '../command-line/declaration.js';
import { printable } from '../files/escape.ts';
import { UsageError } from '../errors.ts';

type CamelCase<Name extends string> = Name extends `${infer First}-${infer Rest}` ? `${First}${Capitalize<CamelCase<Rest>>}` : Name;

type ValueOf<O> =
  O extends { readonly type: 'flag' } ? boolean
  : O extends { readonly type: 'count' } ? number
  : O extends { readonly choices: readonly (infer Choice)[] } ? Choice
  : string;

type ListedValueOf<O> = O extends { readonly list: true } ? readonly ValueOf<O>[] : ValueOf<O>;

type Named<Options> = {
  readonly [Name in keyof Options & string as CamelCase<Name>]:
    Options[Name] extends { readonly byDefault: NonNullable<Option['byDefault']> } ? ListedValueOf<Options[Name]> : ListedValueOf<Options[Name]> | undefined
};

type Operands<Declared> = Declared extends { readonly operands: { readonly name: infer Name extends string } } ? Readonly<Record<Name, readonly string[]>> : object;

/** What a command gets: its declared options by name, in camel case, and what stands without a name. */
export type OptionsOf<Name extends CommandName> = Named<(typeof commands)[Name]['options']> & Operands<(typeof commands)[Name]>;

/** What a file of each format ends in. */
const endings = { terminal: '.txt', markdown: '.md', csv: '.csv', json: '.json' } as const;
export type OutputFormat = keyof typeof endings;

/**
 * The format that the ending of --out asks for.
 * @param formats those that the command writes @throws UsageError where it asks for none of them
 */
export function formatOf<Format extends OutputFormat>(file: string, formats: readonly Format[]): Format {
  const format = formats.find((name) => endings[name] === extname(file).toLowerCase());
  if (format !== undefined) return format;
  throw new UsageError(`--out ${printable(file)}: the ending says the format: ${formats.map((name) => endings[name]).join(', ')}`);
}
