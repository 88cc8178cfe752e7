import { officialArchiveHashes, officialFingerprint } from '../data/imdb-layout.ts';
import type { Environment } from './records.ts';

/**
 * What reviews are recognised by. Since 0.2 the fingerprint is of the reviews themselves, and `sourceHash` tells the file they were
 * read from; a run of before has the file's hash as its fingerprint and no `sourceHash`.
 */
export type ReviewsIdentity = Pick<Environment['dataset'], 'fingerprint' | 'sourceHash'>;

/**
 * The fingerprint of each one's reviews. What a file of before 0.2 held is known where one of the others read it since, or where it
 * is known to hold IMDB; else its hash stands for it.
 */
function resolveFingerprints(identities: readonly ReviewsIdentity[]): string[] {
  const contents = new Map(officialArchiveHashes.map((hash) => [hash, officialFingerprint]));
  for (const { fingerprint, sourceHash } of identities) if (sourceHash !== undefined) contents.set(sourceHash, fingerprint);
  return identities.map(({ fingerprint, sourceHash }) =>
    sourceHash === undefined ? (contents.get(fingerprint) ?? fingerprint) : fingerprint,
  );
}

/** The first that has other reviews than the first of all, by its place; −1 where all have the same. */
export function findOtherReviews(identities: readonly ReviewsIdentity[]): number {
  const fingerprints = resolveFingerprints(identities);
  return fingerprints.findIndex((fingerprint) => fingerprint !== fingerprints[0]);
}

/** Whether a run's reviews, or those that are here now, are those of another run, wherever either read them. */
export function areSameReviews(a: ReviewsIdentity, b: ReviewsIdentity): boolean {
  return findOtherReviews([a, b]) < 0;
}

/** `SHA-256 0123456789ab… there and ba9876543210… here`: how the reviews of a run differ from those here, like beside like. */
export function describeOtherReviews(there: ReviewsIdentity, here: ReviewsIdentity): string {
  const now = there.sourceHash === undefined ? here.sourceHash ?? here.fingerprint : here.fingerprint;
  return `SHA-256 ${there.fingerprint.slice(0, 12)}… there and ${now.slice(0, 12)}… here`;
}
