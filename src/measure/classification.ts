/** What a classifier said of n labelled items, C classes. */
export interface Classified {
  /** [n] the class of each, from 0 to C − 1. */
  readonly labels: ArrayLike<number>;
  /** [n][C] */
  readonly probabilities: readonly (readonly number[])[];
}

/** Of one class against all others; NaN where nothing is divided by nothing. */
export interface ClassScores {
  /** TP / (TP + FP): how many of those called so are. */
  readonly precision: number;
  /** TP / (TP + FN): how many of those that are so were called so. */
  readonly recall: number;
  /** 2·TP / (2·TP + FP + FN). */
  readonly f1: number;
  /** Items of the class. */
  readonly support: number;
  /** Area under the receiver operating characteristic: the probability that an item of the class is given a larger one than another. */
  readonly area: number;
}

/** Items whose largest probability lies in a bin. */
export interface CalibrationBin {
  /** The bin is (low, high]. */
  readonly low: number;
  readonly high: number;
  readonly items: number;
  /** Mean of the largest probabilities, and the share that are right. */
  readonly confidence: number;
  readonly accuracy: number;
}

/** How far probabilities are true. */
export interface CalibrationScores {
  /** Mean −ln of the label's probability, nats. */
  readonly logLoss: number;
  /** Brier (1950): mean Σₖ (pₖ − yₖ)², of two classes half of that, as is usual. */
  readonly brier: number;
  /** Expected calibration error: mean |accuracy − confidence| over bins, weighted by their items (Guo et al. 2017, equation 3). */
  readonly calibrationError: number;
  readonly calibration: readonly CalibrationBin[];
}

export interface Classification extends CalibrationScores {
  readonly items: number;
  readonly correct: number;
  readonly accuracy: number;
  /** 95 %, by the items drawn. */
  readonly accuracyInterval: readonly [number, number];
  /** [C][C] rows are labels, columns predictions. */
  readonly confusion: readonly (readonly number[])[];
  readonly classes: readonly ClassScores[];
  /** Means over classes: each alike, and each by its support. A class that is never called so counts with a precision of 0. */
  readonly macroPrecision: number;
  readonly macroRecall: number;
  readonly macroF1: number;
  readonly weightedPrecision: number;
  readonly weightedRecall: number;
  readonly weightedF1: number;
}

/** As Guo et al. (2017) take. */
const BINS = 15;

/** Precision, recall, area, calibration and whatever else is asked of a classifier. @throws RangeError without items */
export function classify({ labels, probabilities }: Classified): Classification {
  const items = probabilities.length, classes = probabilities[0]?.length ?? 0;
  if (items === 0) throw new RangeError('classify: there is nothing to score');
  const predicted = probabilities.map(indexOfLargest);
  const confusion = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  predicted.forEach((k, item) => {
    const row = confusion[labels[item] ?? 0];
    if (row !== undefined) row[k] = (row[k] ?? 0) + 1;
  });
  const correct = confusion.reduce((sum, row, k) => sum + (row[k] ?? 0), 0);
  const scores = confusion.map((_, k) => ({ ...scoreClass(confusion, k), area: computeArea({ labels, probabilities }, k) }));
  return {
    items, correct, accuracy: correct / items, accuracyInterval: computeShareInterval(correct, items),
    confusion, classes: scores,
    ...averageScores(scores),
    ...measureCalibration({ labels, probabilities }),
  };
}

/** Of one item at least. */
export function measureCalibration({ labels, probabilities }: Classified): CalibrationScores {
  const items = probabilities.length, classes = probabilities[0]?.length ?? 0;
  const calibration = binByConfidence({ labels, probabilities });
  return {
    logLoss: meanOver(items, (item) => -Math.log(probabilities[item]?.[labels[item] ?? 0] ?? Number.NaN)),
    brier: meanOver(items, (item) => squaredError(probabilities[item] ?? [], labels[item] ?? 0)) / (classes === 2 ? 2 : 1),
    calibrationError: calibration.reduce((sum, bin) => sum + bin.items * Math.abs(bin.accuracy - bin.confidence), 0) / items,
    calibration,
  };
}

