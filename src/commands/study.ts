import { extname, join } from 'node:path';
import { UsageError } from '../errors.ts';
import { createRoot, EXPERIMENTS_FOLDER } from '../experiment/folder.ts';
import { displayPath } from '../files/paths.ts';
import { printable } from '../files/escape.ts';
import { writeFileAtomically } from '../files/write.ts';
import { renderPng } from '../report/chart.ts';
import { formatOf, readTableColumns } from '../report/output-format.ts';
import { renderStudyChart } from '../report/study-chart.ts';
import { renderStudy, studyFormats } from '../report/study-formats.ts';
import { loadStudy } from '../report/study.ts';
import type { StudyResult } from '../report/study.ts';
import { readStudyDefinition } from '../study/definition.ts';
import { estimateTime } from '../study/estimate.ts';
import { isSettled, parseSeeds, planAsked } from '../study/plan.ts';
import type { PlannedRun } from '../study/plan.ts';
import { listPoints, recordStudy } from '../study/points.ts';
import { writeStudyRecord } from '../study/record.ts';
import { trainRuns } from '../study/runner.ts';
import { describeRemaining } from '../study/stop-signals.ts';
import { formatClock, formatCount } from '../terminal/format.ts';
import { renderPlainTable, wrapText } from '../terminal/plain-table.ts';
import { createScreen } from '../terminal/screen.ts';
import type { Screen } from '../terminal/screen.ts';
import { typedCommand } from '../typed-command.js';
import { parseList } from './compare.ts';
import type { OptionsOf } from './options.ts';
import { prepareRuns } from './prepare-runs.ts';
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
    await showStudy(loadStudy(options.from), options, screen);
    return;
  }
  const definition = readStudyDefinition(options.config ?? ''), set = options.set ?? [];
  const seeds = parseList(parseSeeds)(options.seeds) ?? definition.seeds;
  const into = options.into ?? join(EXPERIMENTS_FOLDER, definition.name), points = listPoints(definition, set);
  const plan = planAsked(points.map(({ asked }) => asked), seeds, into);
  if (options.dryRun) {
    screen.print(await describePlan(plan, options, screen));
    return;
  }
  const command = typedCommand('study', [
    '--config', options.config ?? '', ...set.flatMap((key) => ['--set', key]),
    ...(options.seeds === undefined ? [] : ['--seeds', seeds.join()]),
    ...(options.into === undefined ? [] : ['--into', into]),
  ]);
  const dataPathOf = await prepareRuns(plan, options.data, screen);
  createRoot(into);
  writeStudyRecord(into, recordStudy(definition, points, seeds, command));
  const { ends, stopCode } = await trainRuns(plan, { dataPathOf, threads: options.threads }, screen);
  const result = loadStudy(into);
  if (stopCode === null || result.points.length > 0) await showStudy(result, options, screen);
  if (stopCode !== null) screen.onWarning(describeRemaining(ends, typedCommand('study', process.argv.slice(3))));
  process.exitCode = stopCode ?? (ends.every(({ status }) => status === 'completed') ? 0 : 1);
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
  const given = (['config', 'seeds', 'set', 'data', 'threads', 'into'] as const).find((name) => options[name] !== undefined);
  if (given !== undefined) throw new UsageError(`--from trains nothing, so it takes no --${given}; omit one of the two`);
  if (options.dryRun) throw new UsageError('--from trains nothing, so there is nothing to try with --dry-run; omit one of the two');
}

/** The runs, how far each is, and how long the rest takes. */
async function describePlan(plan: readonly PlannedRun[], { threads }: StudyOptions, screen: Screen): Promise<string> {
  const states = plan.map((run) => [run.folder.name, describeState(run)]);
  const due = plan.filter((run) => !isSettled(run)).length;
  const time = due === 0 ? null : await estimateTime(plan, () => startEngine({ threads }, screen));
  const source = time?.runs === 0 ? 'a few steps of the largest model' : `the epochs of ${time?.runs === 1 ? 'the run' : 'the runs'} there`;
  const seconds = time === null ? '' : `, about ${formatClock(time.seconds)} on this machine, by ${source}`;
  const rest = due === 0 ? 'nothing to train' : `${formatCount(due)} to train${seconds}`;
  return [renderPlainTable(states), '', wrapText(`${formatCount(plan.length)} runs, ${rest}`, screen.columns())].join('\n');
}

function describeState(run: PlannedRun): string {
  const { stored } = run;
  if (stored === null) return 'new';
  if (isSettled(run)) return stored.summary?.status ?? 'completed';
  return `${stored.summary?.status ?? 'begun'}, after ${stored.summary?.epochs ?? 0} epochs`;
}

/** The tables go to standard output and nothing else does. */
async function showStudy(result: StudyResult, { format, out }: StudyOptions, { onWarning }: Screen): Promise<void> {
  const columns = readTableColumns(process.stdout, process.env);
  process.stdout.write(renderStudy(result, format, columns));
  const picture = out.some(isPicture) ? await renderStudyChart(result) : null;
  for (const file of out) {
    if (!isPicture(file)) writeFileAtomically(file, renderStudy(result, formatOf(file, studyFormats), columns));
    else if (picture === null) throw new UsageError(`--out ${printable(file)}: there is no difference to draw yet`);
    else writeFileAtomically(file, endingOf(file) === '.png' ? await renderPng(picture) : picture);
    onWarning(`written to ${displayPath(file)}`);
  }
}
