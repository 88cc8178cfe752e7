import { extname, join } from 'node:path';
import { UsageError } from '../errors.ts';
import { createRoot, EXPERIMENTS_FOLDER } from '../experiment/folder.ts';
import { displayPath } from '../files/paths.ts';
import { printable } from '../files/escape.ts';
import { writeFileAtomically } from '../files/write.ts';
import { renderPng } from '../report/chart.ts';
import { loadExperiment } from '../experiment/load.ts';
import { formatOf, readTableColumns } from '../report/output-format.ts';
import type { OutputFormat } from '../report/output-format.ts';
import { renderSearchChart } from '../report/search-chart.ts';
import { renderSearch } from '../report/search-formats.ts';
import { describeValues, loadSearch } from '../report/search.ts';
import type { SearchResult } from '../report/search.ts';
import { renderStudyChart } from '../report/study-chart.ts';
import { renderStudy, studyFormats } from '../report/study-formats.ts';
import { loadStudy } from '../report/study.ts';
import type { StudyResult } from '../report/study.ts';
import { isSearch, readStudyDefinition } from '../study/definition.ts';
import type { SearchDefinition, StudyDefinition } from '../study/definition.ts';
import { estimateTime } from '../study/estimate.ts';
import type { TimeEstimate } from '../study/estimate.ts';
import { isSettled, parseSeeds, planAsked } from '../study/plan.ts';
import type { PlannedRun } from '../study/plan.ts';
import { listPoints, placeProblem, recordStudy } from '../study/points.ts';
import type { KeyPlace } from '../study/points.ts';
import { writeStudyRecord } from '../study/record.ts';
import { trainQueue, trainRuns } from '../study/runner.ts';
import { isSearchFolder, writeSearchRecord } from '../study/search-record.ts';
import type { SearchRecord } from '../study/search-record.ts';
import { createSearch, drawTrials, listSearchPlaces } from '../study/search.ts';
import type { Search } from '../study/search.ts';
import { describeRemaining } from '../study/stop-signals.ts';
import { formatClock, formatCount, formatPercent, joinWords } from '../terminal/format.ts';
import { renderPlainTable, wrapText } from '../terminal/plain-table.ts';
import { createScreen } from '../terminal/screen.ts';
import type { Screen } from '../terminal/screen.ts';
import { typedCommand } from '../typed-command.js';
import { parseList } from './compare.ts';
import type { OptionsOf } from './options.ts';
import { checkOutputs, prepareRuns, shareOut, tryReviews, warnOfMemory } from './prepare-runs.ts';
import type { ReviewNeeds } from './prepare-runs.ts';
import { startEngine } from './start-engine.ts';

type StudyOptions = OptionsOf<'study'>;

const pictures = ['.svg', '.png'] as const;

const endingOf = (file: string): string => extname(file).toLowerCase();
const isPicture = (file: string): boolean => pictures.some((ending) => ending === endingOf(file));

/** Trains what is missing of a study and sets its runs side by side. @throws UserError */
export async function runStudy(options: StudyOptions): Promise<void> {
  options.out.filter((file) => !isPicture(file)).forEach(checkTable);
  const screen = createScreen(false);
  if (options.from !== undefined) {
    refuseTrainingOptions(options);
    checkOutputs(options.out, null);
    if (isSearchFolder(options.from)) await showResult(presentSearch(loadSearch(options.from)), options, screen);
    else await showResult(presentStudy(loadStudy(options.from)), options, screen);
    return;
  }
  const definition = readStudyDefinition(options.config ?? '');
  checkOutputs(options.out, locateRuns(definition, options));
  process.exitCode = isSearch(definition) ? await runSearch(definition, options, screen) : await trainStudy(definition, options, screen);
}

function locateRuns({ name }: StudyDefinition, { into = join(EXPERIMENTS_FOLDER, name) }: StudyOptions): string {
  return into;
}

