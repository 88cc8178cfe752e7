import { describeValue } from '../../files/escape.ts';
import { nameSetting } from './options.ts';
import type { TableOptions } from './options.ts';

/**
 * Names a column may have, in any case. Those of an earlier line win over those of a later one: the documented name first, last what is
 * called so now and then.
 */
const known = {
  text: [['review'], ['text', 'sentence', 'comment', 'content'], ['message', 'tweet', 'document', 'body', 'description', 'utterance']],
  label: [['sentiment'], ['label', 'class', 'target', 'polarity'], ['category', 'topic', 'intent', 'emotion', 'rating', 'stars']],
} as const;
type Role = keyof typeof known;

/** Where in a row text and label stand, and which part of the data it is for, where a column says so. */
export interface Columns {
  readonly text: number;
  readonly label: number;
  readonly split: number | null;
}

function normalise(name: string): string {
  return name.trim().toLowerCase();
}

function list(names: readonly string[]): string {
  return names.length === 0 ? 'nothing' : names.map((name) => describeValue(name)).join(', ');
}

function placesOf(names: readonly string[], accepted: readonly string[]): number[] {
  return [...names.keys()].filter((at) => accepted.includes(normalise(names[at] ?? '')));
}

/** The places of the columns that a name of the role stands above; of the first line of names that has any. */
function findPlaces(names: readonly string[], role: Role): number[] {
  return known[role].map((accepted) => placesOf(names, accepted)).find((places) => places.length > 0) ?? [];
}

/** The name that was asked for, and else, where that is the documented one, the usual names. */
function findAsked(names: readonly string[], role: Role, asked: string): number[] {
  const own = placesOf(names, [normalise(asked)]);
  return own.length > 0 || asked !== known[role][0][0] ? own : findPlaces(names, role);
}

function describeRole(role: Role): string {
  const [[main], synonyms] = known[role];
  return `${main} (or ${synonyms.join(', ')})`;
}

/** @returns where the columns stand, or what is wrong, with what the first line holds */
export function findColumns(names: readonly string[], options: TableOptions): Columns | string {
  const { textColumn, labelColumn, splitColumn } = options;
  const missing = [textColumn, labelColumn].find((name) => !isUsual(name) && placesOf(names, [normalise(name)]).length === 0);
  if (missing !== undefined) return describeMissing(names, missing, missing === textColumn ? 'textColumn' : 'labelColumn', options);
  const split = splitColumn === null ? null : placesOf(names, [normalise(splitColumn)])[0];
  if (split === undefined) return describeMissing(names, splitColumn ?? '', 'splitColumn', options);
  const places = completePair(names, { text: findAsked(names, 'text', textColumn), label: findAsked(names, 'label', labelColumn) });
  const [text] = places.text, [label] = places.label;
  if (text === undefined || label === undefined) {
    return `holds ${list(names)}; the first line must name the columns ${describeRole('text')} and ${describeRole('label')}; or name `
      + `yours: ${nameSetting(options, 'textColumn', 'NAME')} ${nameSetting(options, 'labelColumn', 'NAME')}`;
  }
  const unclear = (['text', 'label'] as const).find((role) => places[role].length > 1);
  if (unclear === undefined) {
    const isBoth = `${describeValue(names[text])} cannot be the column of both the reviews and the labels`;
    return text === label ? isBoth : { text, label, split };
  }
  const candidates = list(places[unclear].map((at) => names[at] ?? ''));
  return `${candidates} could each be the column of the ${unclear === 'text' ? 'reviews' : 'labels'}; name the right one: `
    + nameSetting(options, unclear === 'text' ? 'textColumn' : 'labelColumn', names[places[unclear][0] ?? 0] ?? '');
}

function isUsual(name: string): boolean {
  return name === known.text[0][0] || name === known.label[0][0];
}

function describeMissing(names: readonly string[], name: string, key: keyof typeof missingOf, options: TableOptions): string {
  return `holds ${list(names)}, and no column ${describeValue(name)}; name the ${missingOf[key]} with ${nameSetting(options, key, 'NAME')}`;
}

const missingOf = { textColumn: 'one of the texts', labelColumn: 'one of the labels', splitColumn: 'one that says train or test' } as const;

/** Of two columns, the one that is not the texts' is the labels', and the other way round. */
function completePair(names: readonly string[], places: Readonly<Record<Role, number[]>>): Readonly<Record<Role, number[]>> {
  const [text] = places.text, [label] = places.label;
  if (names.length !== 2 || (text === undefined) === (label === undefined)) return places;
  return text === undefined ? { ...places, text: [1 - (label ?? 0)] } : { ...places, label: [1 - text] };
}

/** The column of the texts in a table that need not be labelled. */
export interface TextColumn {
  /** In any case, as a person names it; undefined where nobody does. */
  readonly asked: string | undefined;
  /** What the model's own table calls it: the first that is tried then, before the usual names and what is the only one left. */
  readonly usual: string;
}

/** @returns where the texts stand; null where no column is plainly theirs */
export function findTextColumn(names: readonly string[], { asked, usual }: TextColumn): number | null {
  if (asked !== undefined) return onlyOf(placesOf(names, [normalise(asked)]));
  const own = placesOf(names, [normalise(usual)]), text = own.length > 0 ? own : findPlaces(names, 'text');
  return onlyOf(completePair(names, { text, label: findPlaces(names, 'label') }).text);
}

function onlyOf(places: readonly number[]): number | null {
  return places.length === 1 ? places[0] ?? null : null;
}

/** What was taken, where that is not review,sentiment and nothing else; null where it is. */
export function describeColumns(names: readonly string[], { text, label, split }: Columns): string | null {
  const nameOf = (at: number): string => names[at] ?? '';
  const ignored = names.filter((_, at) => at !== text && at !== label && at !== split);
  if (ignored.length === 0 && nameOf(text) === known.text[0][0] && nameOf(label) === known.label[0][0]) return null;
  const taken = `reviews are taken from the column ${describeValue(nameOf(text))}, labels from ${describeValue(nameOf(label))}`;
  return ignored.length === 0
    ? taken
    : `${taken}; ${ignored.length === 1 ? 'another column is' : 'other columns are'} ignored: ${list(ignored)}`;
}
