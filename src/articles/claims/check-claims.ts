import { choosing, choosingByLength } from './advice.ts';
import { gruAgainstLstm, layersSaturate, rnnReach } from './family.ts';
import type { Claim, CheckedClaim, ClaimContext } from './finding.ts';
import { transformerByLength } from './lengths.ts';
import { keptActivations, peakMemory } from './memory.ts';
import {
  parameterColumn, layerWeights, oneBiasCounts, ratioOfCounts, torchLayers, transformerLayers, workedExample, printedCells,
} from './parameters.ts';
import { bidirectionalCost, gruSpeed, inferenceMultiplyAdds, timeColumn, trainingCost } from './speed.ts';
import { accuracyColumn, convergenceColumn } from './training.ts';
import { articleOfClaim } from '../articles.ts';

/** Every claim of the articles, C1 to C23. */
export const claims: readonly Claim[] = [
  layerWeights,
  torchLayers,
  parameterColumn,
  accuracyColumn,
  timeColumn,
  bidirectionalCost,
  convergenceColumn,
  peakMemory,
  printedCells,
  choosing,
  ratioOfCounts,
  inferenceMultiplyAdds,
  trainingCost,
  keptActivations,
  gruAgainstLstm,
  transformerByLength,
  oneBiasCounts,
  transformerLayers,
  workedExample,
  rnnReach,
  layersSaturate,
  gruSpeed,
  choosingByLength,
];

/**
 * Checks claims in their order, each as it is asked for, so that a reader sees the first before the last is measured.
 * @param ids by default all
 */
export async function* checkClaims(
  context: ClaimContext,
  ids: readonly string[] = claims.map(({ id }) => id),
): AsyncGenerator<CheckedClaim> {
  for (const { examine, id, ...claim } of claims) {
    if (ids.includes(id)) yield { id, article: articleOfClaim(id).letter, ...claim, ...(await examine(context)) };
  }
}
