/** Each setting of a config by its dotted path, in order: `training.epochs`; a list as one text, so that it differs as a whole. */
export function flattenConfig(value: object, prefix = ''): [key: string, value: unknown][] {
  return Object.entries(value).flatMap(([key, child]: [string, unknown]) =>
    isSection(child) ? flattenConfig(child, `${prefix}${key}.`) : [[`${prefix}${key}`, Array.isArray(child) ? child.join(', ') : child] as [string, unknown]]);
}

function isSection(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
