import { escapeControls } from '../escape-controls.ts';

const LONGEST = 60;

/** Text of the user's, safe to put into a one-line message. */
export function printable(text: string, longest = LONGEST): string {
  const shown = text.length > longest ? `${text.slice(0, longest)}…` : text;
  return escapeControls(shown);
}

/** A value as the user would recognise it: scalars as they are, the rest by its kind. */
export function describeValue(value: unknown): string {
  if (typeof value === 'string') return `"${printable(value)}"`;
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'a mapping';
  return String(value);
}

/** A word of a command, as a POSIX shell reads it back. */
export function shellWord(word: string): string {
  return /^[\w./,:=@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
