import { createHash } from 'node:crypto';
import { describeValue } from '../../files/escape.ts';
import { UserError } from '../../errors.ts';
import type { Review } from '../review.ts';
import { tokenize } from '../../text/tokenizer.ts';
import type { CorpusPart } from '../tokenized-corpus.ts';
import { describeColumns, findColumns, type Columns } from './columns.ts';
import { nameSetting, type TableOptions } from './options.ts';
import { createRowProblems, type RowSink } from './rows.ts';

/** A row of a table: a review whose label is still a word. */
export interface TableRow extends Omit<Review, 'label'> {
  /** As it is in the table, without spaces at its ends. */
  readonly word: string;
  /** What the column of the parts says; null where there is none. */
  readonly part: CorpusPart | null;
  /** Equal for reviews whose tokens, written together, are the same: spaces, case, markup and look-alikes do not count. */
  readonly contentKey: string;
}

/** A review of a table, and what it has in common with those that are the same to any tokenizer. */
export type TableReview = Review & Pick<TableRow, 'contentKey'>;

export interface TableRows {
  readonly rows: readonly TableRow[];
  readonly labelColumn: string;
  /** What was guessed and left out, in parts of a sentence. */
  readonly taken: readonly string[];
}

export function contentKeyOf(text: string): string {
  return createHash('sha256').update(tokenize(text).join('')).digest('base64');
}

const parts: ReadonlyMap<string, CorpusPart> = new Map([
  ['train', 'train'], ['training', 'train'], ['test', 'test'], ['testing', 'test'],
  ['validation', 'validation'], ['valid', 'validation'], ['val', 'validation'], ['dev', 'validation'],
]);

/** Collects the reviews of a table's rows. */
export interface ReviewCollector extends RowSink {
  /** @throws UserError with all that is wrong with the rows */
  finish(): TableRows;
}

interface Header {
  readonly names: readonly string[];
  readonly columns: Columns;
}

/** Rows without a text: how many, and where the first of them stand. */
interface EmptyRows {
  count: number;
  readonly lines: number[];
}

const LINES_SHOWN = 5;

function addEmpty(empty: EmptyRows, line: number): void {
  empty.count += 1;
  if (empty.lines.length < LINES_SHOWN) empty.lines.push(line);
}

function describeEmpty({ count, lines }: EmptyRows): string | null {
  if (count === 0) return null;
  if (count === 1) return `line ${lines[0] ?? 0} has no text and is left out`;
  return `${count} rows have no text and are left out (lines ${lines.join(', ')}${count > lines.length ? ', …' : ''})`;
}

/** @param separator the name of the delimiter, `comma`, or null where rows cannot have too many fields */
export function createReviewCollector(shown: string, separator: string | null, options: TableOptions): ReviewCollector {
  const rows: TableRow[] = [];
  const problems = createRowProblems(shown);
  const empty: EmptyRows = { count: 0, lines: [] };
  let header: Header | undefined;
  let count = 0;

  const takeHeader = (names: readonly string[], line: number): void => {
    const columns = findColumns(names, options);
    if (typeof columns === 'string') throw new UserError(`${shown}, line ${line}: ${columns}`);
    header = { names, columns };
  };
  const takeRow = ({ names, columns }: Header, fields: readonly string[], line: number): void => {
    count += 1;
    if (fields.length !== names.length) {
      problems.add(
        `${fields.length} field${fields.length === 1 ? '' : 's'} instead of ${names.length}; a review with a ${separator ?? 'comma'} `
          + `must stand in double quotes`,
        line,
      );
      return;
    }
    const text = fields[columns.text] ?? '', word = (fields[columns.label] ?? '').trim();
    if (text.trim() === '') {
      addEmpty(empty, line);
      return;
    }
    const part = columns.split === null ? null : parts.get((fields[columns.split] ?? '').trim().toLowerCase());
    if (part === undefined) {
      problems.add(`the part is ${describeValue(fields[columns.split ?? 0])}; expected train, validation or test`, line);
      return;
    }
    if (word === '') problems.add('the label is empty; write one or remove the row', line);
    else rows.push({ id: `row/${count}`, text, word, part, contentKey: contentKeyOf(text) });
  };

  return {
    shown,
    options,
    row(fields, line) {
      if (header === undefined && /^sep=$/i.test(fields[0] ?? '')) return; // for Excel; see delimiter.ts
      if (header === undefined) takeHeader(fields, line);
      else takeRow(header, fields, line);
    },
    reject: (problem, line) => { problems.add(problem, line); },
    finish() {
      problems.throwIfAny();
      if (header === undefined) throw new UserError(`${shown}: is empty; the first line must name the columns, as review,sentiment does`);
      const { names, columns } = header;
      if (rows.length === 0 && count > 0) {
        throw new UserError(`${shown}: none of its ${count} rows has a text in the column ${describeValue(names[columns.text])}; is it the `
          + `right column? Name it with ${nameSetting(options, 'textColumn', 'NAME')}`);
      }
      return {
        rows, labelColumn: names[columns.label] ?? '',
        taken: [describeColumns(names, columns), describeEmpty(empty)].filter((note) => note !== null),
      };
    },
  };
}
