import type { Advice } from '../articles/choosing.ts';
import { describeDifference } from '../articles/claims/runs.ts';
import { escapeControls } from '../files/escape-controls.js';
import { displayPath } from '../files/paths.ts';
import { compareCandidates } from '../report/candidates.ts';
import type { Candidate, Choice } from '../report/candidates.ts';
import { formatEstimate } from '../report/estimate.ts';
import type { StudyEvidence } from '../report/study-evidence.ts';
import { formatBytes, formatClock, formatCount, formatPercent } from '../terminal/format.ts';
import { renderPlainTable, renderRows, wrapText } from '../terminal/plain-table.ts';
import type { Rows } from '../terminal/plain-table.ts';
import { typedCommand } from '../typed-command.js';
import { isNeural } from '../experiment-schema.ts';
import type { AnyConfig } from '../experiment-schema.ts';
import type { Evidence } from '../report/comparison.ts';
import type { DataReport } from './data-view.ts';
import type { ModelCosts, TextsToTrain } from './choose-costs.ts';
import type { ChooseOptions, Needs } from './choose-needs.ts';

/** A model as it would be trained, and what it takes. */
export interface WeighedModel {
  readonly label: string;
  readonly config: AnyConfig;
  /** Null of a model without published runs. */
  readonly candidate: Candidate | null;
  readonly costs: ModelCosts;
}

/** All that the command answers. */
export interface ChooseReport {
  readonly needs: Needs;
  readonly texts: TextsToTrain;
  /** Of the data, where it is there. */
  readonly profile: DataReport | null;
  readonly advice: readonly Advice[];
  readonly evidence: Evidence | null;
  readonly candidates: readonly Candidate[];
  readonly studies: readonly StudyEvidence[];
  /** By the runs; null without any, or where none fits. */
  readonly choice: Choice | null;
  readonly best: WeighedModel | null;
  /** The model that the articles' rule by length takes. */
  readonly articles: WeighedModel;
  readonly follow: ChooseOptions['follow'];
  /** What is written. */
  readonly config: AnyConfig;
}

const formatMilliseconds = (seconds: number): string => `${(1000 * seconds).toFixed(seconds < 0.01 ? 1 : 0)} ms`;

/** Which limit a model exceeds and by what, `weights of 21 MB, and 10 MB are allowed`; null where it keeps them all. */
export function findExcess(
  costs: Partial<ModelCosts>, needs: Pick<Needs, 'memoryBytes' | 'latencySeconds' | 'trainingSeconds'>,
): string | null {
  const limits = [
    ['weights of', costs.weightBytes, needs.memoryBytes, formatBytes],
    ['an answer takes', costs.answerSeconds, needs.latencySeconds, formatMilliseconds],
    ['training takes about', costs.trainingSeconds, needs.trainingSeconds, formatClock],
  ] as const;
  for (const [what, value, limit, format] of limits) {
    if (typeof value === 'number' && limit !== null && value > limit) return `${what} ${format(value)}, above ${format(limit)}`;
  }
  return null;
}

/** @param columns of the lines */
export function renderChoice(report: ChooseReport, columns: number): string {
  const { candidates, choice, studies } = report;
  return [
    renderRows([['texts', describeTexts(report)], ['limits', describeLimits(report.needs)], ...report.advice.map(describeAdvice)], columns),
    '', ...(candidates.length === 0 ? [] : [renderCandidates(report, columns), '']),
    ...studies.flatMap((study) => [renderStudy(study, columns), '']),
    renderRows(describeAnswer(report), columns),
    ...(choice?.reaches === false && report.needs.accuracy !== null
      ? [wrapText(`No model that fits reached ${formatPercent(report.needs.accuracy, 1)} here.`, columns)] : []),
    ...describeNext(report),
  ].join('\n');
}

function describeTexts({ needs, texts, profile }: ChooseReport): string {
  const { length, classes, trained } = texts, shared = `${formatCount(trained)} for training, ${classes} classes`;
  if (profile === null || needs.data === null) return `about ${formatCount(length)} tokens each, ${shared}`;
  const { lengths: { median, share95 } } = profile;
  return `${escapeControls(displayPath(needs.data))}: ${shared}, half of them up to ${formatCount(median)} tokens, 95 % up to `
    + formatCount(share95);
}

function describeLimits({ memoryBytes, latencySeconds, trainingSeconds, accuracy }: Needs): string {
  const given = [
    ...(memoryBytes === null ? [] : [`weights up to ${formatBytes(memoryBytes)}`]),
    ...(latencySeconds === null ? [] : [`an answer within ${formatMilliseconds(latencySeconds)}`]),
    ...(trainingSeconds === null ? [] : [`training within ${formatClock(trainingSeconds)}`]),
    ...(accuracy === null ? [] : [`${formatPercent(accuracy, 1)} is accurate enough`]),
  ];
  return given.length === 0 ? 'none given' : given.join(', ');
}

function describeAdvice({ claim, rule }: Advice): Rows[number] {
  return [claim, `the articles, ${rule}`];
}

/** Each model of the published runs, and how it stands to the one chosen. */
function renderCandidates({ candidates, evidence, choice }: ChooseReport, columns: number): string {
  const chosen = choice?.chosen ?? null;
  const rows = candidates.map((candidate) => [
    candidate.label, formatEstimate(candidate.accuracy, 'accuracy'), String(candidate.accuracy.runs),
    describeStanding(candidate, chosen, evidence, choice),
  ]);
  const trained = Math.max(...candidates.map((candidate) => candidate.trained));
  const title = `Published runs on IMDB: test accuracy after ${formatCount(trained)} training reviews of two classes, of `
    + `which neural models read ${formatCount(longestRead(candidates))} tokens at most`;
  const head = ['model', 'accuracy', 'seeds', chosen === null ? '' : `against ${chosen.label}`];
  const widths = Number.isFinite(columns) ? [28, null, null, Math.max(20, columns - 56)] : [];
  return [wrapText(title, columns), renderPlainTable([head, ...rows], { align: ['left', 'right', 'right', 'left'], widths })].join('\n');
}

