import { stringify } from 'csv-stringify/sync';
import { markdownTable } from 'markdown-table';

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

/** Text as code in a line of Markdown, as it is: between more backticks than it has in a row (CommonMark, section 6.1). Not for tables. */
export function renderMarkdownCode(text: string): string {
  const shown = printable(text, Infinity), longest = Math.max(0, ...(shown.match(/`+/g) ?? []).map(({ length }) => length));
  const fence = '`'.repeat(longest + 1), isBare = shown !== '' && !/^[` ]|[` ]$/.test(shown);
  return isBare ? `${fence}${shown}${fence}` : `${fence} ${shown} ${fence}`; // one space at each end is taken off
}

/** A table in GitHub's Markdown, of cells that are escaped already. @param align of each column; left where it is not given */
export function renderMarkdownRows(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  align: readonly ('left' | 'right')[] = [],
): string {
  return markdownTable([[...head], ...rows.map((row) => [...row])], { align: [...align], alignDelimiters: false });
}

/** Rows as a CSV file (RFC 4180), each field as it is: for tables that are the user's own. */
export function renderRawCsv(rows: readonly (readonly (string | number)[])[]): string {
  return stringify(rows.map((row) => [...row]), { cast: { number: String } });
}

/**
 * Rows as a CSV file (RFC 4180), each text on one line. What a spreadsheet would take for a formula is kept from it by an apostrophe
 * (OWASP,
 * "CSV injection"). Numbers are as JavaScript prints them, `NaN` and `Infinity` too; what is missing is empty.
 */
export function renderCsv(rows: readonly (readonly unknown[])[]): string {
  const safe = (cell: unknown): unknown => (typeof cell === 'string' ? printable(cell, Infinity).replace(/^[=+\-@]/, "'$&") : cell);
  return stringify(rows.map((row) => row.map(safe)), { cast: { boolean: String, number: String } });
}
