/** Each setting of a config by its dotted path, in order: `training.epochs`. */
export function flattenConfig(value: object, prefix = ''): [key: string, value: unknown][] {
  return Object.entries(value).flatMap(([key, child]: [string, unknown]) =>
    typeof child === 'object' && child !== null ? flattenConfig(child, `${prefix}${key}.`) : [[`${prefix}${key}`, child] as [string, unknown]]);
}
