import { UserError } from '../../errors.ts';
import { shuffled } from '../../random.ts';
import type { Corpus, Label } from '../review.ts';
import type { TableReview } from './reviews.ts';

/** Index 0 of the purpose belongs to the validation part. */
const SPLIT_STREAM = { seed: 0, purpose: 'split', index: 1 } as const;
const LABELS = [0, 1] as const satisfies readonly Label[];

type CountByLabel = Record<Label, number>;

function countLabels(reviews: readonly TableReview[]): CountByLabel {
  const positive = reviews.filter(({ label }) => label === 1).length;
  return { 0: reviews.length - positive, 1: positive };
}

function groupByContent(reviews: readonly TableReview[]): Map<string, TableReview[]> {
  const groups = new Map<string, TableReview[]>();
  for (const review of reviews) {
    const group = groups.get(review.contentKey);
    if (group === undefined) groups.set(review.contentKey, [review]);
    else group.push(review);
  }
  return groups;
}

/** Each text's content, the texts of a label in random order; no text is there twice. */
function* drawContents(reviews: readonly TableReview[]): Generator<string> {
  for (const label of LABELS) {
    const keys = new Map(reviews.filter((review) => review.label === label).map(({ text, contentKey }) => [text, contentKey]));
    for (const text of shuffled([...keys.keys()].sort(), { ...SPLIT_STREAM, subindex: label })) yield keys.get(text) ?? '';
  }
}

/** The contents of the training half: drawn at random, taken while their rows fit into half of the rows of each label. */
function chooseTraining(reviews: readonly TableReview[], groups: ReadonlyMap<string, readonly TableReview[]>): Set<string> {
  const all = countLabels(reviews);
  const room: CountByLabel = { 0: Math.ceil(all[0] / 2), 1: Math.ceil(all[1] / 2) };
  const decided = new Set<string>(), chosen = new Set<string>();
  for (const content of drawContents(reviews)) {
    if (decided.has(content)) continue;
    decided.add(content);
    const counts = countLabels(groups.get(content) ?? []);
    if (LABELS.some((label) => counts[label] > room[label])) continue;
    for (const label of LABELS) room[label] -= counts[label];
    chosen.add(content);
  }
  return chosen;
}

function checkParts(parts: readonly (readonly TableReview[])[], location: string): void {
  const counts = parts.map(countLabels);
  for (const label of LABELS) {
    const name = label === 1 ? 'positive' : 'negative';
    if (counts.every((count) => count[label] === 0))
      throw new UserError(`${location}: holds no ${name} review; training needs both labels`);
    if (counts.some((count) => count[label] === 0)) {
      throw new UserError(`${location}: holds no two different ${name} reviews; training and test need one each`);
    }
  }
}

/** How many reviews are there more than once, and how many with both labels. */
function describeRepeats(groups: ReadonlyMap<string, readonly TableReview[]>): string[] {
  const repeated = [...groups.values()].filter((group) => group.length > 1);
  const contradicted = repeated.filter((group) => group.some(({ label }) => label !== group[0]?.label));
  const rows = (some: readonly (readonly TableReview[])[]): number => some.reduce((sum, group) => sum + group.length, 0);
  const texts = (count: number): string => `${count} ${count === 1 ? 'text' : 'texts'}`;
  return [
    ...(repeated.length === 0
      ? []
      : [
          `${rows(repeated)} reviews are ${texts(repeated.length)}, each more than once (spaces, case and markup aside); equal ones are `
            + `all in training or all in test`,
        ]),
    ...(contradicted.length === 0
      ? []
      : [`${texts(contradicted.length)} ${contradicted.length === 1 ? 'has' : 'have'} both labels, in ${rows(contradicted)} reviews`]),
  ];
}

/**
 * Halves the rows into training and test, each label by itself, the same way every time. Which half a review belongs to depends on
 * the texts and how often each occurs alone, not on the order of the rows, and all rows with the same tokens are on one side,
 * whatever their labels. A half keeps the order of the file.
 *
 * @throws UserError when a label has no two different texts
 */
export function splitReviews(reviews: readonly TableReview[], location: string): Corpus {
  const groups = groupByContent(reviews);
  const chosen = chooseTraining(reviews, groups);
  const train = reviews.filter(({ contentKey }) => chosen.has(contentKey));
  const test = reviews.filter(({ contentKey }) => !chosen.has(contentKey));
  checkParts([train, test], location);
  const withoutKey = (part: readonly TableReview[]): Corpus['train'] => part.map(({ contentKey: _, ...review }) => review);
  return { train: withoutKey(train), test: withoutKey(test), notes: describeRepeats(groups) };
}
