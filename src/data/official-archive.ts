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
