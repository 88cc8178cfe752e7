import { createRandomStream } from '../random.ts';

/** Arithmetic mean; NaN of an empty list. */
export function computeMean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** The middle value, or the mean of the two in the middle; NaN of an empty list. */
export function computeMedian(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return computeMean(sorted.slice(Math.ceil(sorted.length / 2) - 1, Math.floor(sorted.length / 2) + 1));
}

/** Sample standard deviation (n − 1); NaN of fewer than two. */
export function computeDeviation(values: readonly number[]): number {
  if (values.length < 2) return Number.NaN;
  const mean = computeMean(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1));
}

/** Slope of the least-squares line through points (x, y); NaN for fewer than two different x. */
export function fitSlope(points: readonly (readonly [number, number])[]): number {
  const meanX = points.reduce((sum, [x]) => sum + x, 0) / points.length;
  const meanY = points.reduce((sum, [, y]) => sum + y, 0) / points.length;
  const products = points.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0);
  const squares = points.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0);
  return products / squares;
}

/** A figure and the range it was seen in. */
export interface Spread {
  readonly middle: number;
  readonly low: number;
  readonly high: number;
}

/** Linear between the sorted values (Hyndman and Fan's type 7). */
export function quantile(values: readonly number[], fraction: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const at = fraction * (sorted.length - 1);
  const below = sorted[Math.floor(at)] ?? Number.NaN;
  return below + (at - Math.floor(at)) * ((sorted[Math.ceil(at)] ?? Number.NaN) - below);
}

/** The median between the quartiles. */
export function medianSpread(values: readonly number[]): Spread {
  return { middle: quantile(values, 0.5), low: quantile(values, 0.25), high: quantile(values, 0.75) };
}

/** Theirs over ours, turn by turn, so that what slows a turn down slows both: the median between the quartiles. */
export function pairwiseRatio(ours: readonly number[], theirs: readonly number[]): Spread {
  return medianSpread(theirs.slice(0, ours.length).map((value, turn) => value / (ours[turn] ?? Number.NaN)));
}

/** Samples of a bootstrap, the same batches for all contestants. */
const RESAMPLES = 1000;
const BOOTSTRAP_SEED = 1;

function bootstrap(count: number, statistic: (picked: readonly number[]) => number): Pick<Spread, 'low' | 'high'> {
  const random = createRandomStream({ seed: BOOTSTRAP_SEED, purpose: 'sample' });
  const values = Array.from({ length: RESAMPLES }, () => statistic(Array.from({ length: count }, () => random.below(count))));
  return { low: quantile(values, 0.025), high: quantile(values, 0.975) };
}

/** The time of `batches` batches from that of a sample of them; low to high is the bootstrap's 95 % interval. */
export function extrapolate(sample: readonly number[], batches: number): Spread {
  const total = (values: readonly number[]): number => batches * computeMean(values);
  return { middle: total(sample), ...bootstrap(sample.length, (picked) => total(picked.map((k) => sample[k] ?? 0))) };
}

/** Their total over ours, of the same batches; low to high is the bootstrap's 95 % interval. */
export function totalRatio(ours: readonly number[], theirs: readonly number[]): Spread {
  const of = (values: readonly number[], picked: readonly number[]): number => picked.reduce((sum, k) => sum + (values[k] ?? 0), 0);
  const ratio = (picked: readonly number[]): number => of(theirs, picked) / of(ours, picked);
  return { middle: ratio([...ours.keys()]), ...bootstrap(ours.length, ratio) };
}

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

/** ln n!, of whole numbers up to the largest asked for so far. */
const logFactorials = [0];

function computeLogFactorial(n: number): number {
  for (let k = logFactorials.length; k <= n; k++) logFactorials.push((logFactorials[k - 1] ?? 0) + Math.log(k));
  return logFactorials[n] ?? 0;
}

/**
 * McNemar's test (1947) in its exact form: of the items that one of two classifiers alone gets right, each is as likely to be the
 * first's as the second's. The two-sided p-value, twice the smaller tail of the binomial distribution of n = onlyFirst + onlySecond
 * and ½, at most 1: 2·Σₖ C(n, k)/2ⁿ over k ≤ min(onlyFirst, onlySecond).
 */
export function computeMcnemar(onlyFirst: number, onlySecond: number): number {
  const n = onlyFirst + onlySecond, smaller = Math.min(onlyFirst, onlySecond);
  const logLargest = computeLogFactorial(n) - computeLogFactorial(smaller) - computeLogFactorial(n - smaller) - n * Math.LN2;
  let sum = 0;
  for (let k = smaller, term = 1; k >= 0 && term > Number.EPSILON * sum; k--) {
    sum += term; // in terms of the largest, so that nothing underflows
    term *= k / (n - k + 1);
  }
  return Math.min(1, 2 * Math.exp(logLargest) * sum);
}

/** Of the standard normal distribution: what 95 % of it lies within. */
const NORMAL_95 = 1.959964;

/**
 * Standard error of the difference of two accuracies on one set of n reviews, of which each is right or wrong for both: that of a mean
 * of paired differences, with half a review added to each of the four outcomes (Agresti and Min 2005), so that it is never 0.
 * @param differences [n] of each review, right by the first less right by the second, a mean over seeds: from −1 to 1
 */
