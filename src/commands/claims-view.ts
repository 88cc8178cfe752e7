import { createColors } from 'picocolors';
import { articlesOfClaims } from '../articles/articles.ts';
import type { Article } from '../articles/articles.ts';
import { verdicts, countVerdicts } from '../articles/claims/finding.ts';
import type { CheckedClaim, CheckedClaims, Verdict } from '../articles/claims/finding.ts';
import { measuredLegend } from '../articles/claims/words.ts';
import { escapeMarkdown, renderMarkdownRows } from '../files/escape.ts';
import { escapeControls } from '../files/escape-controls.js';
import { wrapText } from '../terminal/plain-table.ts';

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

const WIDTH = 80;
const LABEL_WIDTH = 9;

type Colors = Pick<ReturnType<typeof createColors>, 'bold' | 'green' | 'yellow' | 'red' | 'magenta' | 'cyan'>;

function colorVerdict(verdict: Verdict, { green, yellow, red, magenta, cyan }: Colors): string {
  const color = {
    'holds': green,
    'holds in part': yellow,
    'does not hold': red,
    'contradicts another claim': magenta,
    'not decided': cyan,
    'not checkable here': cyan,
  }[verdict];
  return color(verdict);
}

/** An article's names and its link, above its claims. */
export function renderArticle({ letter, title, englishTitle, link }: Article, isColored: boolean): string {
  const { bold } = createColors(isColored);
  const name = wrapText(`Article ${letter}: ${englishTitle}`, WIDTH).split('\n').map((line) => bold(line)).join('\n');
  return [name, `  《${title}》`, `  ${link ?? 'no link known'}`, ''].join('\n');
}

/** One claim for the terminal, 80 columns wide. */
export function renderClaim({ id, article, method, verdict, statement, check, figure, reason }: CheckedClaim, isColored: boolean): string {
  const colors = createColors(isColored);
  const rows = [['claim', statement], ['checked', check], ['found', figure], ['why', reason]]
    .map(([label = '', text = '']) => `  ${label.padEnd(LABEL_WIDTH)}${wrapText(escapeControls(text), WIDTH, LABEL_WIDTH + 2)}`);
  return `${colors.bold(id.padEnd(4))}${colorVerdict(verdict, colors)}  (article ${article}, by ${method})\n${rows.join('\n')}\n`;
}

/** What a verdict tells a reader. */
const meanings: Readonly<Record<Verdict, string>> = {
  holds: 'what the article says was found here too',
  'holds in part': 'part of what it says was found, part was not or could not be decided: "why" says which',
  'does not hold': 'something else was found, beyond what chance explains',
  'contradicts another claim': 'it and another claim of the articles cannot both be right',
  'not decided': 'the runs that are there leave it within chance: "why" says by how much',
  'not checkable here': 'it takes runs or models that are not there: "why" says which',
};

/** How many claims have each verdict, and what it means. */
export function renderVerdicts(claims: readonly CheckedClaim[]): string {
  const width = Math.max(...verdicts.map(({ length }) => length));
  return countVerdicts(claims).map(({ verdict, count }) => {
    const start = `${String(count).padStart(3)} ${verdict.padEnd(width)}  `;
    return `${start}${wrapText(meanings[verdict], WIDTH, start.length)}`;
  }).join('\n');
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
    runs === 0
      ? 'no published runs were found: claims that need training are not checked'
      : `read ${runs} published ${runs === 1 ? 'run' : 'runs'}`,
  ];
}

/** GitHub's Markdown: a list of verdicts, then each claim. */
export function renderClaimsMarkdown(report: ClaimsReport): string {
  const verdicts = report.claims.map(({ id, statement, verdict }) => [id, escapeMarkdown(statement), `**${verdict}**`]);
  const table = renderMarkdownRows(['claim', 'says', 'verdict'], verdicts);
  const sections = report.claims.map(({ id, article, method, verdict, statement, check, figure, reason }) => [
    `## ${id}: ${verdict}`, '', `${escapeMarkdown(statement)} (Article ${article}.)`, '',
    `- Checked by ${method}: ${escapeMarkdown(check)}`, `- Found: ${escapeMarkdown(figure)}`, `- Why: ${escapeMarkdown(reason)}`,
  ].join('\n'));
  const header = [...describeReport(report), describeVerdicts(report.claims)].map((text) => `- ${escapeMarkdown(text)}`);
  const sources = articlesOfClaims(report.claims.map(({ id }) => id)).map(({ letter, title, englishTitle, link }) =>
    `- **Article ${letter}**: ${escapeMarkdown(englishTitle)} `
      + `(${link === null ? `《${escapeMarkdown(title)}》, no link known` : `[《${escapeMarkdown(title)}》](${link})`})`);
  return `${["# The articles' claims, checked", sources.join('\n'), header.join('\n'), table, ...sections].join('\n\n')}\n`;
}
