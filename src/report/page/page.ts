import { readFileSync } from 'node:fs';

import { isRecurrentExperiment } from '../../experiment/load.ts';
import { listExperiments } from '../comparison.ts';
import { describeData } from '../describe-data.ts';
import { renderClaims } from './claims-list.ts';
import { renderComparisons } from './comparison-table.ts';
import type { ReportContent } from './content.ts';
import { renderCurves } from './curves-figure.ts';
import { renderDifferences } from './differences-table.ts';
import { renderEnvironment, renderSettings } from './environment.ts';
import { html, trustMarkup } from './html.ts';
import type { Html } from './html.ts';
import { renderReproduction } from './reproduce.ts';
import { renderRuns } from './runs-table.ts';
import { renderSummary } from './summary-tiles.ts';

interface Section {
  readonly id: string;
  readonly title: string;
  readonly body: Html;
}

/** Nothing from anywhere: styles of this file, pictures of this file. */
const POLICY = 'default-src \'none\'; style-src \'unsafe-inline\'; img-src data:; base-uri \'none\'; form-action \'none\'';
const REPORT = 'What the articles say of LSTM, BiLSTM and GRU, measured';

function readStyles(): Html {
  return trustMarkup(readFileSync(new URL('report.css', import.meta.url), 'utf8'));
}

function createSections({ tables, claims, folders }: ReportContent): Section[] {
  const experiments = tables.flatMap(({ comparison }) => listExperiments(comparison));
  return [
    { id: 'summary', title: 'In short', body: renderSummary(tables, claims) },
    { id: 'comparison', title: 'Comparison', body: renderComparisons(tables) },
    { id: 'differences', title: 'Differences and noise', body: renderDifferences(tables) },
    { id: 'curves', title: 'Convergence', body: renderCurves(tables) },
    { id: 'claims', title: 'Claims', body: claims === null ? noClaims : renderClaims(claims, experiments) },
    { id: 'settings', title: 'Settings that the recurrent models share', body: renderSettings(experiments.filter(isRecurrentExperiment)) },
    { id: 'environment', title: 'Environment', body: renderEnvironment(experiments) },
    { id: 'reproduce', title: 'How to reproduce', body: renderReproduction(folders, experiments) },
    { id: 'runs', title: 'Runs', body: renderRuns(tables) },
  ];
}

const noClaims = html`<p class="empty">The claims have not been checked for these runs.</p>`;

function renderHeader({ tables }: ReportContent): Html {
  const experiments = tables.flatMap(({ comparison }) => listExperiments(comparison));
  const models = new Set(tables.flatMap(({ comparison }) => comparison.rows.map(({ label }) => label))).size;
  const dataset = experiments[0]?.environment.dataset;
  return html`<header class="top">
<p class="kicker">gatelab · ${describeData(experiments)}</p>
<h1>${REPORT}</h1>
<p class="lead">${models} ${models === 1 ? 'model' : 'models'} in ${experiments.length} training ${experiments.length === 1 ? 'run' : 'runs'} on the processor alone.
Five articles compare recurrent text classifiers and print figures for them; here each figure stands beside the one that was measured, with its spread over seeds.</p>
${dataset?.synthetic === true ? html`<p class="alarm" role="note"><strong>Synthetic reviews, not IMDB.</strong> No figure here says anything about the articles’.</p>` : null}
</header>`;
}

/** The report as one HTML file that needs no other and no network. The same content gives the same bytes. */
export function renderReport(content: ReportContent): string {
  const sections = createSections(content);
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${REPORT} · gatelab</title>
<link rel="icon" href="data:,">
<style>
${readStyles()}</style>
</head>
<body>
${renderHeader(content)}
<nav aria-label="Sections"><ul>${sections.map(({ id, title }) => html`<li><a href="#${id}">${title}</a></li>`)}</ul></nav>
<main>
${sections.map(({ id, title, body }) => html`<section id="${id}" aria-labelledby="${id}-title">
<h2 id="${id}-title">${title}</h2>
${body}
</section>
`)}</main>
</body>
</html>
`.markup;
}
