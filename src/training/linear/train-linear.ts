import type { Dataset } from '../../data/dataset.ts';
import type { EncodedPart } from '../../text/encode.ts';
import { readClockSeconds } from '../../measure/clock.ts';
import { readPeakRssBytes } from '../../measure/memory.ts';
import type { EpochEvent, EpochRecord } from '../epoch.ts';
import { means } from '../evaluate.ts';
import { descend } from './dual-descent.ts';
import type { DescentState, LinearProblem } from './dual-descent.ts';
import { createSigns, judgeClasses, scoreRows, toProbabilities } from './one-vs-rest.ts';
import type { ClassWeights } from './one-vs-rest.ts';
import { createNgramFeatures } from './ngram-features.ts';
import { linearModelOf } from './settings.ts';
import type { LinearTask } from './settings.ts';
import type { SparseRows } from './sparse-rows.ts';

/**
 * What the training of a linear model reports, in order: features once, then each value of C pass by pass, then the best of them as an
 * epoch, whose
 * seconds are those of the whole search. Probabilities are the logistic function of the score, for an SVM too.
 */
export type LinearEvent = FeaturesEvent | PassEvent | CandidateEvent | EpochEvent;

export interface FeaturesEvent {
  readonly kind: 'features';
  /** Weights of the model, the bias among them. */
  readonly parameters: number;
  /** Values of the training part that are not 0. */
  readonly entries: number;
  readonly seconds: number;
}

export interface PassEvent {
  readonly kind: 'pass';
  /** C */
  readonly strength: number;
  /** 1 to `candidates`. */
  readonly candidate: number;
  readonly candidates: number;
  readonly passes: number;
  readonly gap: number;
}

/** One value of C, solved. */
export interface CandidateEvent extends Omit<PassEvent, 'kind'> {
  readonly kind: 'candidate';
  readonly objective: number;
  /** False when `maxPasses` came before `tolerance`. */
  readonly converged: boolean;
  /** Null without a validation part. */
  readonly validationLoss: number | null;
  readonly validationAccuracy: number | null;
  readonly seconds: number;
}

interface Candidate {
  readonly strength: number;
  /** [problems][D] of the plain n-gram features. */
  readonly weights: ClassWeights;
  readonly validationAccuracy: number | null;
}

/**
 * Trains one model for each of `config.training.strengths` and keeps the one that is best on the validation part; the test part is
 * looked at once, with that one. The generator may be left between any two events.
 */
export function* trainLinear(config: LinearTask, dataset: Dataset): Generator<LinearEvent, void> {
  const started = readClockSeconds();
  const { ngrams, values } = linearModelOf(config.model).features(config.model);
  const features = createNgramFeatures(dataset.train, ngrams);
  const train = features.toRows(dataset.train, values);
  const problems = createSigns(dataset.train.labels, dataset.classes.length);
  const parameters = features.width * problems.length;
  yield { kind: 'features', parameters, entries: train.columns.length, seconds: readClockSeconds() - started };
  const validation = features.toRows(dataset.validation, values);
  const best = yield* findBest(config, dataset, problems, { train, validation });
  const seconds = readClockSeconds() - started;
  const scores = {
    train: scoreRows(train, best.weights), validation: scoreRows(validation, best.weights),
    test: scoreRows(features.toRows(dataset.test, values), best.weights),
  };
  yield {
    kind: 'epoch', strength: best.strength, fitted: { features, weights: best.weights },
    position: null, end: 'the best value of C is found', record: createRecord(dataset, scores, seconds),
    validationProbabilities: toProbabilities(scores.validation), testProbabilities: toProbabilities(scores.test),
  };
}

interface Parts<Values> {
  readonly train: Values;
  readonly validation: Values;
}

function* findBest(
  { model, training, seed }: LinearTask,
  dataset: Dataset,
  problems: readonly Float64Array[],
  { train, validation }: Parts<SparseRows>,
): Generator<LinearEvent, Candidate> {
  const methods = problems.map((signs) => linearModelOf(model).create(model, train, signs));
  const { strengths } = training;
  let best: Candidate | null = null;
  for (const [i, strength] of strengths.entries()) {
    const started = readClockSeconds();
    const about = { strength, candidate: i + 1, candidates: strengths.length };
    const weights: Float64Array[] = [], states: Omit<DescentState, 'weights'>[] = [];
    for (const method of methods) {
      const { weights: solved, ...state } = yield* solve({ ...method.problem, strength }, { ...training, seed }, about);
      weights.push(method.toFeatureWeights(solved));
      states.push(state);
    }
    const { loss, accuracy } = means(judgeClasses(scoreRows(validation, weights), dataset.validation.labels));
    yield {
      kind: 'candidate',
      ...about,
      ...joinStates(states),
      validationLoss: loss,
      validationAccuracy: accuracy,
      seconds: readClockSeconds() - started,
    };
    if (best === null || (accuracy ?? 0) > (best.validationAccuracy ?? 0)) best = { strength, weights, validationAccuracy: accuracy };
  }
  if (best === null) throw new Error('no value of C to try');
  return best;
}

function* solve(
  problem: LinearProblem, options: Parameters<typeof descend>[1], about: Pick<PassEvent, 'strength' | 'candidate' | 'candidates'>,
): Generator<PassEvent, DescentState> {
  const passes = descend(problem, options);
  for (;;) {
    const { value, done } = passes.next();
    if (done === true) return value;
    yield { kind: 'pass', ...about, passes: value.passes, gap: value.gap };
  }
}

/** Of all problems of a candidate: the sum of the objectives, and the worst of the rest. */
function joinStates(states: readonly Omit<DescentState, 'weights'>[]): Omit<DescentState, 'weights'> {
  return {
    passes: Math.max(...states.map(({ passes }) => passes)),
    objective: states.reduce((sum, { objective }) => sum + objective, 0),
    gap: Math.max(...states.map(({ gap }) => gap)),
    converged: states.every(({ converged }) => converged),
  };
}

function createRecord(
  { train, validation, test }: Dataset,
  scores: Parts<readonly Float64Array[]> & { readonly test: readonly Float64Array[] },
  seconds: number,
): EpochRecord {
  const judge = (values: readonly Float64Array[], { labels }: EncodedPart): ReturnType<typeof means> => means(judgeClasses(values, labels));
  const [onTrain, onValidation, onTest] = [judge(scores.train, train), judge(scores.validation, validation), judge(scores.test, test)];
  return {
    epoch: 1,
    trainLoss: onTrain.loss ?? Number.NaN,
    trainAccuracy: onTrain.accuracy ?? 0,
    validationLoss: onValidation.loss,
    validationAccuracy: onValidation.accuracy,
    testLoss: onTest.loss ?? Number.NaN,
    testAccuracy: onTest.accuracy ?? 0,
    epochSeconds: seconds,
    examplesPerSecond: train.labels.length / seconds,
    peakRssBytes: readPeakRssBytes(),
    learningRate: null,
  };
}
