import { isNeural } from '../experiment-schema.ts';
import type { AnyConfig, ExperimentConfig } from '../experiment-schema.ts';
import { buildModel } from '../models/build.ts';
import { countParameters } from '../models/parameters.ts';
import type { Candidate } from '../report/candidates.ts';
import { createSyntheticBatch, measureStep } from '../training/step-cost.ts';

/** The texts that a model is to be trained on, as far as its costs depend on them. */
export interface TextsToTrain {
  /** Tokens of a usual text. */
  readonly length: number;
  readonly classes: number;
  /** Labelled texts for training, and those that each epoch is measured on besides. */
  readonly trained: number;
  readonly evaluated: number;
  /** Words with an id of their own; null where the data is not there to count them. */
  readonly vocabularySize: number | null;
}

/** What a model takes. */
export interface ModelCosts {
  /** Of its weights, exported in 32 bits; in 8 bits about a quarter. */
  readonly weightBytes: number;
  /** Seconds for the answer to one text; null where it takes no steps to measure. */
  readonly answerSeconds: number | null;
  readonly trainingSeconds: number;
  /** Tensors at the peak of a training step, parameters and optimizer included; null of a model without such steps. */
  readonly trainingBytes: number | null;
  /** Whether times are of steps on this machine; else they are those of the published run, for as much text. */
  readonly isMeasured: boolean;
}

const FLOAT_BYTES = 4;
/** Exported, a pair of words has its weight and the number of its second word. */
const PAIR_BYTES = 8;

/** Bytes of the weights, by the model's parameters. @param parameters of a linear model, whose n-grams only its training counts */
export function countWeightBytes(config: AnyConfig, { vocabularySize, classes }: TextsToTrain, parameters: number): number {
  if (!isNeural(config)) return PAIR_BYTES * parameters;
  return FLOAT_BYTES * countParameters(buildModel(config.model, vocabularySize ?? config.data.vocabularySize, classes).parameters).total;
}

/** Times a step of training at the texts' length, and the answer to one text. The loaded engine takes them. */
export function measureCosts(config: ExperimentConfig, texts: TextsToTrain): ModelCosts {
  const words = texts.vocabularySize ?? config.data.vocabularySize, { batchSize, evaluationBatchSize, epochs } = config.training;
  const step = measureStep(config, words, createSyntheticBatch(Math.min(batchSize, texts.trained), texts.length, words));
  const answer = measureStep(config, words, createSyntheticBatch(1, texts.length, words));
  const textsPerSecond = batchSize / step.forwardSeconds;
  const epochSeconds = step.stepSeconds * Math.ceil(texts.trained / batchSize)
    + (texts.evaluated > evaluationBatchSize ? texts.evaluated / textsPerSecond : step.forwardSeconds);
  return {
    weightBytes: countWeightBytes(config, texts, 0), answerSeconds: answer.forwardSeconds,
    trainingSeconds: epochs * epochSeconds, trainingBytes: step.stateBytes + step.peakBytes, isMeasured: true,
  };
}

/** Of a linear model, which is fitted once and answers by a sum: as its published run was, for as many texts. */
export function estimateFit(config: AnyConfig, run: Candidate | null, texts: TextsToTrain): ModelCosts {
  return {
    weightBytes: countWeightBytes(config, texts, run?.parameters ?? 0), answerSeconds: null,
    trainingSeconds: run === null ? 0 : run.trainingSeconds * texts.trained / run.trained, trainingBytes: null, isMeasured: false,
  };
}
