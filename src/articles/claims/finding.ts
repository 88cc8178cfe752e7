import type { ArticleLetter } from '../articles.ts';
import type { Evidence } from '../../report/comparison.ts';
import type { Measurements } from './measurements.ts';
import type { Studies } from '../../report/study.ts';
import { joinWords } from '../../terminal/format.ts';

export const verdicts =
  ['holds', 'holds in part', 'does not hold', 'contradicts another claim', 'not decided', 'not checkable here'] as const;
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

export interface ClaimContext {
  /** Of all published runs; null when there are none. */
  readonly comparison: Evidence | null;
  readonly studies: Studies;
  readonly measurements: Measurements;
}

export type Finding = Pick<CheckedClaim, 'figure' | 'verdict' | 'reason'>;

/** A claim before it is checked. Which article makes it stands in src/articles. */
export interface Claim extends Omit<CheckedClaim, keyof Finding | 'article'> {
  readonly examine: (context: ClaimContext) => Finding | Promise<Finding>;
}

/** One of the things a claim says. */
export interface Part {
  /** What it says and what was found; of what cannot be checked, what is missing. */
  readonly what: string;
  /** Null where it cannot be checked here, or what was found does not decide it. */
  readonly holds: boolean | null;
  /** Set where there are figures, and their noise is too large to decide by. */
  readonly undecided?: true;
  /** Models of which there are no published runs, where that alone is missing. */
  readonly needs?: readonly string[];
}

/** All of it holds, some of it, or none; where nothing of it is known either way, whether there are figures at all. */
export function judge(parts: readonly Pick<Part, 'holds' | 'undecided'>[]): Verdict {
  if (parts.every(({ holds }) => holds === null)) {
    return parts.some(({ undecided }) => undecided === true) ? 'not decided' : 'not checkable here';
  }
  if (parts.every(({ holds }) => holds === true)) return 'holds';
  return parts.some(({ holds }) => holds === true) ? 'holds in part' : 'does not hold';
}

/** A verdict by parts, with each part under its heading as the reason. */
export function conclude(figure: string, parts: readonly Part[]): Finding {
  return { figure, verdict: judge(parts), reason: listParts(parts) };
}

const headings = ['Holds', 'Does not hold', 'Not decided', 'Not checkable here'] as const;

function headingOf({ holds, undecided }: Part): (typeof headings)[number] {
  if (holds !== null) return holds ? 'Holds' : 'Does not hold';
  return undecided === true ? 'Not decided' : 'Not checkable here';
}

export function listParts(parts: readonly Part[]): string {
  return headings.flatMap((heading) => {
    const texts = describeParts(parts.filter((part) => headingOf(part) === heading));
    return texts.length === 0 ? [] : [`${heading}: ${texts.join('; ')}.`];
  }).join(' ');
}

/** What waits for published runs says so once. */
function describeParts(parts: readonly Part[]): string[] {
  const waiting = parts.filter(({ needs }) => needs !== undefined);
  const others = parts.filter(({ needs }) => needs === undefined).map(({ what }) => what);
  if (waiting.length === 0) return others;
  const models = joinWords([...new Set(waiting.flatMap(({ needs = [] }) => needs))]);
  return [
    `${waiting.map(({ what }) => what).join('; ')} (there are no published runs of ${models} with the articles' settings; npm run `
      + `compare makes them)`,
    ...others,
  ];
}

/** How many claims have each verdict, those left out that none has. */
export function countVerdicts(claims: readonly CheckedClaim[]): { verdict: Verdict; count: number }[] {
  return verdicts
    .map((verdict) => ({ verdict, count: claims.filter((claim) => claim.verdict === verdict).length }))
    .filter(({ count }) => count > 0);
}
