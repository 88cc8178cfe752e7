
import type { commands, CommandName } from '../command-line/commands.js';
import type { Option } from '../command-line/declaration.js';

type CamelCase<Name extends string> = Name extends `${infer First}-${infer Rest}` ? `${First}${Capitalize<CamelCase<Rest>>}` : Name;

type ValueOf<O> =
  O extends { readonly type: 'flag' } ? boolean
  : O extends { readonly type: 'count' } ? number
  : O extends { readonly choices: readonly (infer Choice)[] } ? Choice
  : string;

type ListedValueOf<O> = O extends { readonly list: true } ? readonly ValueOf<O>[] : ValueOf<O>;

type Named<Options> = {
  readonly [Name in keyof Options & string as CamelCase<Name>]: Options[Name] extends {
    readonly byDefault: NonNullable<Option['byDefault']>;
  }
    ? ListedValueOf<Options[Name]>
    : ListedValueOf<Options[Name]> | undefined;
};

type Operands<Declared> = Declared extends { readonly operands: { readonly name: infer Name extends string } }
  ? Readonly<Record<Name, readonly string[]>>
  : object;

/** What a command gets: its declared options by name, in camel case, and what stands without a name. */
export type OptionsOf<Name extends CommandName> = Named<(typeof commands)[Name]['options']> & Operands<(typeof commands)[Name]>;

