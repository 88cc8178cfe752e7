import { isLinear, readClassifier } from '../experiment/fit.ts';
import type { LinearClassifier } from '../experiment/fit.ts';
import { putOnEngine } from '../experiment/load-model.ts';
import type { Classifier, StoredModel } from '../experiment/load-model.ts';
import type { Screen } from '../terminal/screen.ts';
import { startEngine } from './start-engine.ts';
import type { EngineChoice } from './start-engine.ts';

/** The trained model of a folder, ready to be asked, and the engine started where it needs one. @throws UserError */
export function startClassifier(
  { run = '', ...choice }: EngineChoice & { readonly run?: string | undefined }, screen: Screen,
): Promise<Classifier> {
  return putInPlace(readClassifier(run, screen.onWarning), choice, screen);
}

/** A model that was read, on the engine if it needs one. @throws UserError */
export async function putInPlace(read: LinearClassifier | StoredModel, choice: EngineChoice, screen: Screen): Promise<Classifier> {
  if (isLinear(read)) return read;
  await startEngine(choice, screen);
  return putOnEngine(read);
}
