import Table from 'cli-table3';

import { UserError } from '../errors.ts';
import { renderCsv, renderMarkdownRows } from '../files/escape.ts';
import type { Page } from './page.ts';

export function renderScreen({ lines, tables }: Page): string {
  return [lines.join('\n'), ...tables.map(({ title, note, head, rows }) => {
    const table = new Table({ head: [...head], style: { head: [], border: [], compact: true } });
    table.push(...rows.map((row) => [...row]));
    return `${title}\n${note}\n${table.toString()}`;
  })].join('\n\n');
}

/** A section of docs/performance.md. */
export function renderMarkdown({ title, lines, tables }: Page): string {
  const sections = tables.map((table) => [`### ${table.title}`, '', table.note, '', renderMarkdownRows(table.head, table.rows)].join('\n'));
  return `${[`## ${title}`, lines.map((line) => `- ${line}`).join('\n'), ...sections].join('\n\n')}\n`;
}

/** A line for each competitor in each measurement: medians and quartiles, or estimates and their intervals, in seconds. */
export function renderFigures({ figures }: Page): string {
  const head = [
    'measure', 'model', 'threads', 'size', 'competitor', 'seconds', 'secondsLow', 'secondsHigh', 'ratio', 'ratioLow', 'ratioHigh',
  ];
  const rows = figures.flatMap(({ measure, model, threads, size, compared }) => compared.map(({ id, seconds, ratio }) =>
    [measure, model, threads, size, id, seconds.middle, seconds.low, seconds.high, ratio?.middle, ratio?.low, ratio?.high]));
  return renderCsv([head, ...rows]);
}

/** Parts of docs/performance.md, each between comments that name it. */
export const reportParts = ['articles', 'models', 'latency'] as const;
export type ReportPart = (typeof reportParts)[number];

const begin = (part: ReportPart): string => `<!-- written by npm run bench: ${part} -->`;
const end = (part: ReportPart): string => `<!-- end of ${part} -->`;

/** A report with one of its parts written anew. @param path of the report, for messages @throws UserError where it has no such part */
export function replacePart(report: string, part: ReportPart, text: string, path: string): string {
  const [before, rest] = report.split(begin(part)), after = rest?.split(end(part))[1];
  if (before === undefined || after === undefined)
    throw new UserError(`${path}: expected the lines ${begin(part)} and ${end(part)}; put them where the part is to be`);
  return `${before}${begin(part)}\n\n${text}\n${end(part)}${after}`;
}
