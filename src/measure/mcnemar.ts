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