/** What trains what is missing, as it is typed again. */
function describeCommand({ config = '', set = [], seeds, into }: StudyOptions): string {
  return typedCommand('study', [
    '--config', config, ...set.flatMap((key) => ['--set', key]), ...(seeds === undefined ? [] : ['--seeds', seeds.join()]),
    ...(into === undefined ? [] : ['--into', into]),
  ]);
}

/** @returns the exit status */
async function trainStudy(definition: StudyDefinition, options: StudyOptions, screen: Screen): Promise<number> {
  const set = options.set ?? [];
  const seeds = parseList(parseSeeds)(options.seeds) ?? definition.seeds;
  const into = locateRuns(definition, options), points = listPoints(definition, set);
  const plan = planAsked(points.map(({ asked }) => asked), seeds, into);
  const placesOf = (run: PlannedRun): readonly KeyPlace[] => points.find(({ name }) => name === run.name)?.places ?? [];
  const needs: ReviewNeeds = { placeOf: (run, line) => placeProblem(definition, placesOf(run), line) };
  if (options.dryRun) {
    await tryReviews(plan, options.data, screen, needs);
    screen.print(await describePlan(plan, options, screen));
    return 0;
  }
  const request = await prepareRuns(plan, options, screen, needs);
  createRoot(into);
  writeStudyRecord(into, recordStudy(definition, points, seeds, describeCommand(options)));
  const { ends, stopCode } = await trainRuns(plan, request, screen);
  const result = loadStudy(into);
  if (stopCode === null || result.points.length > 0) await showResult(presentStudy(result), options, screen);
  if (stopCode !== null) screen.onWarning(describeRemaining(ends, typedCommand('study', process.argv.slice(3))));
  return stopCode ?? (ends.every(({ status }) => status === 'completed') ? 0 : 1);
}

/**
 * Trains what is missing of a search. A trial that diverges is an answer, not a failure.
 * @returns the exit status
 */
async function runSearch(definition: SearchDefinition, options: StudyOptions, screen: Screen): Promise<number> {
  if (options.seeds !== undefined) throw new UsageError(`--seeds: ${definition.path} is a search, whose seed is search.seed; omit --seeds`);
  const into = locateRuns(definition, options);
  const record = drawTrials(definition, options.set ?? [], describeCommand(options));
  const search = createSearch(record, into);
  const places = listSearchPlaces(definition);
  const needs: ReviewNeeds = { placeOf: (_, line) => placeProblem(definition, places, line), needsValidation: true };
  if (options.dryRun) {
    await tryReviews(search.begun, options.data, screen, needs);
    screen.print(await describeSearch(record, search, options, screen));
    return 0;
  }
  const request = await prepareRuns(search.begun, options, screen, needs);
  createRoot(into);
  writeSearchRecord(into, record);
  const { ends, stopCode } = await trainQueue(search, request, screen, { describeFigure: describeValidation });
  await showResult(presentSearch(loadSearch(into)), options, screen);
  if (stopCode !== null) screen.onWarning(`Stopped. To go on: ${typedCommand('study', process.argv.slice(3))}`);
  return stopCode ?? (ends.some(({ status }) => status === 'failed') ? 1 : 0);
}

function describeValidation({ folder }: PlannedRun): string {
  const { epochs, summary: { bestEpoch } } = loadExperiment(folder.path);
  const accuracy = epochs.find(({ epoch }) => epoch === bestEpoch)?.validationAccuracy ?? null;
  return accuracy === null ? '' : `${formatPercent(accuracy)} of the validation reviews right`;
}

/** The trials, how far each is, and how long the rest takes. */
async function describeSearch(
  record: SearchRecord, search: Search, options: StudyOptions, screen: Screen,
): Promise<string> {
  const states = record.trials.map((trial, k) => {
    const run = search.begun[k];
    return [trial.name, describeValues(trial), run === undefined ? '' : describeState(run)];
  });
  const expected = search.later(), known = search.begun.filter(isSettled);
  const shares = shareOut(options);
  const onMeasure = (): Promise<unknown> => startEngine(shares, screen);
  const time = expected.length === 0 ? null : await estimateTime([...known, ...expected], { ...shares, onMeasure });
  const epochs = record.hasEpochs ? `, compared after ${joinWords(record.rungs.map(String))} epochs` : '';
  warnOfMemory(search.begun, shares, screen);
  const rest = `${formatCount(record.trials.length)} trials${epochs}, ${describeRest(expected.length, time, shares.jobs)}`;
  return [renderPlainTable(states), '', wrapText(rest, screen.columns())].join('\n');
}

