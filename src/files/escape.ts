import { printable } from './escape-controls.js';

export { printable };

/** A value as the user would recognise it: scalars as they are, the rest by its kind. */
export function describeValue(value: unknown): string {
  if (typeof value === 'string') return `"${printable(value)}"`;
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'a mapping';
  return String(value);
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

/** Text as GitHub's Markdown shows it unchanged, in a table too: neither its marks nor HTML, and on one line. */
export function escapeMarkdown(text: string): string {
  return printable(text, Infinity).replace(/[&<>]/g, (character) => entities[character] ?? '').replace(/[\\`*_[\]|~#!]/g, '\\$&');
}

/**
 * Text as one field of a CSV file (RFC 4180). What a spreadsheet would take for a formula is kept from it by an apostrophe
 * (OWASP, "CSV injection").
 */
export function escapeCsv(text: string): string {
  const safe = printable(text, Infinity).replace(/^[=+\-@]/, "'$&");
  return /[",]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
