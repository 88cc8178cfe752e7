import Table from 'cli-table3';
import { escapeControls } from '../escape-controls.js';
import { formatBytes } from '../terminal/format.ts';
import { paddingWords } from './entrants.ts';
import type { EntrantId } from './entrants.ts';
import type { BenchResult } from './result.ts';
import { createTables } from './tables.ts';
import type { ReportTable } from './tables.ts';

export function renderScreen(result: BenchResult): string {
  return [describe(result).join('\n'), ...createTables(result).map(drawTable)].join('\n\n');
}

function drawTable({ title, note, head, rows }: ReportTable): string {
  const table = new Table({ head: [...head], style: { head: [], border: [], compact: true } });
  table.push(...rows.map((row) => [...row]));
  return `${title}\n${note}\n${table.toString()}`;
}

/** docs/performance.md */
export function renderMarkdown(result: BenchResult): string {
  const tables = createTables(result).map(({ title, note, head, rows }) =>
    [`## ${title}`, '', note, '', markdownRow(head), markdownRow(head.map(() => '---')), ...rows.map(markdownRow)].join('\n'));
  return `${['# Performance', describe(result).map((line) => `- ${line}`).join('\n'), ...tables].join('\n\n')}\n`;
}

function markdownRow(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

function describe({ measuredAt, command, machine, threads, versions, titles, data, leftOut }: BenchResult): string[] {
  const load = machine.loadBefore === null ? '' : `; load before the run ${machine.loadBefore.toFixed(2)} a core`;
  return [
    `Measured ${measuredAt.slice(0, 16).replace('T', ' ')} UTC by \`${escapeControls(command)}\``,
    `CPU: ${machine.cpu}, ${machine.cores} cores, ${formatBytes(machine.memoryBytes)}, ${machine.system}; threads of each: ${threads}${load}`,
    `Versions: ${Object.entries(versions).map(([name, version]) => `${name} ${version}`).join(', ')}`,
    `Data: ${data.reviews} training and ${data.testReviews} test reviews, cut at ${data.maxLength} tokens, ${data.meanLength.toFixed(1)} on average; padded steps are cut from the same text at random places`,
    'Model: the articles\' two layers, 256 → 128, 20,000 words, dropout 0.5 between them; Adam 1e-3, clipped at 1; a step is everything from token ids to new parameters and the loss',
    ...(Object.keys(titles) as EntrantId[]).map((id) => `${titles[id] ?? id}: ${paddingWords[id]}`),
    'Ratios are the time of the other over the time of gatelab',
    ...leftOut.map((line) => `Left out: ${escapeControls(line)}`),
  ];
}
