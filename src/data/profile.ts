import { UserError } from '../errors.ts';
import type { TokenizedPart } from '../text/encode.ts';
import { createDataset } from './dataset.ts';
import { countByClass, countSeenInTraining, findOddities, lengthAtShare, shareOfUnknown, sortLengths } from './findings.ts';
import type { DataConfig } from './settings.ts';
import type { CorpusPart, TokenizedCorpus } from './tokenized-corpus.ts';

const LENGTH_BINS = 8;

/** Reviews of about one length. */
export interface LengthBin {
  /** Tokens, both ends among them; the last one of reviews that are cut has no end. */
  readonly from: number;
  readonly to: number | null;
  readonly reviews: number;
}

/** What a data set is like to a model that reads it by a config. */
export interface DataProfile {
  /** Reviews of each class in each part that the data has, before any is held out for validation. */
  readonly classes: readonly ({ readonly name: string } & Readonly<Record<CorpusPart, number>>)[];
  /** In whole tokens. */
  readonly lengths: {
    readonly median: number;
    readonly share95: number;
    readonly longest: number;
    readonly maxLength: number;
    /** Longer than `maxLength`. */
    readonly cut: number;
    readonly bins: readonly LengthBin[];
  };
  /** Test reviews whose tokens are those of a training review. */
  readonly seenInTraining: number;
  readonly distinctWords: number;
  /** What a training by that config would have; null where it could not split the reviews so. */
  readonly training: {
    readonly reviews: number;
    readonly validationReviews: number;
    /** With an id of their own, the two special ones among them. */
    readonly vocabularySize: number;
    /** Shares of the tokens kept. */
    readonly unknownTrain: number;
    readonly unknownTest: number;
  } | null;
  /** A line each; the last says why there is no training, where there is none. */
  readonly oddities: readonly string[];
}

/** Counts what a data set holds and what is odd about it. */
export function profileData(corpus: TokenizedCorpus, config: DataConfig): DataProfile {
  const parts = { train: corpus.train, validation: corpus.validation, test: corpus.test };
  const counts = Object.fromEntries(
    Object.entries(parts).map(([name, part]) => [name, countByClass(part, corpus.classes.length)]),
  ) as Record<CorpusPart, number[]>;
  return {
    classes: corpus.classes.map((name, k) => ({
      name, train: counts.train[k] ?? 0, validation: counts.validation[k] ?? 0, test: counts.test[k] ?? 0,
    })),
    lengths: profileLengths(Object.values(parts), config.maxLength),
    seenInTraining: countSeenInTraining(corpus),
    distinctWords: corpus.words.length,
    ...profileTraining(corpus, config),
  };
}

function profileLengths(parts: readonly TokenizedPart[], maxLength: number): DataProfile['lengths'] {
  const sorted = sortLengths(parts), longest = sorted.at(-1) ?? 0;
  const width = Math.max(1, Math.ceil(Math.min(longest, maxLength) / LENGTH_BINS));
  const ends = Array.from({ length: LENGTH_BINS }, (_, k) => Math.min((k + 1) * width, maxLength)).filter((end) => end < longest + width);
  const count = (from: number, to: number): number => sorted.filter((length) => length >= from && length <= to).length;
  const bins = [...new Set(ends)].map((to, k, all): LengthBin => {
    const from = k === 0 ? 0 : (all[k - 1] ?? 0) + 1;
    return { from, to, reviews: count(from, to) };
  });
  const cut = count(maxLength + 1, Infinity);
  return {
    median: lengthAtShare(sorted, 0.5), share95: lengthAtShare(sorted, 0.95), longest, maxLength, cut,
    bins: cut === 0 ? bins : [...bins, { from: maxLength + 1, to: null, reviews: cut }],
  };
}

function profileTraining(corpus: TokenizedCorpus, config: DataConfig): Pick<DataProfile, 'training' | 'oddities'> {
  try {
    const dataset = createDataset(corpus, config);
    const { train, validation, test, vocabulary } = dataset;
    return {
      training: {
        reviews: train.labels.length, validationReviews: validation.labels.length, vocabularySize: vocabulary.size,
        unknownTrain: shareOfUnknown(train), unknownTest: shareOfUnknown(test),
      },
      oddities: findOddities(corpus, dataset, config),
    };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { training: null, oddities: [error.message] };
  }
}
