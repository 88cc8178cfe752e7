import { resolve } from 'node:path';

import { displayPath } from '../../files/paths.ts';
import type { Experiment } from '../../experiment/load.ts';
import { html } from './html.ts';
import type { Html } from './html.ts';

/** As a shell takes it for one word. */
function quoteForShell(text: string): string {
  return /^[\w./@%+=:,-]+$/.test(text) ? text : `'${text.replaceAll('\'', '\'\\\'\'')}'`;
}

function shellPath(path: string): string {
  return quoteForShell(displayPath(path));
}

function renderStep(title: string, commands: readonly string[]): Html {
  return html`<li><p>${title}</p>
<pre><code>${commands.map((line, k) => html`${k === 0 ? '' : trustedBreak}${line}`)}</code></pre></li>
`;
}

/** Text has no line breaks once it is escaped. */
const trustedBreak = html`
`;

function isRun(folder: string, experiments: readonly Experiment[]): boolean {
  return experiments.some(({ path }) => resolve(path) === resolve(folder));
}

/** The configs of the runs: of those in a folder by one pattern. */
function configsOf(folder: string, experiments: readonly Experiment[]): string {
  return `${shellPath(folder)}/${isRun(folder, experiments) ? '' : '*/'}config.yaml`;
}

/** Curves of each folder of runs and of what was named by itself, and the accuracies of all. */
function plotCommands(folders: readonly string[], experiments: readonly Experiment[]): string[] {
  const lone = folders.filter((folder) => isRun(folder, experiments));
  const pictures = [...folders.filter((folder) => !lone.includes(folder)).map((folder) => [folder]), ...(lone.length === 0 ? [] : [lone])];
  return [
    ...pictures.map((drawn) => `npm run plot -- ${drawn.map(shellPath).join(' ')}`),
    `npm run plot -- ${folders.map(shellPath).join(' ')} --chart models`,
  ];
}

/** Where the code is: the commit of the runs, if there is one that says it all. */
function checkOut(experiments: readonly Experiment[]): string[] {
  const commits = [...new Set(experiments.map(({ environment: { git } }) => git?.commit ?? ''))];
  return commits.length === 1 && commits[0] !== '' ? [`git checkout ${commits[0] ?? ''}`] : [];
}

/**
 * The commands, from a fresh clone, that make each part of the page again.
 * @param folders what the report was made from, as the user named them
 */
export function renderReproduction(folders: readonly string[], experiments: readonly Experiment[]): Html {
  const from = folders.map(shellPath).join(' ');
  return html`<p>In a fresh clone, with Node 20.19 or later, Python 3 with pip, and g++:</p>
<ol class="steps">
${renderStep('This page, from the kept results, without training:', ['npm ci', `npm run report -- --from ${from}`])}
${renderStep('The runs, one after the other, each from the config that it kept:', [
  ...checkOut(experiments),
  'npm ci',
  `for config in ${folders.map((folder) => configsOf(folder, experiments)).join(' ')}; do npm run train -- --config "$config"; done`,
])}
${renderStep('The pictures by themselves, and the claims:', [...plotCommands(folders, experiments), 'npm run claims'])}</ol>`;
}
