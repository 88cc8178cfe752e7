import { verdicts } from './claim.ts';
import type { CheckedClaim, Verdict } from './claim.ts';

/** How many claims have each verdict, those left out that none has. */
export function countVerdicts(claims: readonly CheckedClaim[]): { verdict: Verdict; count: number }[] {
  return verdicts.map((verdict) => ({ verdict, count: claims.filter((claim) => claim.verdict === verdict).length })).filter(({ count }) => count > 0);
}
