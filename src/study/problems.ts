import { UserError } from '../errors.ts';
import { joinWords } from '../terminal/format.ts';

const MAX_LINES = 10;
const MAX_NAMES = 2;

/** A mistake and where it was made: `configs/studies/length.yaml:7`. */
export interface PlacedProblem {
  readonly place: string;
  readonly text: string;
}

interface Telling<Item> {
  /** As a message calls one of several; empty where the place says it. */
  readonly nameOf: (item: Item) => string;
  readonly placeOf: (item: Item, line: string) => PlacedProblem;
}

/**
 * Does the same for each of several runs and tells all that is wrong at once, so that no mistake shows after the first training.
 * @param work may throw a UserError, of which each line is a mistake
 * @throws UserError of a line for each mistake, ten at most: where it is, what has it (unless all have), and what it is
 */
export function tryAll<Item, Result>(items: readonly Item[], work: (item: Item) => Result, { nameOf, placeOf }: Telling<Item>): Result[] {
  const found = new Map<string, PlacedProblem & { readonly names: string[] }>();
  const results = items.flatMap((item) => {
    try {
      return [work(item)];
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      for (const line of error.message.split('\n')) {
        const problem = placeOf(item, line), key = `${problem.place} ${problem.text}`;
        found.set(key, { ...problem, names: [...found.get(key)?.names ?? [], nameOf(item)] });
      }
      return [];
    }
  });
  if (found.size === 0) return results;
  const lines = [...found.values()].map(({ place, text, names }) => [
    place, names.length === items.length ? '' : listNames(names), text,
  ].filter((part) => part !== '').join(': '));
  const left = lines.length - MAX_LINES;
  throw new UserError([...lines.slice(0, MAX_LINES), ...(left > 0 ? [`… and ${left} more`] : [])].join('\n'));
}

/** `LSTM, attention; LSTM, cosine schedule and 3 more` */
function listNames(names: readonly string[]): string {
  const shown = names.slice(0, MAX_NAMES), left = names.length - shown.length;
  return joinWords([shown.join('; '), ...(left > 0 ? [`${left} more`] : [])]);
}
