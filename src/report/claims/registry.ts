import { choosing, choosingByLength } from './advice.ts';
import { gruAgainstLstm, layersSaturate, rnnReach } from './family.ts';
import type { Claim } from './finding.ts';
import { transformerByLength } from './lengths.ts';
import { keptActivations, peakMemory } from './memory.ts';
import { parameterColumn } from './parameter-column.ts';
import { layerWeights, oneBiasCounts, ratioOfCounts, torchLayers, transformerLayers, workedExample } from './parameters.ts';
import { printedCells } from './printed-cells.ts';
import { bidirectionalCost, gruSpeed, inferenceMultiplyAdds, timeColumn, trainingCost } from './speed.ts';
import { accuracyColumn, convergenceColumn } from './training.ts';

/** Every claim of the articles, C1 to C23. */
export const claims: readonly Claim[] = [
  layerWeights, torchLayers, parameterColumn, accuracyColumn, timeColumn, bidirectionalCost, convergenceColumn, peakMemory, printedCells, choosing,
  ratioOfCounts, inferenceMultiplyAdds, trainingCost, keptActivations, gruAgainstLstm,
  transformerByLength, oneBiasCounts, transformerLayers, workedExample,
  rnnReach, layersSaturate, gruSpeed, choosingByLength,
];
