import { countGateWeights } from '../../measure/recurrent-parameters.ts';
import { formatCount } from '../../terminal/format.ts';
import { conclude } from './finding.ts';
import type { Claim, ClaimContext, Finding, Part } from './finding.ts';
import { describeDifference, describeRow, findDifference, findRow } from './runs.ts';
import type { Published } from './runs.ts';

/** As `nameClassifier` names it. */
const PRINTED = 'printed GRU';

const sizes = { inputSize: 256, hiddenSize: 128 };

/** r, z and n have as many weights each; the candidate as printed takes r's, so n's enter nothing. */
function countUnusedWeights(): number {
  return countGateWeights('gru', sizes) / 3;
}

function examinePrinted({ comparison }: ClaimContext): Finding {
  const total = countGateWeights('gru', sizes), unused = countUnusedWeights();
  const trained = describeTrained(comparison);
  const weights = `GRU as printed at 256 → 128: of ${formatCount(total)} weights the ${formatCount(unused)} of rows [2H:] enter no result, and the ${formatCount(unused)} of the reset gate serve twice`;
  return conclude(trained === null ? weights : `${weights}; ${trained}`, [
    { what: 'that one is an LSTM: its equations are torch.nn\'s', holds: true },
    { what: 'that the other is a GRU: its candidate takes the reset gate\'s weights [:H] where a GRU has weights of its own [2H:]', holds: false },
    ...(trained === null ? [untrained] : []),
  ]);
}

const untrained: Part = { what: 'what the slip does to accuracy: there are no published runs of the GRU as printed, which npm run compare makes', holds: null };

/** Beside the proper GRU where there are runs of both. */
function describeTrained(comparison: Published): string | null {
  const row = findRow(comparison, PRINTED);
  const printed = row === null ? null : describeRow(row);
  if (printed === null) return null;
  const found = findDifference(comparison, findRow(comparison, 'GRU'), row);
  return `trained, it reaches ${printed} at best validation${found === null ? '' : `; GRU − ${PRINTED}: ${describeDifference(found)}`}`;
}

export const printedCells: Claim = {
  id: 'C9', method: 'formula',
  statement: 'The printed cells are an LSTM (gates i, f, g, o of x·W_ihᵀ + h·W_hhᵀ + b) and a GRU, with the candidate tanh(x·W_ih[:H]ᵀ + (r·h)·W_hh[:H]ᵀ) '
    + 'and h\' = (1−z)·h + z·n.',
  check: 'The printed equations against those of torch.nn, which the built cells reproduce; the weights that the printed candidate leaves out; the accuracy of the published runs.',
  examine: examinePrinted,
};
