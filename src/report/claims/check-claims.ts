import { articleOfClaim } from '../../articles/articles.ts';
import type { CheckedClaim } from './claim.ts';
import type { ClaimContext } from './finding.ts';
import { claims } from './registry.ts';

/**
 * Checks claims in their order, each as it is asked for, so that a reader sees the first before the last is measured.
 * @param ids by default all
 */
export async function* checkClaims(context: ClaimContext, ids: readonly string[] = claims.map(({ id }) => id)): AsyncGenerator<CheckedClaim> {
  for (const { examine, id, ...claim } of claims) {
    if (ids.includes(id)) yield { id, article: articleOfClaim(id).letter, ...claim, ...await examine(context) };
  }
}
