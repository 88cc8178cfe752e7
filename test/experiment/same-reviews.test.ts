import { describe, expect, it } from 'vitest';
import { officialArchiveHashes, officialFingerprint } from '../../src/data/imdb-layout.ts';
import { areSameReviews, describeOtherReviews, findOtherReviews, type ReviewsIdentity } from '../../src/experiment/same-reviews.ts';

/** A run of before 0.2 recorded its file alone. */
const old = (hash: string): ReviewsIdentity => ({ fingerprint: hash });
const now = (fingerprint: string, sourceHash: string): ReviewsIdentity => ({ fingerprint, sourceHash });

describe('reviews are the same', () => {
  it.each<[string, ReviewsIdentity, ReviewsIdentity, boolean]>([
    ['the same file', now('reviews', 'file'), now('reviews', 'file'), true],
    ['a copy, another packing, the unpacked folder', now('reviews', 'file'), now('reviews', 'folder'), true],
    ['a file that another version reads otherwise', now('reviews', 'file'), now('others', 'file'), false],
    ['other reviews', now('reviews', 'file'), now('others', 'other file'), false],
    ['a run of before, and its file now', old('file'), now('reviews', 'file'), true],
    ['a run of before, and another file', old('file'), now('reviews', 'folder'), false],
    ['two runs of before', old('file'), old('file'), true],
    ['two runs of before on two files', old('file'), old('other file'), false],
    ['a published run, and the unpacked folder now', old(officialArchiveHashes[1]!), now(officialFingerprint, 'folder'), true],
    ["a run of before on the authors' archive, and the folder now", old(officialArchiveHashes[0]!), now(officialFingerprint, 'folder'), true],
    ['a published run, and other reviews', old(officialArchiveHashes[1]!), now('reviews', 'folder'), false],
  ])('%s: %#', (_, a, b, same) => {
    expect(areSameReviews(a, b)).toBe(same);
    expect(areSameReviews(b, a)).toBe(same);
  });

  it('in any number, where one of them has read the file that another one knows alone', () => {
    expect(findOtherReviews([old('file'), now('reviews', 'folder'), now('reviews', 'file')])).toBe(-1);
    expect(findOtherReviews([now('reviews', 'file'), old('file'), now('others', 'x')])).toBe(2);
    expect(findOtherReviews([])).toBe(-1);
  });

  it('or differ in hashes of one kind', () => {
    const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((letter) => letter.repeat(64)) as [string, string, string, string];
    expect(describeOtherReviews(old(a), now(c, d))).toBe('SHA-256 aaaaaaaaaaaa… there and dddddddddddd… here');
    expect(describeOtherReviews(now(a, b), now(c, d))).toBe('SHA-256 aaaaaaaaaaaa… there and cccccccccccc… here');
  });
});
