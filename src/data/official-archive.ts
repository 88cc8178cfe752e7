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
