import { printable } from '../config/quote.ts';
import { renderPlainTable } from '../terminal/plain-table.ts';
import { listExperiments } from './comparison.ts';
import type { Comparison, Comparisons } from './comparison.ts';
import { describeSettings, layOutComparison } from './comparison-tables.ts';
import type { TextTable } from './comparison-tables.ts';
import { describeData } from './describe-data.ts';

const MAX_HEAD_WIDTH = 12;
const NOTE_WIDTH = 110;

const shown = (text: string): string => printable(text, Infinity);

/** Column titles in several short lines, so that the figures decide the width. */
function foldTitle(title: string): string {
  return foldText(title, MAX_HEAD_WIDTH).join('\n');
}

function foldText(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > width) lines.push(word);
    else lines.splice(-1, 1, `${last} ${word}`);
  }
  return lines;
}

function renderTable({ title, head, rows, align }: TextTable): string {
  const cells = [head.map((text) => foldTitle(shown(text))), ...rows.map((row) => row.map(shown))];
  return `${shown(title)}\n\n${renderPlainTable(cells, { align: [...align] })}`;
}

function renderComparison(comparison: Comparison): string[] {
  const heading = describeSettings(comparison);
  const notes = comparison.notes.map((note) => foldText(`· ${shown(note)}`, NOTE_WIDTH).join('\n  '));
  return [...(heading === null ? [] : [shown(`${heading}:`)]), ...layOutComparison(comparison).map(renderTable), ...(notes.length === 0 ? [] : [notes.join('\n')])];
}

/** For a terminal: whatever names and reasons hold, nothing in it is obeyed. */
export function renderComparisonText(comparisons: Comparisons): string {
  const data = describeData(comparisons.flatMap(listExperiments));
  return `${[shown(data), ...comparisons.flatMap(renderComparison)].join('\n\n')}\n`;
}
