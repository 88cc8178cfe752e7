import { createHash } from 'node:crypto';
import { describeValue } from '../../files/escape.ts';
import { UserError } from '../../errors.ts';
import type { Label, Review } from '../review.ts';
import { tokenize } from '../../text/tokenizer.ts';
import { acceptedLabels, describeColumns, findColumns, parseLabel, type Columns } from './columns.ts';
import { createRowProblems, type RowSink } from './rows.ts';

/** A review of a table, and what it has in common with those that are the same to any tokenizer. */
export interface TableReview extends Review {
  /** Equal for reviews whose tokens, written together, are the same: spaces, case, markup and look-alikes do not count. */
  readonly contentKey: string;
}

export interface TableReviews {
  readonly reviews: readonly TableReview[];
  /** What was guessed, in parts of a sentence. */
  readonly taken: readonly string[];
}

export function contentKeyOf(text: string): string {
  return createHash('sha256').update(tokenize(text).join('')).digest('base64');
}

/** Different label words remembered; a column of reviews has a new one in every row. */
const WORDS_KEPT = 100;

/** The label words of a table, to say what was found. */
function createLabelTally(): {
  parse(word: string, line: number): Label | undefined;
  describe(): string | null;
  problem(column: string): string | null;
} {
  const found = new Map<string, { readonly label: Label | undefined; readonly line: number; count: number }>();
  let unknown = 0;
  return {
    parse(word, line) {
      const entry = found.get(word);
      const label = entry === undefined ? parseLabel(word) : entry.label;
      if (label === undefined) unknown += 1;
      if (entry !== undefined) entry.count += 1;
      else if (found.size < WORDS_KEPT) found.set(word, { label, line, count: 1 });
      return label;
    },
    describe() {
      const words = (label: Label): string[] => [...found].filter(([, entry]) => entry.label === label).map(([word]) => word);
      const isPlain = [...words(0), ...words(1)].every((word) => word === 'positive' || word === 'negative');
      const list = (label: Label): string =>
        words(label)
          .map((word) => describeValue(word))
          .join(', ');
      return isPlain ? null : `${list(1)} is read as positive, ${list(0)} as negative`;
    },
    problem(column) {
      if (unknown === 0) return null;
      const strange = [...found].filter(([, { label }]) => label === undefined);
      const shown = strange
        .slice(0, 3)
        .map(
          ([word, { line, count }]) => `${describeValue(word)} in ${count === 1 ? `line ${line}` : `${count} rows from line ${line} on`}`,
        );
      const others = strange.length > 3 ? ', and others' : '';
      const rest = [...found]
        .filter(([, { label }]) => label !== undefined)
        .slice(0, 3)
        .map(([word]) => describeValue(word));
      return (
        `the column ${describeValue(column)} holds `
        + `${shown.join(', ')}${others}${rest.length === 0 ? '' : `, besides ${rest.join(', ')}`}; ${acceptedLabels}`
      );
    },
  };
}

/** Collects the reviews of a table's rows. */
export interface ReviewCollector extends RowSink {
  /** @throws UserError with all that is wrong with the rows */
  finish(): TableReviews;
}

interface Header {
  readonly names: readonly string[];
  readonly columns: Columns;
}

/** @param separator the name of the delimiter, `comma`, or null where rows cannot have too many fields */
export function createReviewCollector(shown: string, separator: string | null): ReviewCollector {
  const reviews: TableReview[] = [];
  const problems = createRowProblems(shown);
  const labels = createLabelTally();
  let header: Header | undefined;

  const takeHeader = (names: readonly string[], line: number): void => {
    const columns = findColumns(names);
    if (typeof columns === 'string') throw new UserError(`${shown}, line ${line}: ${columns}`);
    header = { names, columns };
  };
  const takeRow = ({ names, columns }: Header, fields: readonly string[], line: number): void => {
    if (fields.length !== names.length) {
      problems.add(
        `${fields.length} field${fields.length === 1 ? '' : 's'} instead of ${names.length}; a review with a ${separator ?? 'comma'} `
          + `must stand in double quotes`,
        line,
      );
      return;
    }
    const text = fields[columns.text] ?? '';
    const label = labels.parse(fields[columns.label] ?? '', line);
    if (text.trim() === '') problems.add('the review is empty; write one or remove the row', line);
    else if (label !== undefined) reviews.push({ id: `row/${reviews.length + 1}`, text, label, contentKey: contentKeyOf(text) });
  };

  return {
    shown,
    row(fields, line) {
      if (header === undefined && /^sep=$/i.test(fields[0] ?? '')) return; // for Excel; see delimiter.ts
      if (header === undefined) takeHeader(fields, line);
      else takeRow(header, fields, line);
    },
    reject: (problem, line) => { problems.add(problem, line); },
    finish() {
      const labelProblem = header === undefined ? null : labels.problem(header.names[header.columns.label] ?? '');
      if (labelProblem !== null) problems.addWhole(labelProblem);
      problems.throwIfAny();
      if (header === undefined) throw new UserError(`${shown}: is empty; the first line must name the columns, as review,sentiment does`);
      return { reviews, taken: [describeColumns(header.names, header.columns), labels.describe()].filter((note) => note !== null) };
    },
  };
}
