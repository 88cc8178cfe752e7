import { createColors } from 'picocolors';
import type { CheckedClaim, CheckedClaims, Verdict } from '../report/claims/claim.ts';
import { countVerdicts } from '../report/claims/verdict-counts.ts';
import { measuredLegend } from '../report/claims/words.ts';
import { escapeMarkdown } from '../report/escape.ts';
import { escapeControls } from '../escape-controls.ts';
import { renderPlainTable } from '../terminal/plain-table.ts';

/** Where the measurements were made. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly threads: number;
  readonly engine: string;
}

/** Claims with what a reader must know of how they were checked. */
export interface ClaimsReport extends CheckedClaims {
  /** Null when nothing was measured. */
  readonly machine: Machine | null;
}

const LABEL_WIDTH = 9;
/** With the columns before it, 100 letters a line. */
const TEXT_WIDTH = 86;

type Colors = Pick<ReturnType<typeof createColors>, 'bold' | 'green' | 'yellow' | 'red' | 'magenta' | 'cyan'>;

function colorVerdict(verdict: Verdict, { green, yellow, red, magenta, cyan }: Colors): string {
  const color = { holds: green, 'holds in part': yellow, 'does not hold': red, 'contradicts another claim': magenta, 'not checkable here': cyan }[verdict];
  return color(verdict);
}

/** One claim for the terminal, at most 100 columns wide. */
export function renderClaim({ id, article, method, verdict, statement, check, figure, reason }: CheckedClaim, isColored: boolean): string {
  const colors = createColors(isColored);
  const rows = [['claim', statement], ['checked', check], ['found', figure], ['why', reason]]
    .map(([label = '', text = '']) => ['', label, escapeControls(text)]);
  const header = `${colors.bold(id.padEnd(4))}${colorVerdict(verdict, colors)}  (article ${article}, by ${method})`;
  return `${header}\n${renderPlainTable(rows, { widths: [2, LABEL_WIDTH, TEXT_WIDTH - 3] })}\n`;
}

/** `holds: 5, does not hold: 2`, in the order of the verdicts. */
export function describeVerdicts(claims: readonly CheckedClaim[]): string {
  return countVerdicts(claims).map(({ verdict, count }) => `${verdict}: ${count}`).join(', ');
}

function describeMachine({ cpu, cores, engine, threads }: Machine): string {
  return `measured on ${cpu}, ${cores} cores, ${engine}, ${threads} ${threads === 1 ? 'thread' : 'threads'}`;
}

/** How the claims were checked, a line for each thing to know. */
export function describeReport({ machine, runs }: Omit<ClaimsReport, 'claims'>): string[] {
  return [
    ...(machine === null ? ['nothing was measured'] : [describeMachine(machine), measuredLegend]),
    runs === 0 ? 'no published runs were found: claims that need training are not checked' : `read ${runs} published ${runs === 1 ? 'run' : 'runs'}`,
  ];
}

/** GitHub's Markdown: a list of verdicts, then each claim. */
export function renderClaimsMarkdown(report: ClaimsReport): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const table = [['claim', 'says', 'verdict'], ['---', '---', '---'], ...report.claims.map(({ id, statement, verdict }) => [id, escapeMarkdown(statement), `**${verdict}**`])];
  const sections = report.claims.map(({ id, article, method, verdict, statement, check, figure, reason }) => [
    `## ${id}: ${verdict}`, '', `${escapeMarkdown(statement)} (Article ${article}.)`, '',
    `- Checked by ${method}: ${escapeMarkdown(check)}`, `- Found: ${escapeMarkdown(figure)}`, `- Why: ${escapeMarkdown(reason)}`,
  ].join('\n'));
  const header = [...describeReport(report), describeVerdicts(report.claims)].map((text) => `- ${escapeMarkdown(text)}`);
  return `${["# The articles' claims, checked", header.join('\n'), table.map(line).join('\n'), ...sections].join('\n\n')}\n`;
}
