import type { CommandName } from '../command-line/commands.js';
import { UsageError, UserError } from '../errors.ts';
import { clearScreen, showProblem } from '../terminal/screen.ts';
import type { OptionsOf } from './options.ts';

const USAGE_STATUS = 2;

type Handlers = { readonly [Name in CommandName]: () => Promise<(options: OptionsOf<Name>) => Promise<void>> };

/** Each command is loaded when it is called. */
const handlers: Handlers = {
  train: async () => (await import('./train.ts')).runTrain,
  data: async () => (await import('./data.ts')).runData,
  predict: async () => (await import('./predict.ts')).runPredict,
  evaluate: async () => (await import('./evaluate.ts')).runEvaluate,
  explain: async () => (await import('./explain.ts')).runExplain,
  export: async () => (await import('./export.ts')).runExport,
  serve: async () => (await import('./serve.ts')).runServe,
  compare: async () => (await import('./compare.ts')).runCompare,
  study: async () => (await import('./study.ts')).runStudy,
  choose: async () => (await import('./choose.ts')).runChoose,
  plot: async () => (await import('./plot.ts')).runPlot,
  inspect: async () => (await import('./inspect.ts')).runInspect,
  'learning-rate': async () => (await import('./learning-rate.ts')).runLearningRate,
  claims: async () => (await import('./claims.ts')).runClaimsCommand,
  report: async () => (await import('./report.ts')).runReport,
  doctor: async () => (await import('./doctor.ts')).runDoctor,
  bench: async () => (await import('./bench.ts')).runBenchCommand,
};

/** @param options as they are declared in command-line/commands.js, and checked against it */
export async function runCommand(name: CommandName, options: Readonly<Record<string, unknown>>): Promise<void> {
  try {
    const run = await handlers[name]() as (options: Readonly<Record<string, unknown>>) => Promise<void>;
    clearScreen(); // the sign that it was loading: what is printed next may not come from a screen
    await run(options);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    for (const line of error.message.split('\n')) showProblem(line);
    process.exitCode = error instanceof UsageError ? USAGE_STATUS : 1;
  } finally {
    clearScreen();
  }
}
