import { computeMean } from '../measure/averages.ts';
import { quantile } from '../measure/spread.ts';
import type { Spread } from '../measure/spread.ts';
import { createRandomStream } from '../random.ts';

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