/** Tokens of a review that the neural models of these read. */
function longestRead(candidates: readonly Candidate[]): number {
  return Math.max(0, ...candidates.flatMap(({ config }) => (isNeural(config) ? [config.data.maxLength] : [])));
}

function describeStanding(
  candidate: Candidate, chosen: Candidate | null, evidence: ChooseReport['evidence'], choice: ChooseReport['choice'],
): string {
  const problem = choice?.refused.find((one) => one.candidate === candidate)?.problem;
  if (problem !== undefined) return problem;
  if (chosen === null || evidence === null) return '';
  if (candidate === chosen) return 'chosen';
  const difference = compareCandidates(evidence, candidate, chosen);
  return difference === null ? '' : describeDifference(difference);
}

function renderStudy({ study, key, value, rows }: StudyEvidence, columns: number): string {
  const ranked = rows.flatMap(({ label, testAccuracyAtBestValidation: { measured } }) => (measured === null ? [] : [{ label, measured }]))
    .toSorted((a, b) => b.measured.mean - a.measured.mean);
  const counts = rows.flatMap(({ experiments }) => experiments.map(({ environment: { dataset } }) => dataset.counts.train));
  const trained = Math.max(0, ...counts);
  const what = `small models after ${formatCount(trained)} training reviews${
    key === 'data.maxLength' ? ` cut to ${formatCount(value)} tokens` : ''}`;
  const seeds = Math.max(0, ...ranked.map(({ measured: { runs } }) => runs));
  return [
    wrapText(`Study ${study}, which does not choose: test accuracy of ${what} (${key} ${formatCount(value)}), mean of ${
      seeds === 1 ? 'one seed' : `${seeds} seeds`}`, columns),
    renderPlainTable(ranked.map(({ label, measured }) => [label, formatEstimate(measured, 'accuracy')]), { align: ['left', 'right'] }),
  ].join('\n');
}

function describeAnswer(report: ChooseReport): Rows {
  const { best, articles, advice: [rule], candidates } = report;
  return [
    ['advice', best === null ? `none: ${candidates.length === 0 ? 'there are no published runs here' : 'no published model fits'}`
      : `${best.label}, by the runs`],
    ['articles', `${articles.label}${rule?.quantised === true ? ' with weights in 8 bits' : ''}`],
    ['verdict', describeVerdict(report)],
    ...(best === null || best.label === articles.label ? [articles] : [best, articles]).map((model, k): Rows[number] =>
      [k === 0 ? 'costs' : '', describeCosts(model)]),
  ];
}

function describeVerdict({ best, articles, evidence }: ChooseReport): string {
  if (best === null) return 'there is no evidence here to hold the rule against, so the articles\' model is taken';
  if (best.label === articles.label) return 'the runs and the articles\' rule agree';
  const difference = best.candidate === null || articles.candidate === null || evidence === null
    ? null : compareCandidates(evidence, best.candidate, articles.candidate);
  return `they disagree: ${difference === null ? `there are no published runs of ${articles.label} to compare`
    : `${best.label} less ${articles.label} is ${describeDifference(difference)}`
      + (difference.outcome === 'noise' ? ', so the runs do not tell which is more accurate' : '')}`;
}

function describeCosts({ label, costs: { weightBytes, answerSeconds, trainingSeconds, trainingBytes, isMeasured } }: WeighedModel): string {
  const parts = [
    `training about ${formatClock(Math.max(1, trainingSeconds))}`,
    ...(trainingBytes === null ? [] : [`${formatBytes(trainingBytes)} of tensors at its peak`]),
    ...(answerSeconds === null ? [] : [`${formatMilliseconds(answerSeconds)} for one answer`]),
    `weights of ${formatBytes(weightBytes)}`,
  ];
  return `${label}: ${parts.join(', ')}; ${isMeasured ? 'by steps on this machine' : 'by the published run, for as many texts'}`;
}

function describeNext({ needs, follow, best, advice }: ChooseReport): string[] {
  if (needs.out === null) return ['', 'Name a file with --out to have the config, which train takes.'];
  const quantised = advice[0]?.quantised === true && (follow === 'articles' || best === null);
  return [
    '', `written to ${displayPath(needs.out)}`,
    typedCommand('train', ['--config', needs.out, '--data', needs.data ?? 'reviews.csv']),
    ...(quantised ? [typedCommand('export', ['--run', 'experiments/…', '--out', 'exports/small', '--int8'])] : []),
  ];
}

/** What --json prints. */
export function toJson({ needs, texts, advice, candidates, evidence, choice, best, articles, studies, config }: ChooseReport): object {
  const describeOption = ({ label, costs }: WeighedModel): object => ({ model: label, costs });
  return {
    needs, texts,
    articles: { advice, ...describeOption(articles) },
    evidence: candidates.map((candidate) => ({
      model: candidate.label, accuracy: candidate.accuracy,
      problem: choice?.refused.find((one) => one.candidate === candidate)?.problem ?? null,
      againstChosen: choice?.chosen == null || evidence === null ? null : compareCandidates(evidence, candidate, choice.chosen),
    })),
    studies: studies.map(({ study, key, value, rows }) => ({
      study, key, value,
      models: rows.map(({ label, testAccuracyAtBestValidation: { measured } }) => ({ label, ...measured })),
    })),
    chosen: best === null ? null : describeOption(best), reachesAccuracy: choice?.reaches ?? null,
    agree: best?.label === articles.label, config,
  };
}
