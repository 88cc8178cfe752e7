import { readFileSync } from 'node:fs';

import { z } from 'zod';

import { articleLetters } from '../../articles/articles.ts';
import { displayPath, kindOf } from '../../config/paths.ts';
import { printable } from '../../config/quote.ts';
import { UserError } from '../../errors.ts';
import { verdicts } from './claim.ts';
import type { CheckedClaims } from './claim.ts';

/** What `npm run claims` writes as JSON, as far as it is read here. */
const claimsSchema = z.looseObject({ runs: z.int().min(0), runsFingerprint: z.string().exactOptional(), claims: z.array(z.strictObject({
  id: z.string(), article: z.enum(articleLetters), statement: z.string(), method: z.enum(['formula', 'measurement', 'experiment']),
  check: z.string(), figure: z.string(), verdict: z.enum(verdicts), reason: z.string(),
})) }) satisfies z.ZodType<CheckedClaims>;

function parse(text: string, place: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new UserError(`${place}: not valid JSON; make it again with npm run claims -- --out ${place}`);
  }
}

/**
 * Claims as they were checked on the machine of the runs.
 * @returns null when there is no such file
 * @throws UserError when it is damaged
 */
export function readClaims(path: string): CheckedClaims | null {
  if (kindOf(path) === 'missing') return null;
  const place = displayPath(path);
  const { data, error } = claimsSchema.safeParse(parse(readFileSync(path, 'utf8'), place));
  if (data !== undefined) return data;
  const issue = error.issues[0];
  throw new UserError(`${place}: ${printable([...issue?.path ?? []].join('.'))}: ${printable(issue?.message ?? '', 200)}; make it again with npm run claims -- --out ${place}`);
}
