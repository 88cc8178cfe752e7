import { printable } from '../escape-controls.js';

export { printable };

/** A value as the user would recognise it: scalars as they are, the rest by its kind. */
export function describeValue(value: unknown): string {
  if (typeof value === 'string') return `"${printable(value)}"`;
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'a mapping';
  return String(value);
}
