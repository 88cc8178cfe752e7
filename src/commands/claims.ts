import { availableParallelism, cpus } from 'node:os';
import { setImmediate } from 'node:timers/promises';
import { isatty } from 'node:tty';
import { articleOfClaim } from '../articles/articles.ts';
import type { Article } from '../articles/articles.ts';
import { displayPath } from '../files/paths.ts';
import { printable } from '../files/escape.ts';
import type { Engine } from '../engine/load.ts';
import { UsageError } from '../errors.ts';
import { writeFileAtomically } from '../files/write.ts';
import { publishedFolders } from '../experiment/find-runs.ts';
import { checkClaims, claims as registry } from '../articles/claims/check-claims.ts';
import type { CheckedClaim } from '../articles/claims/finding.ts';
import { createMeasurements, articlesSizes } from '../articles/claims/measurements.ts';
import type { Measurements, MeasurementSizes } from '../articles/claims/measurements.ts';
import { fingerprintRuns } from '../articles/claims/read-claims.ts';
import { createEvidence } from '../report/comparison.ts';
import { wrapText } from '../terminal/plain-table.ts';
import { createScreen } from '../terminal/screen.ts';
import type { Screen } from '../terminal/screen.ts';
import { describeVerdicts, describeReport, renderArticle, renderClaim, renderClaimsMarkdown, renderVerdicts } from './claims-view.ts';
import type { ClaimsReport, Machine } from './claims-view.ts';
import type { OptionsOf } from './options.ts';
import { startEngine } from './start-engine.ts';
import { loadPublished } from '../report/choose-runs.ts';
import { loadStudies } from '../report/study.ts';
import { findStudies } from '../study/find-studies.ts';
import { isStudyFolder } from '../study/record.ts';
import { formatOf } from '../report/output-format.ts';

const formats = ['terminal', 'markdown', 'json'] as const;

export interface ClaimsOptions {
  /** Undefined for the published runs. */
  readonly from: readonly string[] | undefined;
  readonly only: readonly string[] | undefined;
  readonly format: (typeof formats)[number];
  readonly out: string | undefined;
}

/** The engine starts when a claim first asks for a measurement. */
function prepareMeasurements(sizes: MeasurementSizes, screen: Screen): { measurements: Measurements; machine: () => Machine | null } {
  let started: Promise<Engine> | null = null;
  let machine: Machine | null = null;
  const start = async (): Promise<void> => {
    machine = describeMachine(await (started ??= startEngine({}, screen)));
  };
  return { measurements: createMeasurements(sizes, start, screen.onProgress), machine: () => machine };
}

function describeMachine({ kind, tensorflowVersion, threads }: Engine): Machine {
  const engine = kind === 'native' ? `TensorFlow ${tensorflowVersion ?? ''}`.trim() : 'WebAssembly';
  return { cpu: cpus()[0]?.model.trim() ?? 'unknown', cores: availableParallelism(), threads, engine };
}

/** @param onClaim sees each claim as soon as it is checked */
export async function checkAll(
  { from, only }: Pick<ClaimsOptions, 'from' | 'only'>, sizes: MeasurementSizes, screen: Screen, onClaim: (claim: CheckedClaim) => void,
): Promise<ClaimsReport> {
  const studies = loadStudies(from ?? findStudies());
  const folders = (from ?? publishedFolders()).filter((folder) => !isStudyFolder(folder));
  const experiments = folders.length === 0 ? [] : loadPublished(folders, screen.onWarning);
  const comparison = experiments.length === 0 ? null : createEvidence(experiments);
  const { measurements, machine } = prepareMeasurements(sizes, screen);
  const checked: CheckedClaim[] = [];
  for await (const claim of checkClaims({ comparison, studies, measurements }, only)) {
    checked.push(claim);
    onClaim(claim);
    await setImmediate(); // lets the terminal have it
  }
  screen.bar.clear();
  return { machine: machine(), runs: experiments.length, runsFingerprint: fingerprintRuns(experiments), claims: checked };
}

/** Prints each claim as it is checked, or writes all of them in the end. */
export async function runClaims(
  options: ClaimsOptions,
  sizes: MeasurementSizes = articlesSizes,
  screen = createScreen(false),
): Promise<ClaimsReport> {
  const { out } = options;
  const format = out === undefined ? options.format : formatOf(out, formats);
  const live = format === 'terminal' && out === undefined;
  const isColored = isatty(process.stdout.fd) && process.stdout.hasColors();
  const render = createClaimRenderer(isColored);
  const report = await checkAll(options, sizes, screen, (claim) => {
    if (live) screen.print(render(claim));
  });
  if (live) screen.print(renderEnd(report));
  else if (out === undefined) process.stdout.write(renderReport(report, format));
  else {
    writeFileAtomically(out, renderReport(report, format));
    screen.print(`${describeVerdicts(report.claims)}\nwritten to ${displayPath(out)}`);
  }
  return report;
}

function renderEnd(report: ClaimsReport): string {
  return [renderVerdicts(report.claims), '', ...describeReport(report).map((line) => wrapText(line, 80))].join('\n');
}

/** Each claim, the first of an article below the article's names. */
function createClaimRenderer(isColored: boolean): (claim: CheckedClaim) => string {
  let last: Article | null = null;
  return (claim) => {
    const article = articleOfClaim(claim.id);
    const heading = article === last ? '' : `${renderArticle(article, isColored)}\n`;
    last = article;
    return `${heading}${renderClaim(claim, isColored)}`;
  };
}

/** The whole report, for a file or a pipe: without colours. */
export function renderReport(report: ClaimsReport, format: ClaimsOptions['format']): string {
  switch (format) {
    case 'terminal': return `${[...report.claims.map(createClaimRenderer(false)), renderEnd(report)].join('\n')}\n`;
    case 'markdown': return renderClaimsMarkdown(report);
    case 'json': return `${JSON.stringify(report, null, 2)}\n`;
  }
}

/** `C1,c5` → `['C1', 'C5']`. @throws UsageError when a claim is not one of the articles' */
export function parseOnly(only: string | undefined): string[] | undefined {
  if (only === undefined) return undefined;
  const ids = only.split(',').map((id) => id.trim().toUpperCase());
  const unknown = ids.find((id) => !registry.some((claim) => claim.id === id));
  if (unknown === undefined) return ids;
  throw new UsageError(
    `--only takes claims from ${registry[0]?.id ?? ''} to ${registry.at(-1)?.id ?? ''}, for example C1,C5; there is no `
      + (printable(unknown) || 'empty one'),
  );
}

export async function runClaimsCommand({ claims, only, ...options }: OptionsOf<'claims'>): Promise<void> {
  const named = [...claims, ...(only === undefined ? [] : [only])];
  await runClaims({ ...options, only: named.length === 0 ? undefined : parseOnly(named.join()) });
}
