import { z } from 'zod';

/** Keys of a config section, with what they take. */
export type Shape = Readonly<Record<string, z.ZodType>>;

/** What parts of every kind say of themselves for the config. */
export interface Registered {
  /** Keys that the part adds to its section; each has a default. */
  readonly settings: Shape;
  /** A few words for the config schema. */
  readonly summary: string;
}

/** The settings that a part is created from. */
export type SettingsOf<Keys extends Shape> = z.infer<z.ZodObject<Keys>>;

export function namesOf<Name extends string>(registry: Readonly<Record<Name, unknown>>): [Name, ...Name[]] {
  return Object.keys(registry) as [Name, ...Name[]];
}

/** The key that chooses one part of a registry, by default the first. */
export function choose<Name extends string>(
  registry: Readonly<Record<Name, Registered>>,
  question: string,
): z.ZodDefault<z.ZodEnum<{ [name in Name]: name }>> {
  const names = namesOf(registry);
  const answers = names.map((name) => `\`${name}\`: ${registry[name].summary}`).join('; ');
  return z
    .enum(names)
    .default(names[0] as never)
    .describe(`${question} ${answers}.`);
}

type Merged<Union> = (Union extends unknown ? (part: Union) => void : never) extends (part: infer All) => void ? All : never;

/** The keys of all parts of a registry. A part that is not chosen leaves its own unread. */
export function settingsOf<Registry extends Readonly<Record<string, Registered>>>(
  registry: Registry,
): Merged<Registry[keyof Registry]['settings']> {
  return Object.fromEntries(Object.values(registry).flatMap(({ settings }) => Object.entries(settings))) as Merged<
    Registry[keyof Registry]['settings']
  >;
}