/** The first of equals, as `toLabel` has it of two. */
export function indexOfLargest(values: readonly number[]): number {
  return values.indexOf(Math.max(...values));
}

type Averages = Pick<Classification, `${'macro' | 'weighted'}${'Precision' | 'Recall' | 'F1'}`>;

/** As scikit-learn has them with zero_division = 0, over the classes that are labels or predictions of some item. */
function averageScores(scores: readonly ClassScores[]): Averages {
  const present = scores.filter(({ f1 }) => !Number.isNaN(f1));
  const mean = (key: 'precision' | 'recall' | 'f1', weightOf: (own: ClassScores) => number): number => {
    const weight = present.reduce((sum, own) => sum + weightOf(own), 0);
    return present.reduce((sum, own) => sum + weightOf(own) * (Number.isNaN(own[key]) ? 0 : own[key]), 0) / weight;
  };
  const alike = (): number => 1, bySupport = ({ support }: ClassScores): number => support;
  return {
    macroPrecision: mean('precision', alike), macroRecall: mean('recall', alike), macroF1: mean('f1', alike),
    weightedPrecision: mean('precision', bySupport), weightedRecall: mean('recall', bySupport), weightedF1: mean('f1', bySupport),
  };
}

function meanOver(items: number, valueOf: (item: number) => number): number {
  let sum = 0;
  for (let item = 0; item < items; item++) sum += valueOf(item);
  return sum / items;
}

function squaredError(probabilities: readonly number[], label: number): number {
  return probabilities.reduce((sum, probability, k) => sum + (probability - (k === label ? 1 : 0)) ** 2, 0);
}

function scoreClass(confusion: readonly (readonly number[])[], k: number): Omit<ClassScores, 'area'> {
  const right = confusion[k]?.[k] ?? 0;
  const support = (confusion[k] ?? []).reduce((sum, count) => sum + count, 0);
  const called = confusion.reduce((sum, row) => sum + (row[k] ?? 0), 0);
  return { precision: right / called, recall: right / support, f1: 2 * right / (called + support), support };
}

/** By ranks, equal probabilities sharing theirs: (R − n₁(n₁ + 1)/2) / (n₁·n₀), R the sum of the class's ranks (Mann and Whitney 1947). */
function computeArea({ labels, probabilities }: Classified, k: number): number {
  const ranked = probabilities.map((row, item) => ({ value: row[k] ?? Number.NaN, isOf: labels[item] === k }))
    .sort((a, b) => a.value - b.value);
  let rankSum = 0, own = 0;
  for (let start = 0, end = 0; start < ranked.length; start = end) {
    while (end < ranked.length && ranked[end]?.value === ranked[start]?.value) end++;
    const inTie = ranked.slice(start, end).filter(({ isOf }) => isOf).length;
    rankSum += inTie * (start + 1 + end) / 2;
    own += inTie;
  }
  return (rankSum - own * (own + 1) / 2) / (own * (ranked.length - own));
}

function binByConfidence({ labels, probabilities }: Classified): CalibrationBin[] {
  const bins = Array.from({ length: BINS }, () => ({ items: 0, confidence: 0, right: 0 }));
  probabilities.forEach((row, item) => {
    const k = indexOfLargest(row), confidence = row[k] ?? 0;
    const bin = bins[Math.min(BINS, Math.max(1, Math.ceil(confidence * BINS))) - 1];
    if (bin === undefined) return;
    bin.items += 1;
    bin.confidence += confidence;
    bin.right += labels[item] === k ? 1 : 0;
  });
  return bins.flatMap(({ items, confidence, right }, k) =>
    (items === 0 ? [] : [{ low: k / BINS, high: (k + 1) / BINS, items, confidence: confidence / items, accuracy: right / items }]));
}

/** Of a normal distribution, two-sided, 95 %. */
const Z = 1.959963984540054;

/** The 95 % interval of a share of n items (Wilson 1927), which stays between 0 and 1. */
export function computeShareInterval(count: number, items: number): readonly [number, number] {
  const share = count / items, square = Z ** 2 / items;
  const middle = (share + square / 2) / (1 + square);
  const half = Z * Math.sqrt(share * (1 - share) / items + square / items / 4) / (1 + square);
  return [middle - half, middle + half];
}
