import { isUtf8 } from 'node:buffer';

import { UserError } from '../errors.ts';
import { sentiments } from './review.ts';
import type { Corpus, Label, Review } from './review.ts';

/** The Large Movie Review Dataset v1.0 (Maas et al. 2011), as its authors publish it. */
export interface RemoteArchive {
  readonly fileName: string;
  readonly url: string;
  /** Hex. */
  readonly md5: string;
}

export const officialArchive: RemoteArchive = {
  fileName: 'aclImdb_v1.tar.gz',
  url: 'https://ai.stanford.edu/~amaas/data/sentiment/aclImdb_v1.tar.gz',
  md5: '7c2ac02c03563afcf9b574c7e56c153a',
};

/** Of the 50,000 labelled reviews, whatever they are packed in: see fingerprint.ts. */
export const officialFingerprint = 'fd46211752e65ef3ed6f8c0b296ffcf56b247bd4c06f4865d09641e3e4d4b53c';

/**
 * SHA-256 of archives that hold these reviews, which is what runs recorded before 0.2: the authors' own, and the one without word
 * counts that the runs of experiments/published were trained from.
 */
export const officialArchiveHashes: readonly string[] = [
  'c40f74a18d3b61f90feba1e17730e0d38e8b97c05fde7008942e91923d1658fe',
  'abb86e6233301a95b247eb8754fa98a7bf884d06d7fd0c916d1009846b1907f5',
];

export const parts = ['train', 'test'] as const;
export type Part = (typeof parts)[number];
export const labelFolders = ['neg', 'pos'] as const;

export const MAX_REVIEW_BYTES = 2 ** 20;
const ratingsOf: Record<Label, { from: number; to: number }> = { 0: { from: 1, to: 4 }, 1: { from: 7, to: 10 } };
const REVIEW_PATH = /^(train|test)\/(neg|pos)\/(\d{1,9})_(\d{1,2})\.txt$/;
const anotherCopy = `get a whole copy from ${officialArchive.url}`;

/** What a path below `aclImdb/` says of its review. */
export interface ReviewPlace {
  /** `train/pos/0_9` */
  readonly id: string;
  readonly part: Part;
  readonly label: Label;
  readonly number: number;
  readonly rating: number;
}

/** Undefined for every file that is not a labelled review: unsup, .feat, README … */
export function parseReviewPath(path: string): ReviewPlace | undefined {
  const match = REVIEW_PATH.exec(path);
  if (match === null) return undefined;
  const [, part, folder, number, rating] = match;
  return {
    id: path.slice(0, -'.txt'.length),
    part: part as Part,
    label: folder === 'pos' ? 1 : 0,
    number: Number(number),
    rating: Number(rating),
  };
}

/** @throws UserError before a byte of it is read, when the rating contradicts the folder or the size is absurd. */
export function checkReviewPlace(place: ReviewPlace, bytes: number, location: string): void {
  const { from, to } = ratingsOf[place.label];
  if (place.rating < from || place.rating > to) {
    throw new UserError(
      `${location}: ${place.id}.txt is rated ${place.rating}, but reviews in ${labelFolders[place.label]} are rated ${from} to ${to}; `
        + anotherCopy,
    );
  }
  if (bytes > MAX_REVIEW_BYTES)
    throw new UserError(`${location}: ${place.id}.txt has ${bytes} bytes, more than the 1 MiB a review may have; ${anotherCopy}`);
  if (bytes === 0) throw new UserError(`${location}: ${place.id}.txt is empty; ${anotherCopy}`);
}

interface Placed {
  readonly place: ReviewPlace;
  readonly review: Review;
}

/** By part, label and number, whatever the order in which they were found. */
function compare({ place: a }: Placed, { place: b }: Placed): number {
  return a.label - b.label || a.number - b.number || a.rating - b.rating || (a.id < b.id ? -1 : 1);
}

export interface ReviewCollector {
  /** @throws UserError for a second review of the same name, and for bytes that are not UTF-8. */
  add(place: ReviewPlace, bytes: Buffer): void;
  /** @throws UserError unless both parts hold as many positive reviews as negative ones. */
  finish(): Corpus;
}

export function createReviewCollector(location: string): ReviewCollector {
  const found = new Map<string, Placed>();
  return {
    add(place, bytes) {
      if (found.has(place.id)) throw new UserError(`${location}: ${place.id}.txt is in it twice; ${anotherCopy}`);
      if (!isUtf8(bytes)) throw new UserError(`${location}: ${place.id}.txt is not UTF-8 text; ${anotherCopy}`);
      found.set(place.id, { place, review: { id: place.id, text: bytes.toString('utf8'), label: place.label } });
    },
    finish() {
      const ordered = [...found.values()].sort(compare);
      const [train, test] = parts.map((part) => ordered.filter(({ place }) => place.part === part).map(({ review }) => review));
      const corpus = { classes: sentiments, train: train ?? [], validation: [], test: test ?? [], notes: [] };
      checkCounts(corpus, location);
      return corpus;
    },
  };
}

function checkCounts(corpus: Corpus, location: string): void {
  const counts = parts.flatMap((part) => labelFolders.map((folder, label) => ({
    name: `${part}/${folder}`, count: corpus[part].filter((review) => review.label === (label as Label)).length,
  })));
  if (counts.every(({ count }) => count === 0)) {
    throw new UserError(`${location}: no review in it is named like aclImdb/train/pos/0_9.txt, so it is not the IMDB data; ${anotherCopy}`);
  }
  const missing = counts.filter(({ count }) => count === 0).map(({ name }) => name);
  if (missing.length > 0) throw new UserError(`${location}: no reviews in ${missing.join(', ')}, the copy is incomplete; ${anotherCopy}`);
  for (const part of parts) {
    const [negative = 0, positive = 0] = counts.filter(({ name }) => name.startsWith(part)).map(({ count }) => count);
    if (negative !== positive) {
      throw new UserError(
        `${location}: ${part} has ${negative} negative but ${positive} positive reviews, the copy is incomplete; ${anotherCopy}`,
      );
    }
  }
}