function checkTable(file: string): void {
  try {
    formatOf(file, studyFormats);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    throw new UsageError(`${error.message}, ${pictures.join(', ')}`);
  }
}

function refuseTrainingOptions(options: StudyOptions): void {
  const given = (['config', 'seeds', 'set', 'data', 'jobs', 'threads', 'into'] as const).find((name) => options[name] !== undefined);
  if (given !== undefined) throw new UsageError(`--from trains nothing, so it takes no --${given}; omit one of the two`);
  if (options.dryRun) throw new UsageError('--from trains nothing, so there is nothing to try with --dry-run; omit one of the two');
}

/** The runs, how far each is, and how long the rest takes. */
async function describePlan(plan: readonly PlannedRun[], options: StudyOptions, screen: Screen): Promise<string> {
  const states = plan.map((run) => [run.folder.name, describeState(run)]);
  const due = plan.filter((run) => !isSettled(run)).length;
  const shares = shareOut(options);
  const time = due === 0 ? null : await estimateTime(plan, { ...shares, onMeasure: () => startEngine(shares, screen) });
  warnOfMemory(plan, shares, screen);
  const rest = `${formatCount(plan.length)} runs, ${describeRest(due, time, shares.jobs)}`;
  return [renderPlainTable(states), '', wrapText(rest, screen.columns())].join('\n');
}

/** What is left to train. @param time null where it is not known */
function describeRest(due: number, time: TimeEstimate | null, jobs: number): string {
  if (due === 0) return 'nothing to train';
  const source = time?.runs === 0 ? 'a few steps of the largest model' : `the epochs of ${time?.runs === 1 ? 'the run' : 'the runs'} there`;
  const how = jobs === 1 ? '' : `, ${jobs} at a time`;
  return `${formatCount(due)} to train${how}${time === null ? '' : `, about ${formatClock(time.seconds)} on this machine, by ${source}`}`;
}

function describeState(run: PlannedRun): string {
  const { stored } = run;
  if (stored === null) return 'new';
  if (isSettled(run)) return stored.summary?.status ?? 'completed';
  return `${stored.summary?.status ?? 'begun'}, after ${stored.summary?.epochs ?? 0} epochs`;
}

/** What is shown of a study or a search. */
interface Presented {
  readonly render: (format: OutputFormat, columns: number) => string;
  /** As SVG; null where there is nothing to draw. */
  readonly draw: () => Promise<string | null>;
}

const presentStudy = (result: StudyResult): Presented => ({
  render: (format, columns) => renderStudy(result, format, columns), draw: () => renderStudyChart(result),
});

const presentSearch = (result: SearchResult): Presented => ({
  render: (format, columns) => renderSearch(result, format, columns), draw: () => renderSearchChart(result),
});

/** The tables go to standard output and nothing else does. */
async function showResult({ render, draw }: Presented, { format, out }: StudyOptions, { onWarning }: Screen): Promise<void> {
  const columns = readTableColumns(process.stdout, process.env);
  process.stdout.write(render(format, columns));
  const picture = out.some(isPicture) ? await draw() : null;
  for (const file of out) {
    if (!isPicture(file)) writeFileAtomically(file, render(formatOf(file, studyFormats), columns));
    else if (picture === null) throw new UsageError(`--out ${printable(file)}: there is nothing to draw yet`);
    else writeFileAtomically(file, endingOf(file) === '.png' ? await renderPng(picture) : picture);
    onWarning(`written to ${displayPath(file)}`);
  }
}
