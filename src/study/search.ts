import { UserError } from '../errors.ts';
import { experimentConfigs } from '../experiment-config.ts';
import { capabilitiesOf, countEpochs, isNeural } from '../experiment-schema.ts';
import { mayGrow } from '../experiment/continuation.ts';
import { chooseJob, forecastJobs, listRungs } from './halving.ts';
import type { HalvingPlan, Job, Score } from './halving.ts';
import type { SearchDefinition } from './definition.ts';
import { askConfig, isSettled, planAsked } from './plan.ts';
import type { AskedConfig, PlannedRun, RunEnd } from './plan.ts';
import { placeProblem } from './points.ts';
import type { KeyPlace } from './points.ts';
import { tryAll } from './problems.ts';
import type { PlacedProblem } from './problems.ts';
import type { RunQueue } from './runner.ts';
import { listValues, locateTrial, nameTrialRun, readTrial } from './search-record.ts';
import type { SearchRecord, Trial } from './search-record.ts';
import { listExtremes, sampleTrial } from './search-space.ts';

const noKeys: ReadonlySet<string> = new Set();
const EPOCHS_KEY = 'training.epochs';

/** Enough digits that a search may grow without its folders being renamed. */
const nameTrial = (number: number): string => `trial-${String(number).padStart(4, '0')}`;

/** Where a search's file has its keys. */
export function listSearchPlaces({ search: { space }, set }: SearchDefinition): KeyPlace[] {
  return [
    ...Object.keys(space).map((key): KeyPlace => [key, ['search', 'space', key]]),
    ...Object.keys(set).map((key): KeyPlace => [key, ['set', key]]),
  ];
}

/**
 * Every trial of a search, drawn.
 * @param set `key=value`, which replaces keys in all of them
 * @throws UserError for a config or a key that is wrong, with its place in the study's file
 */
export function drawTrials(definition: SearchDefinition, set: readonly string[], command: string): SearchRecord {
  const { search: { trials, space, seed, budget }, base, place, path } = definition;
  const shared = [...Object.entries(definition.set).map(([key, value]) => `${key}=${JSON.stringify(value)}`), ...set];
  const twice = Object.keys(space).find((key) => shared.some((one) => one.startsWith(`${key}=`)));
  if (twice !== undefined)
    throw new UserError(`${place(['search', 'space', twice])}: ${twice} is set for all trials too; omit one of the two`);
  const isSet = (key: string): boolean => shared.some((one) => one.startsWith(`${key}=`));
  if ('seed' in space || isSet('seed')) throw new UserError(`${path}: search.seed says which seed there is; omit seed`);
  if (EPOCHS_KEY in space || (budget !== undefined && isSet(EPOCHS_KEY)))
    throw new UserError(`${path}: search.budget says how many epochs there are; omit ${EPOCHS_KEY}`);
  const drawn = Array.from({ length: trials }, (_, k): Trial => ({ name: nameTrial(k + 1), values: sampleTrial(space, k + 1, seed) }));
  const places = listSearchPlaces(definition);
  const placeOf = (_: unknown, line: string): PlacedProblem => placeProblem(definition, places, line);
  tryAll(Object.entries(space), ([key, dimension]) => { // whether it is drawn or not
    for (const value of listExtremes(key, dimension))
      experimentConfigs.check(base, { set: [...shared, `${key}=${JSON.stringify(value)}`] });
  }, { nameOf: () => '', placeOf });
  const configs = tryAll(drawn, (trial) => askConfig(base, [...shared, ...listValues(trial)], noKeys).config, {
    nameOf: ({ name }) => name, placeOf,
  });
  const hasEpochs = configs.every((config) => capabilitiesOf(config).hasEpochs);
  if (budget !== undefined && !hasEpochs)
    throw new UserError(`${place(['search', 'budget'])}: ${base} is trained by no epochs, so no trial can be stopped early; omit budget`);
  if (budget !== undefined && trials < budget.factor)
    throw new UserError(`${place(['search', 'trials'])}: ${trials} trials are fewer than the factor ${budget.factor}; ask for more`);
  const unjudged = configs.find(({ data }) => data.validationFraction === 0 && data.validationPath === null && data.splitColumn === null);
  if (unjudged !== undefined)
    throw new UserError(`${path}: a search judges by validation, and data.validationFraction is 0; hold some reviews out`);
  return {
    format: 1, name: definition.name, question: definition.question, command, config: base, set: shared, space, seed,
    rungs: budget === undefined ? [Math.max(...configs.map(countEpochs))] : listRungs(budget), factor: budget?.factor ?? 1,
    goesOn: configs.every(mayGrow), hasEpochs, trials: drawn,
  };
}

