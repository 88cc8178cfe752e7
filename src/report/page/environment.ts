import { flattenConfig } from '../../config/layer.ts';
import { isNeuralExperiment } from '../../experiment/load.ts';
import type { Experiment, NeuralExperiment } from '../../experiment/load.ts';
import type { Environment } from '../../experiment/records.ts';
import { formatBytes, formatCount, formatPercent, formatSeconds } from '../../terminal/format.ts';
import { describeData } from '../departures.ts';
import { html, renderCaption, renderFacts, renderScroller } from './html.ts';
import type { Facts, Html } from './html.ts';
import { displayPath } from '../../files/paths.ts';
import type { Comparison } from '../comparison.ts';
import type { DrawnComparison } from './content.ts';

function describeMachine({ cpu, cores, memoryBytes, platform }: Environment): Facts {
  return [['processor', cpu], ['cores', formatCount(cores)], ['memory', formatBytes(memoryBytes)], ['system', platform]];
}

/** What a run computed with: a linear model has none of the engine's libraries. */
function describeSoftware({ engine, threads, versions }: Environment): Facts {
  return [
    ['engine', engine],
    ['threads used', formatCount(threads)],
    ['gatelab', versions.gatelab],
    ['Node', versions.node],
    ['tfjs', versions.tfjs ?? 'none'],
    ['TensorFlow', versions.tensorflow ?? 'none'],
  ];
}

/** Each kind of facts once, under a heading that counts them where there are several. */
function renderKinds(name: string, kinds: readonly Facts[]): Html {
  return html`${kinds.map((facts, k) => html`<h3>${kinds.length === 1 ? name : `${name} ${k + 1} of ${kinds.length}`}</h3>
${renderFacts(facts)}
`)}`;
}

/** The part of a list's values that are different from each other, in order. */
function distinct<Value>(values: readonly Value[], keyOf: (value: Value) => string): Value[] {
  return [...new Map(values.map((value) => [keyOf(value), value])).values()];
}

/** `1a2b3c4d5e6f`, as git abbreviates it, and whether anything else was in it. */
export function nameCommit(git: Environment['git']): string {
  return typeof git?.commit !== 'string' ? 'unknown' : `${git.commit.slice(0, 12)}${git.dirty ? ' with changes' : ''}`;
}

function describeOrigin(experiments: readonly Experiment[]): Facts {
  const days = experiments.map(({ environment: { startedAt } }) => startedAt.slice(0, 10)).sort();
  const [first = '', last = ''] = [days[0], days.at(-1)];
  const commits = distinct(experiments.map(({ environment: { git } }) => nameCommit(git)), (name) => name);
  const dataset = experiments[0]?.environment.dataset;
  return [
    ['reviews', describeData(experiments)],
    ['held out of training', `${formatCount(dataset?.counts.validation ?? 0)} reviews for validation`],
    ['fingerprint', html`<code>${dataset?.fingerprint ?? ''}</code>`],
    ['commit', html`<code>${commits.join(', ')}</code>`],
    ['trained', first === last ? first : `${first} to ${last}`],
  ];
}

/** Where the runs were made, and on what. */
export function renderEnvironment(experiments: readonly Experiment[]): Html {
  const kindsOf = (describe: (environment: Environment) => Facts): Facts[] =>
    distinct(experiments.map(({ environment }) => describe(environment)), (facts) => JSON.stringify(facts));
  return html`${renderFacts(describeOrigin(experiments), true)}
${renderKinds('Machine', kindsOf(describeMachine))}${renderKinds('Software', kindsOf(describeSoftware))}`;
}

/** What these runs have in common; what tells models apart is in their names. */
export function renderSettings(experiments: readonly NeuralExperiment[]): Html {
  if (experiments.length === 0) return html`<p class="empty">There are no neural models.</p>`;
  const settings = experiments.map(({ config: { seed: _, ...others } }) => new Map(flattenConfig(others)));
  const shared = [...settings[0] ?? []].filter(([key, value]) => settings.every((other) => Object.is(other.get(key), value)));
  return renderFacts(shared.map(([key, value]) => [key, html`<code>${String(value)}</code>`]));
}

/** An accuracy and the epoch it is of. */
function renderBest(accuracy: number | null, epoch: number | null): Html {
  return html`${formatPercent(accuracy)}${epoch === null ? null : html` <span class="printed">epoch ${epoch}</span>`}`;
}

interface ShownRun {
  readonly label: string;
  readonly settings: Comparison['settings'];
  readonly run: Experiment;
}

function renderRun({ label, settings, run }: ShownRun): Html {
  const { path, summary, environment: { git } } = run;
  const { seed, status, epochs, bestTestAccuracy, testAccuracyAtBestValidation, medianEpochSeconds } = summary;
  const [bestTestEpoch, bestEpoch] = isNeuralExperiment(run) ? [summary.bestTestEpoch, summary.bestEpoch] : [null, null];
  return html`<tr><th scope="row">${label}${settings === null ? null : html` <span class="printed">${settings}</span>`}</th><td
class="number">${seed}</td>
<td class="number">${isNeuralExperiment(run) ? epochs : '–'}${status === 'completed' ? null : html` <span
class="printed">${status}</span>`}</td>
<td class="number">${renderBest(bestTestAccuracy, bestTestEpoch)}</td>
<td class="number">${renderBest(testAccuracyAtBestValidation, bestEpoch)}</td>
<td class="number">${medianEpochSeconds === null ? '–' : formatSeconds(medianEpochSeconds)}</td>
<td><code>${nameCommit(git)}</code></td><td><code>${displayPath(path)}</code></td></tr>
`;
}

/** Each run behind the figures, and its folder. */
export function renderRuns(tables: readonly DrawnComparison[]): Html {
  const rows = tables.flatMap(({ comparison: { settings, rows: shown } }) =>
    shown.flatMap(({ label, experiments }) => experiments.map((run) => renderRun({ label, settings, run }))));
  return renderScroller('runs-caption', html`<table class="runs">
${renderCaption('runs-caption', 'Every run behind the figures above')}
<thead><tr><th scope="col">Model</th><th scope="col" class="number">seed</th><th scope="col" class="number">epochs</th>
<th scope="col" class="number">best test accuracy</th><th scope="col" class="number">at best validation</th><th scope="col"
class="number">time an epoch, median</th>
<th scope="col">commit</th><th scope="col">folder</th></tr></thead>
<tbody>
${rows}</tbody>
</table>`);
}
