import { isNeuralExperiment } from '../../experiment/load.ts';
import { listExperiments } from '../comparison.ts';
import { renderClaims } from './claims-list.ts';
import { renderComparisons } from './comparison-table.ts';
import type { ReportContent } from './content.ts';
import { renderCurves } from './curves-figure.ts';
import { renderDifferences } from './differences-table.ts';
import { renderEnvironment, renderSettings, renderRuns } from './environment.ts';
import { renderHeader, titleReport } from './heading.ts';
import { renderDocument } from './document.ts';
import { html } from './html.ts';
import type { Html } from './html.ts';
import { renderReproduction } from './reproduce.ts';
import { renderSummary } from './findings.ts';
import { renderStudies } from './studies.ts';

interface Section {
  readonly id: string;
  readonly title: string;
  readonly body: Html;
}

function createSections(content: ReportContent): Section[] {
  const { tables, claims, folders, studies } = content;
  const experiments = tables.flatMap(({ comparison }) => listExperiments(comparison));
  return [
    { id: 'summary', title: 'In short', body: renderSummary(content) },
    { id: 'comparison', title: 'Comparison', body: renderComparisons(tables) },
    { id: 'differences', title: 'Differences and noise', body: renderDifferences(tables) },
    { id: 'curves', title: 'Convergence', body: renderCurves(tables) },
    ...(studies.length === 0 ? [] : [{ id: 'studies', title: 'Studies', body: renderStudies(studies) }]),
    { id: 'claims', title: 'Claims', body: claims === null ? noClaims : renderClaims(claims, experiments) },
    { id: 'settings', title: 'Shared settings', body: renderSettings(experiments.filter(isNeuralExperiment)) },
    { id: 'environment', title: 'Environment', body: renderEnvironment(experiments) },
    { id: 'reproduce', title: 'How to reproduce', body: renderReproduction(folders, experiments) },
    { id: 'runs', title: 'Runs', body: renderRuns(tables) },
  ];
}

const noClaims = html`<p class="empty">The claims have not been checked for these runs.</p>`;

/** The report as one HTML file that needs no other and no network. The same content gives the same bytes. */
export function renderReport(content: ReportContent): string {
  const sections = createSections(content);
  return renderDocument({
    title: titleReport(content),
    body: html`${renderHeader(content)}
<nav aria-label="Sections"><ul>${sections.map(({ id, title }) => html`<li><a href="#${id}">${title}</a></li>`)}</ul></nav>
<main>
${sections.map(({ id, title, body }) => html`<section id="${id}" aria-labelledby="${id}-title">
<h2 id="${id}-title">${title}</h2>
${body}
</section>
`)}</main>`,
  });
}
