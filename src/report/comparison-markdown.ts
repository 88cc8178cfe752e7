import { listExperiments } from './comparison.ts';
import type { Comparison, Comparisons } from './comparison.ts';
import { describeSettings, layOutComparison } from './comparison-tables.ts';
import { describeData } from './describe-data.ts';
import { escapeMarkdown } from './escape.ts';
import type { TextTable } from './text-table.ts';

const lineOf = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

function renderMarkdownTable({ title, head, rows, align }: TextTable): string {
  const rule = align.map((side) => (side === 'right' ? '---:' : '---'));
  return [`**${escapeMarkdown(title)}**`, '', ...[head.map(escapeMarkdown), rule, ...rows.map((row) => row.map(escapeMarkdown))].map(lineOf)].join('\n');
}

function renderMarkdownComparison(comparison: Comparison): string[] {
  const heading = describeSettings(comparison);
  const notes = comparison.notes.map((note) => `- ${escapeMarkdown(note)}`);
  return [
    ...(heading === null ? [] : [`### ${escapeMarkdown(heading)}`]),
    ...layOutComparison(comparison, { wide: true, all: true }).map(renderMarkdownTable), ...(notes.length === 0 ? [] : [notes.join('\n')]),
  ];
}

/** GitHub's Markdown. */
export function renderComparisonMarkdown(comparisons: Comparisons): string {
  const data = describeData(comparisons.flatMap(listExperiments));
  return `${[escapeMarkdown(data), ...comparisons.flatMap(renderMarkdownComparison)].join('\n\n')}\n`;
}
