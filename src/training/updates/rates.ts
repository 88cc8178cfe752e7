import { z } from 'zod';
import { UserError } from '../../errors.ts';

const PAIR = /^([\w.*-]+)=(\d+(?:\.\d+)?(?:e-?\d+)?)$/i;

export const rateSettings = {
  learningRates: z.array(z.string().regex(PAIR, 'expected PATTERN=RATE, for example "fc.*=0.01"')).default([])
    .describe('Learning rates of parameters by patterns on their names, as `fc.*=0.01` or `rnn.*=0.001`; the first that fits holds, '
      + '`learningRate` for all others.'),
};

/** `embed.*`, `rnn.weight_hh_l0`: a star stands for any text. */
function toExpression(pattern: string): RegExp {
  return new RegExp(`^${pattern.split('*').map((part) => part.replaceAll('.', '\\.')).join('.*')}$`);
}

/** Parameters that a message lists. */
const MAX_NAMES = 12;

interface Group {
  readonly pattern: string;
  readonly expression: RegExp;
  readonly rate: number;
}

function parseGroups(learningRates: readonly string[]): Group[] {
  return learningRates.map((pair) => {
    const [, pattern = '', rate = ''] = PAIR.exec(pair) ?? [];
    return { pattern, expression: toExpression(pattern), rate: Number(rate) };
  });
}

/** Which pattern fits no parameter, in words for a message; null where each fits some. @param names of all parameters */
export function findRatesProblem(learningRates: readonly string[], names: readonly string[]): string | null {
  return findIdleGroup(parseGroups(learningRates), names);
}

function findIdleGroup(groups: readonly Group[], names: readonly string[]): string | null {
  const idle = groups.find(({ expression }) => !names.some((name) => expression.test(name)));
  if (idle === undefined) return null;
  const shown = names.slice(0, MAX_NAMES).join(', '), left = names.length - MAX_NAMES;
  return `training.learningRates: no parameter is called ${idle.pattern}; there are ${shown}${left > 0 ? ` and ${left} more` : ''}`;
}

/**
 * The learning rate of each parameter, as torch's parameter groups give it.
 * @param names of all parameters @throws UserError for a pattern that fits none of them
 */
export function createRates(
  { learningRate, learningRates }: { readonly learningRate: number; readonly learningRates: readonly string[] }, names: readonly string[],
): (name: string) => number {
  const groups = parseGroups(learningRates), problem = findIdleGroup(groups, names);
  if (problem !== null) throw new UserError(problem);
  return (name) => groups.find(({ expression }) => expression.test(name))?.rate ?? learningRate;
}
