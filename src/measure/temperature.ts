import { indexOfLargest } from './classification.ts';
import type { Classified } from './classification.ts';

/** Temperatures are sought from 1/1000 to 1000; a model that is no better than chance gets the largest. */
const LARGEST = 1000;
const MAX_STEPS = 100;
const TOLERANCE = 1e-12;

/**
 * pₖ^(1/T) / Σⱼ pⱼ^(1/T), the softmax of the logits over T (Guo et al. 2017, "On calibration of modern neural networks", section 4.2):
 * logarithms of probabilities are logits less a number that softmax does not see. The class stays the same: that of the largest, the
 * first of equals.
 * @param probabilities [C] @param temperature T > 0 @returns [C]
 */
export function applyTemperature(probabilities: readonly number[], temperature: number): number[] {
  const largest = indexOfLargest(probabilities), reference = toLog(probabilities[largest] ?? Number.NaN);
  const powers = probabilities.map((probability) => Math.exp((toLog(probability) - reference) / temperature));
  const sum = powers.reduce((total, power) => total + power, 0);
  const softened = powers.map((power) => power / sum);
  // A large T rounds two that were almost equal to the same number, of which the first would be the answer.
  if (largest >= 0 && indexOfLargest(softened) !== largest) softened[largest] = Math.max(...softened) * (1 + Number.EPSILON);
  return softened;
}

/** ln p; of a probability that is 0 in double precision that of the smallest one that is not. */
function toLog(probability: number): number {
  return Math.log(probability === 0 ? Number.MIN_VALUE : probability);
}

/**
 * The T whose probabilities of labelled items have the smallest log loss. The loss is convex in β = 1/T; the root of its derivative
 * Σ (Σₖ pₖ·ln pₖ − ln p of the label) is found by Newton steps kept inside a bracket. Where every item is right the loss has no minimum,
 * since it falls for ever as T falls: nothing is known of T then, and it is 1.
 * @throws RangeError without items
 */
export function fitTemperature({ labels, probabilities }: Classified): number {
  if (probabilities.length === 0) throw new RangeError('fitTemperature: there is nothing to fit to');
  const rows = probabilities.map((row) => {
    const reference = toLog(row[indexOfLargest(row)] ?? Number.NaN);
    return Float64Array.from(row, (probability) => toLog(probability) - reference);
  });
  if (rows.every((row, item) => row[labels[item] ?? 0] === 0)) return 1;
  let low = 1 / LARGEST, high = LARGEST, beta = 1;
  for (let k = 0; k < MAX_STEPS && high - low > TOLERANCE * low; k++) {
    const { slope, curvature } = differentiate(rows, labels, beta);
    if (slope > 0) high = beta;
    else low = beta;
    const newton = beta - slope / curvature;
    const next = newton > low && newton < high ? newton : Math.sqrt(low * high);
    if (Math.abs(next - beta) <= TOLERANCE * beta) return 1 / next;
    beta = next;
  }
  return 1 / beta;
}

/** First and second derivative by β of the loss of logits β·z: mean of E[z] − z of the label, and of the variance of z. */
function differentiate(
  rows: readonly Float64Array[], labels: Classified['labels'], beta: number,
): { readonly slope: number; readonly curvature: number } {
  let slope = 0, curvature = 0;
  rows.forEach((row, item) => {
    let sum = 0, first = 0, second = 0;
    for (const logit of row) {
      const power = Math.exp(beta * logit);
      sum += power;
      first += power * logit;
      second += power * logit * logit;
    }
    const mean = first / sum;
    slope += mean - (row[labels[item] ?? 0] ?? Number.NaN);
    curvature += second / sum - mean * mean;
  });
  return { slope, curvature };
}
