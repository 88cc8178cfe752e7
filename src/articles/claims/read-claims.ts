import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { createHash } from 'node:crypto';

import { articleLetters } from '../articles.ts';
import { displayPath, kindOf } from '../../files/paths.ts';
import { printable } from '../../files/escape.ts';
import { typedCommand } from '../../typed-command.js';
import { UserError } from '../../errors.ts';
import { verdicts } from './finding.ts';
import type { CheckedClaims } from './finding.ts';
import type { Experiment } from '../../experiment/load.ts';

/** What `claims` writes as JSON, as far as it is read here. */
const claimsSchema = z.looseObject({ runs: z.int().min(0), runsFingerprint: z.string().exactOptional(), claims: z.array(z.strictObject({
  id: z.string(), article: z.enum(articleLetters), statement: z.string(), method: z.enum(['formula', 'measurement', 'experiment']),
  check: z.string(), figure: z.string(), verdict: z.enum(verdicts), reason: z.string(),
})) }) satisfies z.ZodType<CheckedClaims>;

/** The command that writes claims to a file. */
export function rerunClaims(place: string): string {
  return typedCommand('claims', ['--out', place]);
}

function parse(text: string, place: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new UserError(`${place}: not valid JSON; make it again with ${rerunClaims(place)}`);
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
  throw new UserError(
    `${place}: ${printable([...(issue?.path ?? [])].join('.'))}: ${printable(issue?.message ?? '', 200)}; make it again with `
      + rerunClaims(place),
  );
}

/**
 * SHA-256 of what claims read of runs, whatever their order and wherever they lie. It is of records alone, which no later version of
 * this project changes.
 */
export function fingerprintRuns(experiments: readonly Experiment[]): string {
  const lines = experiments.map(({ config: { seed }, environment: { startedAt }, summary: { status, parameters }, epochs }) =>
    JSON.stringify([
      startedAt,
      seed,
      status,
      parameters.total,
      epochs.map(({ validationAccuracy, testAccuracy, epochSeconds }) => [validationAccuracy, testAccuracy, epochSeconds]),
    ]),
  );
  return createHash('sha256').update(lines.sort().join('\n')).digest('hex');
}

/**
 * That verdicts rest on other runs than are shown; null where they do not. Verdicts of before 0.2.0 know the number of their runs
 * alone.
 */
export function describeStale({ runs, runsFingerprint }: Omit<CheckedClaims, 'claims'>, shown: readonly Experiment[]): string | null {
  const isSame = runsFingerprint === undefined ? runs === shown.length : runsFingerprint === fingerprintRuns(shown);
  if (isSame) return null;
  if (runs === shown.length) return `the verdicts rest on other ${runs === 1 ? 'results' : 'runs'} than the report shows`;
  return `the verdicts rest on ${runs} published ${runs === 1 ? 'run' : 'runs'}, and the report shows ${shown.length}`;
}
