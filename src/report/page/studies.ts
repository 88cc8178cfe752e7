import { capitalize, joinWords } from '../../terminal/format.ts';
import type { TextTable } from '../../terminal/plain-table.ts';
import { typedCommand } from '../../typed-command.js';
import { renderSearchChart } from '../search-chart.ts';
import { describeRungs, describeWinner, layOutImportances, layOutTrials } from '../search-formats.ts';
import { trainCommand } from '../search.ts';
import type { SearchResult } from '../search.ts';
import { renderStudyChart } from '../study-chart.ts';
import { describeMissing } from '../study-formats.ts';
import { concludeStudy, layOutGrids, layOutPoints, listEffects } from '../study-tables.ts';
import { measureViews } from '../study-lines.ts';
import type { StudyResult } from '../study.ts';
import { html, renderCaption, renderPicture, renderScroller } from './html.ts';
import type { Html } from './html.ts';

/** A study or a search as the page shows it. */
export interface DrawnStudy {
  readonly name: string;
  readonly question: string;
  /** What follows, in a sentence, from the runs alone. */
  readonly conclusion: string;
  /** As SVG, and what it shows; null where there is nothing to draw. */
  readonly picture: { readonly svg: string; readonly label: string } | null;
  /** The first in sight, the others folded away. */
  readonly tables: readonly TextTable[];
  /** What to know besides. */
  readonly notes: readonly string[];
  /** What is typed to train it again, and to show it again from its folder. */
  readonly commands: readonly string[];
}

export async function drawStudy(result: StudyResult, folder: string): Promise<DrawnStudy> {
  const { record: { name, question, measures, command } } = result, svg = await renderStudyChart(result);
  const shown = joinWords(measures.map((measure) => measureViews[measure].name));
  return {
    name, question, conclusion: concludeStudy(result),
    picture: svg === null ? null : { svg, label: `${capitalize(shown)} of ${name}; the tables below have the numbers` },
    tables: [...layOutGrids(result), ...listEffects(result), layOutPoints(result)],
    notes: describeMissing(result), commands: [command, typedCommand('study', ['--from', folder])],
  };
}

/** A longer table is folded away. */
const MOST_ROWS = 12;
/** Trials that the page shows. */
const MOST_TRIALS = 20;

export async function drawSearch(result: SearchResult, folder: string): Promise<DrawnStudy> {
  const { record: { name, question, command }, trials: [winner] } = result, svg = await renderSearchChart(result);
  return {
    name, question, conclusion: describeWinner(result),
    picture: svg === null ? null : { svg, label: `Validation accuracy of the trials by each key; the tables below have the numbers` },
    tables: [layOutImportances(result), layOutTrials(result, MOST_TRIALS)], notes: [describeRungs(result) ?? []].flat(),
    commands: [
      command, typedCommand('study', ['--from', folder]), ...(winner === undefined ? [] : [trainCommand(result.record, winner)]),
    ],
  };
}

function renderTable({ title, head, rows, align }: TextTable, name: string): Html {
  const caption = `${name}-caption`, sideOf = (k: number): string => (align[k] === 'right' ? 'number' : '');
  return renderScroller(caption, html`<table class="study">
${renderCaption(caption, title)}
<thead><tr>${head.map((text, k) => html`<th scope="col" class="${sideOf(k)}">${text}</th>`)}</tr></thead>
<tbody>
${rows.map(([first = '', ...others]) => html`<tr><th scope="row" class="${sideOf(0)}">${first}</th>${others.map((text, k) =>
    html`<td class="${sideOf(k + 1)}">${text.trim()}</td>`)}</tr>
`)}</tbody>
</table>`);
}

function renderStudy({ name, question, conclusion, picture, tables, notes, commands }: DrawnStudy, k: number): Html {
  const id = `study-${k + 1}`, shown = (tables[0]?.rows.length ?? 0) <= MOST_ROWS ? 1 : 0, [first] = tables.slice(0, shown);
  const others = tables.slice(shown), count = others.length === 1 ? 'One more table' : `${others.length} more tables`;
  return html`<article class="a-study" aria-labelledby="${id}">
<h3 id="${id}">${name}</h3>
<p class="question">${question}</p>
<p><strong>${conclusion}</strong></p>
${notes.map((note) => html`<p class="small">${note}</p>
`)}${picture === null ? null : renderScroller(id, renderPicture(picture.svg, id, picture.label))}
${first === undefined ? null : renderTable(first, `${id}-1`)}
${others.length === 0 ? null : html`<details class="more"><summary>${count}</summary>
${others.map((table, at) => renderTable(table, `${id}-${at + 2}`))}</details>
`}<details class="more"><summary>How to make it again</summary>
<pre><code>${commands.map((line) => html`${line}
`)}</code></pre></details>
</article>
`;
}

/** A part for each study: its question, what follows, a picture, tables, and how to make it again. */
export function renderStudies(studies: readonly DrawnStudy[]): Html {
  return html`<p class="intro">A study changes one thing at a time and trains each with several seeds; its differences are paired, and their
p-values corrected by Holm for how many there are. A search is judged by validation alone.</p>
${studies.map(renderStudy)}`;
}
