import { isLinear, readClassifier } from '../experiment/fit.ts';
import type { LinearClassifier } from '../experiment/fit.ts';
import { putOnEngine, withTemperature } from '../experiment/load-model.ts';
import type { Classifier, StoredModel } from '../experiment/load-model.ts';
import type { Screen } from '../terminal/screen.ts';
import { startEngine } from './start-engine.ts';
import type { EngineChoice } from './start-engine.ts';

export interface ClassifierChoice extends EngineChoice {
  /** Whether its probabilities are to be the model's own. */
  readonly uncalibrated: boolean;
}

/** The trained model of a folder, ready to be asked, and the engine started where it needs one. @throws UserError */
export function startClassifier(
  { run = '', ...choice }: ClassifierChoice & { readonly run?: string | undefined }, screen: Screen,
): Promise<Classifier> {
  return putInPlace(readClassifier(run, screen.onWarning), choice, screen);
}

/** A model that was read, on the engine if it needs one. @throws UserError */
export async function putInPlace(
  read: LinearClassifier | StoredModel, choice: ClassifierChoice, screen: Screen,
): Promise<Classifier> {
  const temperature = choice.uncalibrated ? null : read.temperature;
  if (isLinear(read)) return withTemperature(read, temperature);
  await startEngine({ gradients: false, ...choice }, screen);
  return putOnEngine({ ...read, temperature });
}