/** A search as far as it is, which gives its runs one after the other. */
export interface Search extends RunQueue {
  /** A run of each trial: that of the most epochs, or its first. */
  readonly begun: readonly PlannedRun[];
}

/**
 * A search goes on from what its folders hold, and from nothing else: it trains the same, however many runs are under way at a time and
 * wherever it was stopped.
 * @throws UserError for a folder of another config, and a run that is damaged
 */
export function createSearch(record: SearchRecord, into: string): Search {
  const plan: HalvingPlan = { rungs: record.rungs.length, factor: record.factor, trials: record.trials.length };
  const begun: PlannedRun[] = [], scores: Score[][] = [];
  for (let trial = 0; trial < record.trials.length; trial++) {
    const state = readTrial(into, record, trial);
    const rung = state.run === null ? 0 : Math.max(0, record.rungs.indexOf(countEpochs(state.run.config)));
    begun.push(planJob(record, into, { trial, rung }));
    scores.push([...state.scores]);
  }
  const underWay = new Map<PlannedRun, Job>();
  let isStopped = false;

  function end({ run, status }: RunEnd): void {
    const job = underWay.get(run);
    if (job === undefined) return;
    underWay.delete(run);
    const score = status === 'failed' ? null : readTrial(into, record, job.trial).scores[job.rung];
    if (score === undefined) isStopped = true; // the run was stopped, and with it the search
    else scores[job.trial]?.push(score);
  }
  function next(): PlannedRun | null {
    for (;;) {
      const job = isStopped ? null : chooseJob(scores, plan, [...underWay.values()]);
      if (job === null) return null;
      const run = planJob(record, into, job);
      if (!isSettled(run)) {
        underWay.set(run, job);
        return run;
      }
      scores[job.trial]?.push(scores[job.trial]?.at(-1) ?? null); // a stop rule ended it, and would again
    }
  }
  function later(): PlannedRun[] {
    const jobs = [...underWay.values()];
    return forecastJobs(scores, plan).filter(({ trial, rung }) => !jobs.some((job) => job.trial === trial && job.rung === rung))
      .map((job) => expectRun(record, into, job));
  }
  return { begun, next, end, later };
}

function askJob(record: SearchRecord, { trial: number, rung }: Job): AskedConfig {
  const { config, set, trials, rungs, hasEpochs } = record, trial = trials[number];
  if (trial === undefined) throw new RangeError(`there is no trial ${number}`);
  const asked = askConfig(config, [...set, ...listValues(trial), ...(hasEpochs ? [`${EPOCHS_KEY}=${rungs[rung] ?? 0}`] : [])], noKeys);
  return { ...asked, name: nameTrialRun(record, number, rung) };
}

function planJob(record: SearchRecord, into: string, job: Job): PlannedRun {
  const [run] = planAsked([askJob(record, job)], [record.seed], into);
  if (run === undefined) throw new RangeError(`trial ${job.trial} has no run`);
  return run;
}

/** A run as far as its time goes: of the epochs that it adds, whatever is in its folder by then. */
function expectRun(record: SearchRecord, into: string, job: Job): PlannedRun {
  const { config: asked, ...rest } = askJob(record, job), { rungs, goesOn } = record;
  const epochs = (rungs[job.rung] ?? 0) - (goesOn ? rungs[job.rung - 1] ?? 0 : 0);
  const config = isNeural(asked) ? { ...asked, training: { ...asked.training, epochs } } : asked;
  return { ...rest, config, folder: locateTrial(into, record, job.trial, job.rung), stored: null };
}
