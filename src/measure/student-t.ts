import { computeDeviation, computeMean } from './averages.ts';

/**
 * P(|T| ≤ √ν·tan θ) of Student's t with ν degrees of freedom: the finite sums for whole ν
 * (Abramowitz and Stegun 1964, 26.7.3 and 26.7.4).
 */
function computeCentralProbability(theta: number, degrees: number): number {
  const cosine = Math.cos(theta), isOdd = degrees % 2 === 1;
  let term = isOdd ? cosine : 1;
  let sum = degrees === 1 ? 0 : term;
  for (let k = isOdd ? 3 : 2; k < degrees; k += 2) {
    term *= ((k - 1) / k) * cosine ** 2;
    sum += term;
  }
  return isOdd ? (2 / Math.PI) * (theta + Math.sin(theta) * sum) : Math.sin(theta) * sum;
}

/** Halvings of an angle below 2 after which doubles cannot tell the ends apart. */
const HALVINGS = 60;

/**
 * The t that |T| stays below with the given probability.
 * @param probability above 0, below 1 @param degrees of freedom, a whole number from 1
 */
export function computeCentralQuantile(probability: number, degrees: number): number {
  let low = 0, high = Math.PI / 2;
  for (let k = 0; k < HALVINGS; k++) {
    const middle = (low + high) / 2;
    if (computeCentralProbability(middle, degrees) < probability) low = middle;
    else high = middle;
  }
  return Math.sqrt(degrees) * Math.tan((low + high) / 2);
}

/** The interval that holds the mean of what the values were drawn from, with 95 % confidence (Student 1908); null of fewer than two. */
export function computeMeanInterval(values: readonly number[]): readonly [number, number] | null {
  if (values.length < 2) return null;
  const mean = computeMean(values);
  const half = computeCentralQuantile(0.95, values.length - 1) * computeDeviation(values) / Math.sqrt(values.length);
  return [mean - half, mean + half];
}
