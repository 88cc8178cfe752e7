import { extname } from 'node:path';
import { printable } from '../files/escape.ts';
import { UsageError } from '../errors.ts';

/** Of a terminal that does not say how wide it is, and of a pipe. */
const USUAL_COLUMNS = 80;

/** How wide the table may be: as wide as the terminal, or as COLUMNS says. */
export function readTableColumns({ columns }: { readonly columns?: number }, { COLUMNS = '' }: NodeJS.ProcessEnv): number {
  if (/^[1-9]\d{0,3}$/.test(COLUMNS)) return Number(COLUMNS);
  return columns !== undefined && columns > 0 ? columns : USUAL_COLUMNS;
}

/** What a file of each format ends in. */
const endings = { terminal: '.txt', markdown: '.md', csv: '.csv', json: '.json' } as const;

export type OutputFormat = keyof typeof endings;

/**
 * The format that the ending of --out asks for.
 * @param formats those that the command writes @throws UsageError where it asks for none of them
 */
export function formatOf<Format extends OutputFormat>(file: string, formats: readonly Format[]): Format {
  const format = formats.find((name) => endings[name] === extname(file).toLowerCase());
  if (format !== undefined) return format;
  throw new UsageError(`--out ${printable(file)}: the ending says the format: ${formats.map((name) => endings[name]).join(', ')}`);
}
