import { displayPath } from '../../config/paths.ts';
import { isNeuralExperiment } from '../../experiment/load.ts';
import type { Experiment } from '../../experiment/load.ts';
import { formatPercent, formatSeconds } from '../../terminal/format.ts';
import type { Comparison } from '../comparison.ts';
import { nameCommit } from './environment.ts';
import type { DrawnComparison } from './content.ts';
import { html } from './html.ts';
import type { Html } from './html.ts';
import { renderCaption, renderScroller } from './scroller.ts';

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
  return html`<tr><th scope="row">${label}${settings === null ? null : html` <span class="printed">${settings}</span>`}</th><td class="number">${seed}</td>
<td class="number">${isNeuralExperiment(run) ? epochs : '–'}${status === 'completed' ? null : html` <span class="printed">${status}</span>`}</td>
<td class="number">${renderBest(bestTestAccuracy, bestTestEpoch)}</td>
<td class="number">${renderBest(testAccuracyAtBestValidation, bestEpoch)}</td>
<td class="number">${medianEpochSeconds === null ? '–' : formatSeconds(medianEpochSeconds)}</td>
<td><code>${nameCommit(git)}</code></td><td><code>${displayPath(path)}</code></td></tr>
`;
}

/** Each run behind the figures, and its folder. */
export function renderRuns(tables: readonly DrawnComparison[]): Html {
  return renderScroller('runs-caption', html`<table class="runs">
${renderCaption('runs-caption', 'Every run behind the figures above')}
<thead><tr><th scope="col">Model</th><th scope="col" class="number">seed</th><th scope="col" class="number">epochs</th>
<th scope="col" class="number">best test accuracy</th><th scope="col" class="number">at best validation</th><th scope="col" class="number">time an epoch, median</th>
<th scope="col">commit</th><th scope="col">folder</th></tr></thead>
<tbody>
${tables.flatMap(({ comparison: { settings, rows } }) => rows.flatMap(({ label, experiments }) => experiments.map((run) => renderRun({ label, settings, run }))))}</tbody>
</table>`);
}
