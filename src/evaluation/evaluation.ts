import type { Classifier } from '../experiment/load-model.ts';
import { classify, computeShareInterval, indexOfLargest, measureCalibration } from '../measure/classification.ts';
import type { CalibrationScores, Classification, Classified } from '../measure/classification.ts';
import { averageCurves, computeAveragePrecision, rankItems, traceCurve } from '../measure/ranking.ts';
import type { RankingCurve } from '../measure/ranking.ts';
import { computeMean } from '../measure/statistics.ts';
import { applyTemperature } from '../measure/temperature.ts';
import type { EncodedPart } from '../text/encode.ts';

/** A review that the model was wrong of. */
export interface Mistake {
  readonly id: string;
  readonly label: string;
  readonly predicted: string;
  /** Of the label it predicted. */
  readonly probability: number;
  /** Only where texts are asked for. */
  readonly text?: string;
}

/** Reviews of about one length. */
export interface LengthGroup {
  /** Tokens that the model read, both ends among them. */
  readonly from: number;
  readonly to: number;
  readonly items: number;
  readonly accuracy: number;
  /** 95 %, by the items drawn. */
  readonly accuracyInterval: readonly [number, number];
}

/** A class told from all others, at every threshold. */
export interface ClassCurve extends RankingCurve {
  readonly name: string;
  readonly area: number;
  readonly averagePrecision: number;
}

export interface Curves {
  /** Of classes that some reviews have and others have not: of two classes the second's alone, whose mirror the first's is. */
  readonly curves: readonly ClassCurve[];
  /** Of more classes, each of them counting alike; null of two. */
  readonly macro: (Pick<RankingCurve, 'falsePositiveRate' | 'truePositiveRate'> & { readonly area: number }) | null;
}

/** A model measured on labelled reviews. */
export interface Evaluation extends Classification {
  readonly run: string;
  /** Where the reviews are from. */
  readonly data: string;
  readonly names: readonly string[];
  /** What its probabilities are calibrated by; null where they are the model's own. */
  readonly temperature: number | null;
  /** What the model's own come to, where they are calibrated. */
  readonly uncalibrated: CalibrationScores | null;
  readonly byLength: readonly LengthGroup[];
  readonly roc: Curves;
  /** The most confident first. */
  readonly mistakes: readonly Mistake[];
}

const SHOWN_MISTAKES = 10;
const LENGTH_GROUPS = 4;

/** What a model says of a part of at least one review, and how far it is true. @param onDone takes how many reviews are done */
export function evaluate(
  model: Classifier, part: EncodedPart, onDone: (done: number) => void,
): Omit<Evaluation, 'run' | 'data'> {
  const own = model.predictUncalibrated(part, onDone);
  const { labels } = part, { temperature, classes: names } = model;
  const probabilities = temperature === null ? own : own.map((row) => applyTemperature(row, temperature));
  const classified = { labels, probabilities }, scores = classify(classified);
  return {
    names, ...scores, temperature,
    uncalibrated: temperature === null ? null : measureCalibration({ labels, probabilities: own }),
    byLength: groupByLength(classified, part), roc: traceClasses(classified, names, scores.classes),
    mistakes: findMistakes(classified, part.ids, names),
  };
}

function traceClasses(classified: Classified, names: readonly string[], scores: Classification['classes']): Curves {
  const told = [...names.keys()].slice(names.length === 2 ? 1 : 0);
  const curves = told.flatMap((k): ClassCurve[] => {
    const ranking = rankItems(classified, k), area = scores[k]?.area ?? Number.NaN;
    if (Number.isNaN(area)) return [];
    return [{ name: names[k] ?? '', area, averagePrecision: computeAveragePrecision(ranking), ...traceCurve(ranking) }];
  });
  const macro = names.length === 2 || curves.length === 0 ? null
    : { area: computeMean(curves.map(({ area }) => area)), ...averageCurves(curves) };
  return { curves, macro };
}

function findMistakes({ labels, probabilities }: Classified, ids: readonly string[], names: readonly string[]): Mistake[] {
  const wrong = probabilities.flatMap((row, item): Mistake[] => {
    const predicted = indexOfLargest(row), label = labels[item] ?? 0;
    if (predicted === label) return [];
    return [{ id: ids[item] ?? '', label: names[label] ?? '', predicted: names[predicted] ?? '', probability: row[predicted] ?? 0 }];
  });
  return wrong.sort((a, b) => b.probability - a.probability).slice(0, SHOWN_MISTAKES);
}

/** Groups of about as many reviews, those of one length together. */
function groupByLength({ labels, probabilities }: Classified, { offsets }: EncodedPart): LengthGroup[] {
  const lengthOf = (item: number): number => (offsets[item + 1] ?? 0) - (offsets[item] ?? 0);
  const sorted = [...probabilities.keys()].sort((a, b) => lengthOf(a) - lengthOf(b));
  const lastOf = (group: number): number => sorted[Math.ceil((group + 1) * sorted.length / LENGTH_GROUPS) - 1] ?? 0;
  const ends = Array.from({ length: LENGTH_GROUPS }, (_, k) => lengthOf(lastOf(k)));
  return [...new Set(ends)].map((to, k, all) => {
    const from = (all[k - 1] ?? -1) + 1;
    const own = sorted.filter((item) => lengthOf(item) >= from && lengthOf(item) <= to);
    const right = own.filter((item) => indexOfLargest(probabilities[item] ?? []) === labels[item]).length;
    return { from, to, items: own.length, accuracy: right / own.length, accuracyInterval: computeShareInterval(right, own.length) };
  });
}
