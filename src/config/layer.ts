/** Each setting of a config by its dotted path, in order: `training.epochs`; a list as one text, so that it differs as a whole. */
export function flattenConfig(value: object, prefix = ''): [key: string, value: unknown][] {
  return Object.entries(value).flatMap(([key, child]: [string, unknown]) =>
    isSection(child)
      ? flattenConfig(child, `${prefix}${key}.`)
      : [[`${prefix}${key}`, Array.isArray(child) ? child.join(', ') : child] as [string, unknown]],
  );
}

function isSection(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The keys from the root of a config to one of its values. */
export type KeyPath = readonly string[];

/** Where something was written, for example `configs/gru.yaml:7`. */
export interface Place {
  readonly text: string;
  /** 1-based; 0 for what has no lines. */
  readonly line: number;
}

/** One source of keys: a file, or one `--set`. Later layers replace the keys of earlier ones. */
export interface ConfigLayer {
  readonly value: ConfigMapping;
  readonly place: (path: KeyPath) => Place;
}

export type ConfigMapping = Readonly<Record<string, unknown>>;

export function isMapping(value: unknown): value is ConfigMapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What a mapping of keys says about its model's type; undefined when it says nothing. */
export function statedType({ model }: ConfigMapping): unknown {
  return isMapping(model) ? model['type'] : undefined;
}

/** Mappings are merged key by key; scalars and lists are replaced. */
export function mergeMappings(base: ConfigMapping, over: ConfigMapping): ConfigMapping {
  const merged: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(over)) {
    const below = merged[key];
    merged[key] = isMapping(below) && isMapping(value) ? mergeMappings(below, value) : value;
  }
  return merged;
}

export function deepFreeze<Value>(value: Value): Value {
  if (typeof value === 'object' && value !== null) Object.values(value).forEach(deepFreeze);
  return Object.freeze(value);
}
