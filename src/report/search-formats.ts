import { escapeMarkdown, printable, renderCsv } from '../files/escape.ts';
import { formatPercent, joinWords } from '../terminal/format.ts';
import { wrapText } from '../terminal/plain-table.ts';
import type { TextTable } from '../terminal/plain-table.ts';
import { renderMarkdownTable, renderTextTable } from './comparison-formats.ts';
import { formatPValue } from './estimate.ts';
import type { OutputFormat } from './output-format.ts';
import { describeValues, trainCommand } from './search.ts';
import type { SearchResult } from './search.ts';

/** Trials that a terminal shows. */
const SHOWN = 10;

const lastOf = (key: string): string => key.slice(key.lastIndexOf('.') + 1);
const numberOf = (name: string): string => String(Number(/\d+$/.exec(name)?.[0]));

/** Trials by validation accuracy, the best first. @param most of them */
export function layOutTrials({ record, trials }: SearchResult, most = Infinity): TextTable {
  const keys = Object.keys(record.space), shown = trials.slice(0, most);
  const which = shown.length < trials.length ? `The best ${shown.length} of ${trials.length} trials` : `${trials.length} trials`;
  return {
    title: `${which} by validation accuracy`,
    head: ['trial', ...keys.map(lastOf), 'epochs', 'validation', 'ended'],
    align: ['right', ...keys.map(() => 'right' as const), 'right', 'right', 'left'],
    rows: shown.map(({ name, values, run: { summary }, validationAccuracy }) => [
      numberOf(name), ...keys.map((key) => String(values[key])), String(summary.epochs), formatPercent(validationAccuracy), summary.status,
    ]),
  };
}

/** What each key had to do with validation accuracy. */
export function layOutImportances({ importances, record, trials }: SearchResult): TextTable {
  const [epochs = 0] = record.rungs, after = record.hasEpochs ? ` after ${epochs} ${epochs === 1 ? 'epoch' : 'epochs'}` : '';
  return {
    title: `What went with validation accuracy${after}, over ${trials.length} trials (ρ: rank correlation; η: correlation ratio of ranks; `
      + 'p by permutation)',
    head: ['key', 'strength', 'p'], align: ['left', 'right', 'right'],
    rows: importances.map(({ key, strength, statistic, pValue }) => [
      key, Number.isNaN(strength) ? '–' : `${statistic} ${strength < 0 ? '−' : ''}${Math.abs(strength).toFixed(2)}`,
      Number.isNaN(pValue) ? '–' : formatPValue(pValue),
    ]),
  };
}

/** `9 trials reached 1 epoch, 3 reached 3 and 1 reached 9.` */
export function describeRungs({ record: { rungs, hasEpochs }, reached }: SearchResult): string | null {
  if (!hasEpochs || rungs.length < 2) return null;
  const [first = 0, ...others] = rungs, [all = 0] = reached;
  const further = others.map((epochs, k) => `${reached[k + 1] ?? 0} reached ${epochs}`);
  return `${joinWords([`${all} trials reached ${first} ${first === 1 ? 'epoch' : 'epochs'}`, ...further])}.`;
}

/** The winner by validation, and then its test figure, which chose nothing. */
export function describeWinner({ trials, isComplete }: SearchResult): string {
  const [winner] = trials;
  if (winner === undefined) return 'No trial has ended yet.';
  const { run: { summary }, validationAccuracy, bestEpoch, name } = winner;
  const epochs = `${bestEpoch ?? 0} ${bestEpoch === 1 ? 'epoch' : 'epochs'}`;
  return `${isComplete ? 'Winner' : 'Best so far'}: trial ${numberOf(name)} (${describeValues(winner)}), `
    + `${formatPercent(validationAccuracy)} of validation right after ${epochs}; of the test, which chose nothing, `
    + `${formatPercent(summary.testAccuracyAtBestValidation)}. `
    + `The validation figure is the best of ${trials.length}, and flatters.`;
}

function describeUnfinished({ isComplete, record }: SearchResult): string[] {
  return isComplete ? [] : [`The search is not complete; ${record.command} goes on with it.`];
}

function renderText(result: SearchResult, columns: number): string {
  const { record, trials: [winner] } = result, rungs = describeRungs(result);
  const prose = (text: string): string => wrapText(printable(text, Infinity), columns);
  const parts = [
    prose(`${record.name}: ${record.question}`),
    ...(winner === undefined ? [] : [layOutTrials(result, SHOWN), layOutImportances(result)])
      .map((table) => renderTextTable(table, columns)),
    ...(rungs === null ? [] : [prose(rungs)]), ...describeUnfinished(result).map(prose), prose(describeWinner(result)),
    ...(winner === undefined ? [] : [`To train it in full: ${trainCommand(record, winner)}`]),
  ];
  return `${parts.map((part) => part.trimEnd()).join('\n\n')}\n`;
}

/** GitHub's Markdown. */
function renderMarkdown(result: SearchResult): string {
  const { record, trials: [winner] } = result, rungs = describeRungs(result);
  return `${[
    `## ${escapeMarkdown(record.name)}`, escapeMarkdown(record.question), renderMarkdownTable(layOutTrials(result)),
    renderMarkdownTable(layOutImportances(result)), ...(rungs === null ? [] : [rungs]), ...describeUnfinished(result).map(escapeMarkdown),
    escapeMarkdown(describeWinner(result)), ...(winner === undefined ? [] : [`    ${trainCommand(record, winner)}`]),
  ].join('\n\n')}\n`;
}

/** A line a trial; accuracies as fractions. */
function renderSearchCsv({ record, trials }: SearchResult): string {
  const keys = Object.keys(record.space);
  return renderCsv([
    [
      'trial', ...keys, 'epochs', 'status', 'validationAccuracy', 'bestEpoch',
      ...record.rungs.map((epochs) => `validationAfter${epochs}`),
    ],
    ...trials.map(({ name, values, run: { summary }, validationAccuracy, bestEpoch, scores }) => [
      name, ...keys.map((key) => values[key]), summary.epochs, summary.status, validationAccuracy, bestEpoch,
      ...record.rungs.map((_, rung) => scores[rung]?.accuracy),
    ]),
  ]);
}

function renderJson(result: SearchResult): string {
  const { record, importances, reached, isComplete } = result;
  const trials = result.trials.map(({ run: { name, summary: { epochs, status } }, ...trial }) => ({ ...trial, run: name, epochs, status }));
  const [winner] = result.trials;
  return `${JSON.stringify({
    ...record, trials, reached, importances, isComplete,
    winner: winner === undefined ? null : {
      name: winner.name, values: winner.values, validationAccuracy: winner.validationAccuracy,
      testAccuracyAtBestValidation: winner.run.summary.testAccuracyAtBestValidation, train: trainCommand(record, winner),
    },
  }, null, 2)}\n`;
}

/** @param columns of the terminal */
export function renderSearch(result: SearchResult, format: OutputFormat, columns: number): string {
  switch (format) {
    case 'terminal': return renderText(result, columns);
    case 'markdown': return renderMarkdown(result);
    case 'csv': return renderSearchCsv(result);
    case 'json': return renderJson(result);
  }
}