export function computePairedError(differences: Float64Array | readonly number[]): number {
  let sum = 0, squares = 1;
  for (const difference of differences) {
    sum += difference;
    squares += difference * difference;
  }
  const n = differences.length + 2;
  return Math.sqrt(squares - sum * sum / n) / n;
}

/**
 * The same where it is not known which reviews each gets right: as if the two had been tested on different reviews, which is more.
 * @param accuracies fractions @param reviews n
 */
export function computeUnpairedError(accuracies: readonly [number, number], reviews: number): number {
  const n = reviews + 2;
  return Math.sqrt(accuracies.reduce((sum, accuracy) => {
    const share = (accuracy * reviews + 1) / n;
    return sum + share * (1 - share) / n;
  }, 0));
}

/**
 * The interval that holds a difference with 95 % confidence: Student's t over the seeds, and never narrower than what the test set can
 * tell apart, since two seeds may agree by chance to the review.
 * @param differences of each seed @param testError standard error by the test set
 * @returns null of fewer than two seeds
 */
export function computeDifferenceInterval(differences: readonly number[], testError: number): readonly [number, number] | null {
  const overSeeds = computeMeanInterval(differences);
  if (overSeeds === null) return null;
  const mean = computeMean(differences);
  const half = Math.max((overSeeds[1] - overSeeds[0]) / 2, NORMAL_95 * testError);
  return [mean - half, mean + half];
}

/** Two-sided p-value of a mean of values against 0, by Student's t; NaN of fewer than two. */
function computeMeanPValue(values: readonly number[]): number {
  if (values.length < 2) return Number.NaN;
  const error = computeDeviation(values) / Math.sqrt(values.length), mean = computeMean(values);
  if (error === 0) return mean === 0 ? 1 : 0;
  const degrees = values.length - 1;
  return 1 - computeCentralProbability(Math.atan(Math.abs(mean) / error / Math.sqrt(degrees)), degrees);
}

/** P(|Z| ≥ z) of the standard normal distribution: erfc(z/√2) by Numerical Recipes' Chebyshev fit (Press et al. 2007, 6.2.2), to 1.2e-7. */
function computeNormalTails(z: number): number {
  const x = z / Math.SQRT2, t = 1 / (1 + x / 2);
  const coefficients = [
    -1.26551223, 1.00002368, 0.37409196, 0.09678418, -0.18628806, 0.27886807, -1.13520398, 1.48851587, -0.82215223, 0.17087277,
  ];
  return t * Math.exp(coefficients.reduceRight((sum, coefficient) => sum * t + coefficient, 0) - x * x);
}

/**
 * Two-sided p-value of a difference against 0, which is below 0.05 where `computeDifferenceInterval` leaves out 0: the larger of that by
 * the seeds and that by the test set. NaN of fewer than two seeds.
 */
export function computeDifferencePValue(differences: readonly number[], testError: number): number {
  return Math.max(computeMeanPValue(differences), computeNormalTails(Math.abs(computeMean(differences)) / testError));
}

/**
 * p-values as if each had been tested alone, so that of all those below a level no more than that share holds one error (Holm 1979, "A
 * simple sequentially rejective multiple test procedure").
 * @returns in the order given
 */
export function adjustByHolm(pValues: readonly number[]): number[] {
  const order = [...pValues.keys()].sort((a, b) => (pValues[a] ?? 0) - (pValues[b] ?? 0)), adjusted: number[] = [];
  let largest = 0;
  order.forEach((at, rank) => {
    largest = Math.max(largest, Math.min(1, (pValues.length - rank) * (pValues[at] ?? 1)));
    adjusted[at] = largest;
  });
  return adjusted;
}

const HALF = 0.5;

/** The label that a probability of label 1 stands for: 0 where both are as likely, as where two logits are equal. */
export function toLabel(probability: number): 0 | 1 {
  return probability > HALF ? 1 : 0;
}

/** By how much the largest class must be above its even share, 55 % of two. */
const UNEVEN = 1.1;
const FEW_REVIEWS = 1000;
/** Of a normal distribution, two-sided, 95 %. */
const Z = 1.96;

/**
 * What answering always with the most frequent class gives on these reviews, where the classes are uneven; null where they are not.
 * @param counts [classes] reviews of each @param names [classes]
 */
export function describeMajority(counts: readonly number[], names: readonly string[]): string | null {
  const most = Math.max(...counts);
  const share = most / Math.max(1, counts.reduce((sum, count) => sum + count, 0));
  if (share < UNEVEN / counts.length) return null;
  return `always answering ${names[counts.indexOf(most)] ?? ''} gives ${(100 * share).toFixed(2)} %`;
}

/** How far chance alone moves an accuracy on so few test reviews; null where there are enough of them. */
export function describeResolution(reviews: number): string | null {
  if (reviews >= FEW_REVIEWS) return null;
  const points = 100 * Z * Math.sqrt(0.25 / Math.max(1, reviews));
  return `only ${reviews} test ${reviews === 1 ? 'review' : 'reviews'}: chance alone moves an accuracy by up to ±${points.toFixed(1)} `
    + `points (95 %)`;
}
