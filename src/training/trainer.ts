import { createBatchPacker, planEpoch } from '../data/batches.ts';
import type { Dataset } from '../data/dataset.ts';
import type { EncodedPart } from '../text/encode.ts';
import { readClockSeconds } from '../measure/clock.ts';
import { readPeakRssBytes } from '../measure/memory.ts';
import { startOfEpoch } from './epoch.ts';
import type { EpochEvent, EpochRecord, TrainingPosition } from './epoch.ts';
import { addBatch, evaluatePart, means } from './evaluate.ts';
import type { PartEvaluation, Totals } from './evaluate.ts';
import type { RunPlan } from './schedules/schedule.ts';
import { createStopRule } from './settings.ts';
import { trainStep } from './step.ts';
import type { StepResult, Trainee } from './step.ts';

/** What a training run reports, in order: the trainer draws nothing and writes nothing. */
export type TrainingEvent = StepEvent | EvaluationEvent | EpochEvent | DivergedEvent;

export interface StepEvent extends Pick<StepResult, 'gradientNorm' | 'peakTensorBytes'> {
  readonly kind: 'step';
  readonly epoch: number;
  /** 1 to `steps`. */
  readonly step: number;
  readonly steps: number;
  /** Means over the epoch so far. */
  readonly loss: number;
  readonly accuracy: number;
  readonly examples: number;
  /** Of the epoch so far, evaluation and reporting excluded. */
  readonly seconds: number;
  /** Where the run goes on after this step. */
  readonly position: TrainingPosition;
}

export interface EvaluationEvent {
  readonly kind: 'evaluation';
  readonly epoch: number;
  readonly part: 'validation' | 'test';
  readonly examples: number;
  readonly total: number;
}

/** The last event of a run whose loss or gradient is not finite; the parameters are those before the step. */
export interface DivergedEvent {
  readonly kind: 'diverged';
  readonly epoch: number;
  /** Of the epoch: its batch. */
  readonly step: number;
  /** Updates before it, of the whole run. */
  readonly updates: number;
  readonly loss: number;
  readonly gradientNorm: number;
  /** The reviews of the batch. */
  readonly reviewIds: readonly string[];
}

/** Where a run goes on. */
export interface TrainingStart {
  readonly position: TrainingPosition;
  /** The epochs before it. */
  readonly history: readonly EpochRecord[];
}

const beginning: TrainingStart = { position: startOfEpoch(1), history: [] };

/**
 * Trains epoch by epoch, evaluating after each, until a stop rule ends it. The generator may be left between any two events.
 * From the position of an event, with the optimizer as it was then, it yields what would have come after that event.
 */
export function* train(trainee: Trainee, dataset: Dataset, from: TrainingStart = beginning): Generator<TrainingEvent, void> {
  const stop = createStopRule(trainee.config.training);
  let { position, history } = from;
  for (let end = stop(history); end === null; end = stop(history)) {
    const { epoch } = position;
    const epochSteps = yield* trainEpoch(trainee, dataset.train, position);
    if (epochSteps === null) return;
    const validation = yield* evaluateDuring(trainee, dataset.validation, { epoch, part: 'validation' });
    const test = yield* evaluateDuring(trainee, dataset.test, { epoch, part: 'test' });
    const record = createRecord(trainee, epoch, epochSteps, means(validation.totals), means(test.totals));
    history = [...history, record];
    position = startOfEpoch(epoch + 1);
    const probabilities = { validationProbabilities: validation.probabilities, testProbabilities: test.probabilities };
    yield { kind: 'epoch', record, ...probabilities, position, end: stop(history) };
  }
}

interface EpochSteps {
  readonly totals: Totals;
  readonly seconds: number;
  readonly plan: RunPlan;
}

/** @returns null when the run diverged. */
function* trainEpoch(trainee: Trainee, part: EncodedPart, from: TrainingPosition): Generator<TrainingEvent, EpochSteps | null> {
  const { config: { seed, training }, optimizer } = trainee;
  const { epoch } = from;
  let { step, totals, seconds } = from;
  const started = readClockSeconds();
  const plan = planEpoch(part, { ...training, seed, epoch });
  const packBatch = createBatchPacker(part);
  seconds += readClockSeconds() - started;
  const { accumulationSteps } = training, epochSteps = Math.ceil(plan.length / accumulationSteps);
  while (step < plan.length) {
    const stepStarted = readClockSeconds();
    const batches = plan.slice(step, step + accumulationSteps), rows = batches.flatMap((batch) => [...batch]);
    const { finite, loss, correct, gradientNorm, peakTensorBytes } = trainStep(trainee, batches.map(packBatch), epochSteps);
    seconds += readClockSeconds() - stepStarted;
    step += batches.length;
    if (!finite) {
      const reviewIds = rows.map((row) => part.ids[row] ?? '');
      yield { kind: 'diverged', epoch, step, updates: optimizer.steps(), loss, gradientNorm, reviewIds };
      return null;
    }
    totals = addBatch(totals, loss, correct, rows.length);
    const { examples } = totals;
    yield {
      kind: 'step', epoch, step, steps: plan.length, loss: totals.lossSum / examples, accuracy: totals.correct / examples,
      gradientNorm, examples, seconds, peakTensorBytes, position: { epoch, step, totals, seconds },
    };
  }
  return { totals, seconds, plan: { epochs: training.epochs, epochSteps } };
}

function* evaluateDuring(
  { config, model, optimizer }: Trainee, part: EncodedPart, about: Pick<EvaluationEvent, 'epoch' | 'part'>,
): Generator<EvaluationEvent, PartEvaluation> {
  const batches = evaluatePart({ model, parameters: optimizer.evaluated }, part, config.training.evaluationBatchSize);
  for (;;) {
    const { done, value } = batches.next();
    if (done === true) return value;
    yield { kind: 'evaluation', ...about, examples: value, total: part.labels.length };
  }
}

function createRecord(
  { config, optimizer, schedule }: Trainee, epoch: number, { totals, seconds, plan }: EpochSteps,
  validation: ReturnType<typeof means>, test: ReturnType<typeof means>,
): EpochRecord {
  const { loss, accuracy } = means(totals);
  return {
    epoch,
    trainLoss: loss ?? Number.NaN,
    trainAccuracy: accuracy ?? 0,
    validationLoss: validation.loss,
    validationAccuracy: validation.accuracy,
    testLoss: test.loss ?? Number.NaN,
    testAccuracy: test.accuracy ?? 0,
    epochSeconds: seconds,
    examplesPerSecond: totals.examples / seconds,
    peakRssBytes: readPeakRssBytes(),
    learningRate: config.training.learningRate * schedule.factor(optimizer.steps(), plan),
  };
}
