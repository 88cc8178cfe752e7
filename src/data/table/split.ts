import { UserError } from '../../errors.ts';
import { describeValue } from '../../files/escape.ts';
import { shuffled } from '../../random.ts';
import { countLabels } from '../split.ts';
import type { TableReview } from './reviews.ts';

/** Index 0 of the purpose belongs to the validation part. */
const SPLIT_STREAM = { seed: 0, purpose: 'split', index: 1 } as const;
const SHOWN = 3;

/** [classes] reviews of each. */
function countReviews(reviews: readonly TableReview[], classes: number): number[] {
  return countLabels(reviews.map(({ label }) => label), classes);
}

/** Reviews by what they say, to any tokenizer. */
export function groupByContent(reviews: readonly TableReview[]): Map<string, TableReview[]> {
  const groups = new Map<string, TableReview[]>();
  for (const review of reviews) {
    const group = groups.get(review.contentKey);
    if (group === undefined) groups.set(review.contentKey, [review]);
    else group.push(review);
  }
  return groups;
}

/** Each text's content, the texts of a class in random order; no text is there twice. */
function* drawContents(reviews: readonly TableReview[], classes: number): Generator<string> {
  for (let label = 0; label < classes; label++) {
    const keys = new Map(reviews.filter((review) => review.label === label).map(({ text, contentKey }) => [text, contentKey]));
    for (const text of shuffled([...keys.keys()].sort(), { ...SPLIT_STREAM, subindex: label })) yield keys.get(text) ?? '';
  }
}

/** The contents of the training part: drawn at random, taken while their rows fit into its share of the rows of each class. */
function chooseTraining(
  reviews: readonly TableReview[], groups: ReadonlyMap<string, readonly TableReview[]>, classes: number, testFraction: number,
): Set<string> {
  const room = countReviews(reviews, classes).map((count) => Math.min(Math.ceil(count * (1 - testFraction)), Math.max(1, count - 1)));
  const decided = new Set<string>(), chosen = new Set<string>();
  for (const content of drawContents(reviews, classes)) {
    if (decided.has(content)) continue;
    decided.add(content);
    const counts = countReviews(groups.get(content) ?? [], classes);
    if (counts.some((count, label) => count > (room[label] ?? 0))) continue;
    counts.forEach((count, label) => { room[label] = (room[label] ?? 0) - count; });
    chosen.add(content);
  }
  return chosen;
}

function checkParts(parts: readonly (readonly TableReview[])[], classes: readonly string[], location: string): void {
  const counts = parts.map((part) => countReviews(part, classes.length));
  const rare = classes.filter((_, label) => counts.some((count) => count[label] === 0));
  if (rare.length === 0) return;
  const list = rare.slice(0, SHOWN).map((name) => {
    const rows = parts.flat().filter(({ label }) => classes[label] === name);
    return rows.length === 1 ? `${describeValue(name)} (${rows[0]?.id ?? ''} alone)` : describeValue(name);
  });
  const others = rare.length > SHOWN ? ` and ${rare.length - SHOWN} more` : '';
  const noun = rare.length === 1 ? 'class' : 'classes';
  throw new UserError(`${location}: holds no two different texts of the ${noun} ${list.join(', ')}${others}; `
    + 'training and test need one each: add some, correct the label, or remove the rows');
}

/** How many reviews are there more than once, and how many with several labels. */
export function describeRepeats(reviews: readonly TableReview[], advice = ''): string[] {
  const groups = groupByContent(reviews);
  const repeated = [...groups.values()].filter((group) => group.length > 1);
  const contradicted = repeated.filter((group) => group.some(({ label }) => label !== group[0]?.label));
  const rows = (some: readonly (readonly TableReview[])[]): number => some.reduce((sum, group) => sum + group.length, 0);
  const texts = (count: number): string => `${count} ${count === 1 ? 'text' : 'texts'}`;
  const labels = contradicted.every((group) => new Set(group.map(({ label }) => label)).size === 2) ? 'two' : 'several';
  return [
    ...(repeated.length === 0
      ? [] : [`${rows(repeated)} reviews are ${texts(repeated.length)}, each more than once (spaces, case and markup aside)${advice}`]),
    ...(contradicted.length === 0
      ? []
      : [`${texts(contradicted.length)} ${contradicted.length === 1 ? 'has' : 'have'} ${labels} labels, in ${rows(contradicted)} reviews`]),
  ];
}

/** Reviews in a training and a test part of their own. */
export interface SplitReviews {
  readonly train: readonly TableReview[];
  readonly test: readonly TableReview[];
}

/**
 * Divides the rows into training and test, each class by itself, the same way every time. Which part a review belongs to depends on
 * the texts and how often each occurs alone, not on the order of the rows, and all rows with the same tokens are on one side,
 * whatever their labels. A part keeps the order of the file.
 *
 * @throws UserError when a class has no two different texts
 */
export function splitReviews(
  reviews: readonly TableReview[], classes: readonly string[], { location, testFraction }: { location: string; testFraction: number },
): SplitReviews {
  const chosen = chooseTraining(reviews, groupByContent(reviews), classes.length, testFraction);
  const train = reviews.filter(({ contentKey }) => chosen.has(contentKey));
  const test = reviews.filter(({ contentKey }) => !chosen.has(contentKey));
  checkParts([train, test], classes, location);
  return { train, test };
}
