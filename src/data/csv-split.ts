import { UserError } from '../errors.ts';
import { shuffled } from '../random.ts';
import type { Corpus, Label, Review } from './review.ts';

/** Index 0 of the purpose belongs to the validation part. */
const SPLIT_STREAM = { seed: 0, purpose: 'split', index: 1 } as const;

function groupByText(reviews: readonly Review[]): Map<string, string[]> {
  const idsByText = new Map<string, string[]>();
  for (const { text, id } of reviews) {
    const ids = idsByText.get(text);
    if (ids === undefined) idsByText.set(text, [id]);
    else ids.push(id);
  }
  return idsByText;
}

/** Ids of the training half of one label: distinct texts in random order, taken while their rows fit into half of the rows. */
function chooseTraining(reviews: readonly Review[], label: Label): Set<string> {
  const idsByText = groupByText(reviews);
  const room = Math.ceil(reviews.length / 2);
  const chosen = new Set<string>();
  for (const text of shuffled([...idsByText.keys()].sort(), { ...SPLIT_STREAM, subindex: label })) {
    const ids = idsByText.get(text) ?? [];
    if (chosen.size + ids.length <= room) for (const id of ids) chosen.add(id);
  }
  return chosen;
}

/**
 * Halves the rows into training and test, each label by itself, the same way every time. Which half a text belongs to depends
 * on the texts and how often each occurs alone, not on the order of the rows, and all rows with one text and label are on one side. A half keeps
 * the order of the file.
 *
 * @throws UserError when a label has no two different texts
 */
export function splitReviews(reviews: readonly Review[], location: string): Corpus {
  const chosen = ([0, 1] as const).map((label) => {
    const name = label === 1 ? 'positive' : 'negative';
    const ofLabel = reviews.filter((review) => review.label === label);
    const ids = chooseTraining(ofLabel, label);
    if (ofLabel.length === 0) throw new UserError(`${location}: no ${name} review in it; training needs both labels`);
    if (ids.size === 0 || ids.size === ofLabel.length) {
      throw new UserError(`${location}: no two different ${name} reviews in it; training and test need one each`);
    }
    return ids;
  });
  const isTraining = ({ id }: Review): boolean => chosen.some((ids) => ids.has(id));
  return { train: reviews.filter(isTraining), test: reviews.filter((review) => !isTraining(review)) };
}
