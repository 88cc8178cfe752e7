import { describeValue } from '../../files/escape.ts';
import type { Label } from '../review.ts';

/** Names a column may have, in any case; the first is the one that is documented and wins over the others. */
const known = {
  text: ['review', 'text', 'sentence', 'comment', 'content'],
  label: ['sentiment', 'label', 'class', 'target', 'polarity'],
} as const;
type Role = keyof typeof known;

/** Where in a row text and label stand. */
export interface Columns {
  readonly text: number;
  readonly label: number;
}

function normalise(name: string): string {
  return name.trim().toLowerCase();
}

function list(names: readonly string[]): string {
  return names.length === 0 ? 'nothing' : names.map((name) => describeValue(name)).join(', ');
}

/** The places of the columns a name of the role stands above: those of the documented name, else those of the others. */
function findPlaces(names: readonly string[], role: Role): number[] {
  const [main, ...synonyms] = known[role];
  const placesOf = (accepted: readonly string[]): number[] =>
    [...names.keys()].filter((at) => accepted.includes(normalise(names[at] ?? '')));
  return placesOf([main]).length > 0 ? placesOf([main]) : placesOf(synonyms);
}

function describeRole(role: Role): string {
  const [main, ...synonyms] = known[role];
  return `${main} (or ${synonyms.join(', ')})`;
}

/** @returns where the columns stand, or what is wrong, with what the first line holds */
export function findColumns(names: readonly string[]): Columns | string {
  const places = { text: findPlaces(names, 'text'), label: findPlaces(names, 'label') };
  const [text] = places.text, [label] = places.label;
  if (text === undefined || label === undefined) {
    return `holds ${list(names)}; the first line must name the columns ${describeRole('text')} and ${describeRole('label')}`;
  }
  const unclear = (['text', 'label'] as const).find((role) => places[role].length > 1);
  if (unclear === undefined) return { text, label };
  const candidates = list(places[unclear].map((at) => names[at] ?? ''));
  return `${candidates} could each be the column of the ${unclear === 'text' ? 'reviews' : 'labels'}; name the right one, and no other, `
    + known[unclear][0];
}

/**
 * Where the texts of a table stand that need not be labelled.
 * @param column its name in any case; undefined for one of the usual names @returns null where there is none, or several could be
 */
export function findTextColumn(names: readonly string[], column: string | undefined): number | null {
  const places = column === undefined
    ? findPlaces(names, 'text') : [...names.keys()].filter((at) => normalise(names[at] ?? '') === normalise(column));
  return places.length === 1 ? places[0] ?? null : null;
}

/** What was taken, where that is not review,sentiment and nothing else; null where it is. */
export function describeColumns(names: readonly string[], { text, label }: Columns): string | null {
  const nameOf = (at: number): string => names[at] ?? '';
  const ignored = names.filter((_, at) => at !== text && at !== label);
  if (ignored.length === 0 && nameOf(text) === known.text[0] && nameOf(label) === known.label[0]) return null;
  const taken = `reviews are taken from the column ${describeValue(nameOf(text))}, labels from ${describeValue(nameOf(label))}`;
  return ignored.length === 0
    ? taken
    : `${taken}; ${ignored.length === 1 ? 'another column is' : 'other columns are'} ignored: ${list(ignored)}`;
}

const words: ReadonlyMap<string, Label> = new Map([
  ['positive', 1], ['pos', 1], ['1', 1], ['1.0', 1], ['negative', 0], ['neg', 0], ['0', 0], ['0.0', 0],
]);
export const acceptedLabels = 'a label is positive or negative, pos or neg, 1 or 0, in any case';

/** Undefined for a word that is no label. */
export function parseLabel(word: string): Label | undefined {
  return words.get(normalise(word));
}
