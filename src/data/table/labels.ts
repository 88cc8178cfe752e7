import { describeValue } from '../../files/escape.ts';
import { sentiments } from '../review.ts';

/** Labels are kept as bytes. */
const MAX_CLASSES = 256;
const SHOWN = 3;

/** Words that are read as IMDB's labels, in any case, where a table has no others. */
const sentimentOf: ReadonlyMap<string, number> = new Map([
  ['positive', 1], ['pos', 1], ['1', 1], ['1.0', 1], ['negative', 0], ['neg', 0], ['0', 0], ['0.0', 0],
]);

/** As people and pandas write numbers, with at most as many digits as a double holds; `007` is a name. */
const NUMBER = /^[+-]?(0|[1-9]\d{0,14})(\.\d{1,6})?$/;

/** The classes of a table, and what was guessed to find them. */
export interface Labelling {
  /** Negative before positive, numbers by their value, other words by UTF-16 code unit. */
  readonly classes: readonly string[];
  /** One line, where words are read as something else than themselves or look like one class written twice; null where not. */
  readonly note: string | null;
}

/**
 * The classes that the label words of a training part stand for. Words that are all `positive`, `pos`, `1`, `negative`, `neg` or `0` are
 * IMDB's two labels; words that are all numbers are their values, so that 1 and 1.0 are one class; else each word is a class.
 * @param words as they are in the table, spaces at the ends aside, in any order and any number
 * @returns what is wrong with them, in words, where they are no labels
 */
export function findClasses(words: Iterable<string>): Labelling | string {
  const found = [...new Set(words)];
  if (found.length === 0) return 'holds no labelled review';
  const classes = nameClasses(found);
  const [only] = classes;
  if (classes.length === 1) return `holds the one class ${describeValue(only)} and no other; training needs two or more`;
  if (classes.length > MAX_CLASSES) {
    const some = classes.slice(0, SHOWN).map((name) => describeValue(name)).join(', ');
    return `holds ${classes.length} different labels (${some}, …), and at most ${MAX_CLASSES} classes can be learned; is it the column `
      + 'of the labels?';
  }
  return { classes, note: describeWords(found, classes) };
}

function nameClasses(words: readonly string[]): readonly string[] {
  if (words.every((word) => sentimentOf.has(word.toLowerCase()))) {
    const labels = new Set(words.map((word) => sentimentOf.get(word.toLowerCase())));
    return sentiments.filter((_, label) => labels.has(label));
  }
  if (words.every((word) => NUMBER.test(word))) return [...new Set(words.map(Number))].sort((a, b) => a - b).map(String);
  return [...words].sort();
}

/**
 * The place among the classes that a label word stands for: its own, else that of its number, else IMDB's; undefined where it is none.
 * @param classes of a table or of a trained model
 */
export function findLabel(word: string, classes: readonly string[]): number | undefined {
  const spellings = [word, ...(NUMBER.test(word) ? [String(Number(word))] : []), sentiments[sentimentOf.get(word.toLowerCase()) ?? -1]];
  return spellings.map((name) => (name === undefined ? -1 : classes.indexOf(name))).find((label) => label >= 0);
}

function describeWords(words: readonly string[], classes: readonly string[]): string | null {
  const list = (some: readonly string[]): string => some.map((word) => describeValue(word)).join(', ');
  const spellings = classes.map((name, label) => ({ name, own: words.filter((word) => findLabel(word, classes) === label) }));
  const changed = spellings.filter(({ name, own }) => own.some((word) => word !== name));
  if (changed.length > 0) {
    const shown = (classes.length === 2 ? spellings : changed.slice(0, SHOWN)).toReversed();
    return shown.map(({ name, own }, k) => `${list(own)} ${k === 0 ? 'is read ' : ''}as ${name}`).join(', ');
  }
  const twins = classes.filter((name) => classes.some((other) => other !== name && other.toLowerCase() === name.toLowerCase()));
  if (twins.length === 0) return null;
  return `${list(twins.slice(0, 2 * SHOWN))} differ in capital letters alone and are taken as different classes`;
}
