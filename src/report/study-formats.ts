import { escapeMarkdown, printable, renderCsv } from '../files/escape.ts';
import { wrapText } from '../terminal/plain-table.ts';
import type { TextTable } from '../terminal/plain-table.ts';
import { renderMarkdownTable, renderTextTable } from './comparison-formats.ts';
import type { OutputFormat } from './output-format.ts';
import { concludeStudy, layOutGrids, layOutPoints, listEffects } from './study-tables.ts';
import type { StudyResult } from './study.ts';

function listTables(result: StudyResult): TextTable[] {
  return [...layOutGrids(result), layOutPoints(result), ...listEffects(result)];
}

/** Which runs of a study are not there yet; nothing where all are. */
export function describeMissing({ missing, record }: StudyResult): string[] {
  if (missing.length === 0) return [];
  const shown = missing.slice(0, 3).join(', '), rest = missing.length - 3;
  const count = missing.length === 1 ? '1 run is' : `${missing.length} runs are`;
  return [`${count} not complete: ${shown}${rest > 0 ? ` and ${rest} more` : ''}; ${record.command} trains what is missing.`];
}

function renderText(result: StudyResult, columns: number): string {
  const { record } = result;
  const prose = (text: string): string => wrapText(printable(text, Infinity), columns);
  const parts = [
    prose(`${record.name}: ${record.question}`), ...listTables(result).map((table) => renderTextTable(table, columns)),
    prose(concludeStudy(result)), ...describeMissing(result).map(prose),
  ];
  return `${parts.map((part) => part.trimEnd()).join('\n\n')}\n`;
}

/** GitHub's Markdown. */
function renderMarkdown(result: StudyResult): string {
  const { record } = result;
  return `${[
    `## ${escapeMarkdown(record.name)}`, escapeMarkdown(record.question), ...listTables(result).map(renderMarkdownTable),
    escapeMarkdown(concludeStudy(result)), ...describeMissing(result).map(escapeMarkdown),
  ].join('\n\n')}\n`;
}

/** A line a point; accuracies and differences as fractions. */
function renderStudyCsv({ record, points, effects }: StudyResult): string {
  const keys = record.axes.map(({ key }) => key);
  const head = [
    'point', ...keys, 'runs', 'testAccuracyAtBestValidation', 'deviation', 'epochSeconds', 'peakAboveBaselineBytes', 'parameters',
    'against', 'difference', 'low', 'high', 'pHolm', 'verdict',
  ];
  return renderCsv([head, ...points.map(({ point, row }) => {
    const effect = effects.find((one) => one.point === point), { measured } = row.testAccuracyAtBestValidation;
    return [
      row.label, ...keys.map((key) => point.values[key]), row.seeds.length, measured?.mean, measured?.deviation,
      row.epochSeconds.measured?.mean, row.peakAboveBaselineBytes.measured?.mean, row.parameters.measured?.mean, effect?.reference.label,
      effect?.difference.difference.mean, effect?.difference.interval?.[0], effect?.difference.interval?.[1],
      effect === undefined || Number.isNaN(effect.adjusted) ? undefined : effect.adjusted, effect?.verdict,
    ];
  })]);
}

function renderJson(result: StudyResult): string {
  const points = result.points.map(({ point, row, isFront }) => {
    const { experiments, label: _, ...figures } = row;
    return { ...point, ...figures, runs: experiments.map(({ name }) => name), isFront };
  });
  const effects = result.effects.map(({ point, reference, ...effect }) => ({ point: point.name, reference: reference.name, ...effect }));
  return `${JSON.stringify({ ...result.record, points, effects, missing: result.missing, conclusion: concludeStudy(result) }, null, 2)}\n`;
}

export const studyFormats = ['terminal', 'markdown', 'csv', 'json'] as const satisfies readonly OutputFormat[];

/** @param columns of the terminal */
export function renderStudy(result: StudyResult, format: OutputFormat, columns: number): string {
  switch (format) {
    case 'terminal': return renderText(result, columns);
    case 'markdown': return renderMarkdown(result);
    case 'csv': return renderStudyCsv(result);
    case 'json': return renderJson(result);
  }
}
