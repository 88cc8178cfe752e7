import type { OnProgress } from '../progress.ts';

/** Of IMDB and the sample: 0 negative, 1 positive. */
export type Label = 0 | 1;

/** What IMDB's labels are called, and those of every older run, which recorded no classes. */
export const sentiments: readonly string[] = ['negative', 'positive'];

export interface Review {
  /** Stable and unique within a corpus, for example `train/pos/0_9`. */
  readonly id: string;
  readonly text: string;
  /** Its place in the corpus's `classes`. */
  readonly label: number;
}

/** All labelled reviews of a data set, in a fixed order. */
export interface Corpus {
  /** [classes] the name of each label. */
  readonly classes: readonly string[];
  readonly train: readonly Review[];
  /** Empty where the data has no such part of its own: some of the training reviews are held out then. */
  readonly validation: readonly Review[];
  readonly test: readonly Review[];
  /** What was guessed and what was found while reading, a line each without the file's name: for people, not for programs. */
  readonly notes: readonly string[];
}

/** Where reviews come from. Opening is cheap; `load` reads everything. */
export interface CorpusSource {
  readonly kind: 'imdb' | 'file' | 'sample' | 'recall';
  /** True for text made by this project: such runs are labelled and never share a table with real data. */
  readonly synthetic: boolean;
  /** What is shown to the user: the path, or `built-in synthetic sample`. */
  readonly location: string;
  /**
   * SHA-256 (hex) that changes whenever the content does, cheap enough for every start. It says which file this is, for the token
   * cache; that two sources hold the same reviews is said by the fingerprint of what was read.
   */
  sourceHash(): Promise<string>;
  /** @throws UserError when the content is damaged, hostile or not labelled as expected. */
  load(onProgress?: OnProgress): Promise<Corpus>;
}
