import type { Comparison } from './comparison.ts';
import { layOutComparison } from './comparison-tables.ts';
import type { TextTable } from './comparison-tables.ts';
import { describeData } from './describe-data.ts';
import { escapeMarkdown } from './escape.ts';

const lineOf = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

function renderTable({ title, head, rows, align }: TextTable): string {
  const rule = align.map((side) => (side === 'right' ? '---:' : '---'));
  return [`**${escapeMarkdown(title)}**`, '', ...[head.map(escapeMarkdown), rule, ...rows.map((row) => row.map(escapeMarkdown))].map(lineOf)].join('\n');
}

/** GitHub's Markdown. */
export function renderComparisonMarkdown(comparison: Comparison): string {
  const data = describeData(comparison.rows.flatMap(({ experiments }) => experiments));
  const notes = comparison.notes.map((note) => `- ${escapeMarkdown(note)}`).join('\n');
  return `${[escapeMarkdown(data), ...layOutComparison(comparison).map(renderTable), notes].join('\n\n')}\n`;
}
