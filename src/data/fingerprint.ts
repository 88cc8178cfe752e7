import { createHash } from 'node:crypto';
import type { Part } from './imdb-layout.ts';
import type { Review } from './review.ts';

/** Takes a corpus review by review, training part first, in the corpus's order. */
export interface Fingerprinter {
  add(part: Part, review: Review): void;
  /** SHA-256, hex. */
  digest(): string;
}

/**
 * Two corpora have one fingerprint when they have the same reviews in the same order: parts, ids, labels and texts. Where they were
 * read from, how it was packed and when it was written do not count. Each review is a line of JSON, which no text can break out of.
 */
export function createFingerprinter(): Fingerprinter {
  const hash = createHash('sha256');
  return {
    add: (part, { id, label, text }) => { hash.update(`${JSON.stringify([part, id, label, text])}\n`); },
    digest: () => hash.digest('hex'),
  };
}
