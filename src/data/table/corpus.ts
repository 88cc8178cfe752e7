import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';

import { UserError } from '../../errors.ts';
import { describeValue } from '../../files/escape.ts';
import { displayPath } from '../../files/paths.ts';
import { hashFile } from '../../files/read.ts';
import { ignoreProgress, type OnProgress } from '../../progress.ts';
import type { Corpus, CorpusSource, Review } from '../review.ts';
import type { CorpusPart } from '../tokenized-corpus.ts';
import { findClasses, findLabel } from './labels.ts';
import { defaultTableOptions, type TableOptions } from './options.ts';
import type { TableReview, TableRow, TableRows } from './reviews.ts';
import { readTable } from './source.ts';
import { describeRepeats, splitReviews } from './split.ts';
import type { SplitReviews } from './split.ts';

/** A table of reviews, with parts of its own where the options name them. */
export function createTableSource(path: string, options: TableOptions = defaultTableOptions): CorpusSource {
  return {
    kind: 'file',
    synthetic: false,
    location: path,
    sourceHash: () => hashTables(path, options),
    load: (onProgress) => loadTables(path, options, onProgress),
  };
}

/** The file's own SHA-256 where it is read as by default; else one that the other files and the options are in too. */
async function hashTables(path: string, options: TableOptions): Promise<string> {
  const own = await hashFile(path, 'sha256');
  if (isDeepStrictEqual({ ...options, naming: defaultTableOptions.naming }, defaultTableOptions)) return own;
  const { naming: _, testPath, validationPath, ...read } = options;
  const hashOther = (other: string | null): Promise<string> | null => (other === null ? null : hashFile(other, 'sha256'));
  const others = [await hashOther(testPath), await hashOther(validationPath)];
  return createHash('sha256').update(JSON.stringify([own, ...others, read])).digest('hex');
}

/** The rows of a part, and what they are called in messages. */
interface PartRows {
  readonly shown: string;
  readonly rows: readonly TableRow[];
}

type Parts = Readonly<Record<CorpusPart, PartRows>>;

async function loadTables(path: string, options: TableOptions, onProgress: OnProgress = ignoreProgress): Promise<Corpus> {
  const table = await readTable(path, options, onProgress);
  const readOther = async (part: CorpusPart, other: string | null): Promise<PartRows | null> => {
    if (other === null) return null;
    const { rows } = await readTable(other, { ...options, splitColumn: null }, onProgress);
    return { shown: displayPath(other), rows: rows.map((row) => ({ ...row, id: `${part}/${row.id}` })) };
  };
  const parts = divideByColumn(path, table, {
    test: await readOther('test', options.testPath), validation: await readOther('validation', options.validationPath),
  });
  const labelling = findClasses(parts.train.rows.map(({ word }) => word));
  if (typeof labelling === 'string')
    throw new UserError(`${parts.train.shown}: the column ${describeValue(table.labelColumn)} ${labelling}`);
  const { classes } = labelling;
  const taken = [...table.taken, ...(labelling.note === null ? [] : [labelling.note])];
  const notes = taken.length === 0 ? [] : [taken.join('; ')];
  const train = labelRows(parts.train, classes), validation = labelRows(parts.validation, classes);
  if (parts.test.rows.length > 0) {
    const test = labelRows(parts.test, classes);
    const repeats = describeRepeats([...train, ...validation, ...test]);
    return { classes, train: toReviews(train), validation: toReviews(validation), test: toReviews(test), notes: [...notes, ...repeats] };
  }
  const split = splitReviews(train, classes, { location: parts.train.shown, testFraction: options.testFraction });
  const advice = '; equal ones are all in training or all in test';
  return {
    classes, train: toReviews(split.train), validation: toReviews(validation), test: toReviews(split.test),
    notes: [...notes, describeSplit(split, options), ...describeRepeats([...train, ...validation], advice)],
  };
}

function describeSplit({ train, test }: SplitReviews, { testFraction }: TableOptions): string {
  return `neither a column nor a file is named for the test part: ${train.length} reviews are for training and ${test.length} for test `
    + `(data.testFraction ${testFraction}), drawn by class with a fixed seed`;
}

/** By the column that names parts, where there is one. @throws UserError for a part named twice */
function divideByColumn(path: string, { rows }: TableRows, others: Readonly<Record<'test' | 'validation', PartRows | null>>): Parts {
  const shown = displayPath(path);
  const rowsOf = (part: CorpusPart): PartRows => ({ shown, rows: rows.filter((row) => (row.part ?? 'train') === part) });
  const choose = (part: 'test' | 'validation'): PartRows => {
    const own = rowsOf(part), other = others[part];
    if (other === null) return own;
    if (other.rows.length === 0) throw new UserError(`${other.shown}: holds no labelled review, and data.${part}Path names it`);
    if (own.rows.length === 0) return other;
    throw new UserError(`data.${part}Path: names ${other.shown}, and the column of the parts in ${shown} has ${part} rows too; keep one`);
  };
  return { train: rowsOf('train'), validation: choose('validation'), test: choose('test') };
}

/** @throws UserError for a label that no training review has */
function labelRows({ shown, rows }: PartRows, classes: readonly string[]): TableReview[] {
  return rows.map(({ word, part: _, ...row }) => {
    const label = findLabel(word, classes);
    if (label !== undefined) return { ...row, label };
    throw new UserError(`${shown}: the label ${describeValue(word)} of ${row.id} occurs in no training review, so it cannot be learned; `
      + 'correct it or remove the rows with it');
  });
}

function toReviews(reviews: readonly TableReview[]): Review[] {
  return reviews.map(({ contentKey: _, ...review }) => review);
}
