/** The value of an environment variable; an empty one counts as missing, as in `HOME= npm run train`. */
export function readVariable(name: string, environment: NodeJS.ProcessEnv = process.env): string | undefined {
  const value = environment[name];
  return value === '' ? undefined : value;
}

/** The first of several variables that has a value. */
export function readFirstVariable(
  names: readonly string[], environment: NodeJS.ProcessEnv = process.env,
): { readonly name: string; readonly value: string } | undefined {
  for (const name of names) {
    const value = readVariable(name, environment);
    if (value !== undefined) return { name, value };
  }
  return undefined;
}
