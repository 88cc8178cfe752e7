import type { ArticleLetter } from '../../articles/articles.ts';

export const verdicts = ['holds', 'holds in part', 'does not hold', 'contradicts another claim', 'not checkable here'] as const;
export type Verdict = (typeof verdicts)[number];

/** How a claim was checked: by arithmetic, by a small measurement on the spot, or by the published training runs. */
export type Method = 'formula' | 'measurement' | 'experiment';

/** What a check of claims came to. */
export interface CheckedClaims {
  /** The number of published runs that were read. */
  readonly runs: number;
  /** Of those runs, as `fingerprintRuns` takes it. */
  readonly runsFingerprint?: string;
  readonly claims: readonly CheckedClaim[];
}

/** A claim of the articles, and what came of checking it. All texts are plain, to be escaped by whoever shows them. */
export interface CheckedClaim {
  /** `C1` … `C23` */
  readonly id: string;
  /** The article that makes it. */
  readonly article: ArticleLetter;
  /** What the articles say, in one or two sentences. */
  readonly statement: string;
  readonly method: Method;
  /** How it was checked, in a sentence. */
  readonly check: string;
  /** What came out, with units. */
  readonly figure: string;
  readonly verdict: Verdict;
  /** Why this verdict; of what is not checkable, what is missing. */
  readonly reason: string;
}
