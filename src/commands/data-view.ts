import { sentiments } from '../data/review.ts';
import type { CorpusSource } from '../data/review.ts';
import type { DataProfile, LengthBin } from '../data/profile.ts';
import { escapeControls } from '../files/escape-controls.js';
import { printable } from '../files/escape.ts';
import { describeMajority, describeResolution } from '../measure/statistics.ts';
import { formatBytes, formatCount, formatPercent } from '../terminal/format.ts';
import { wrapText } from '../terminal/plain-table.ts';

/** A data set, as `data` tells of it and as its --json prints it. */
export interface DataReport extends DataProfile {
  readonly kind: CorpusSource['kind'];
  readonly location: string;
  /** Of data that is one file. */
  readonly file: { readonly bytes: number; readonly sha256: string; readonly md5: string | null } | null;
  /** What was guessed while it was read. */
  readonly notes: readonly string[];
  /** SHA-256 of the reviews, however they are packed. */
  readonly fingerprint: string;
  /** Mean words between spaces, of each part. */
  readonly meanWords: Readonly<Record<'train' | 'validation' | 'test', number>>;
  /** Where the tokens are kept; null where they could not be. */
  readonly cacheFolder: string | null;
}

/** What the kinds of data are called, and what is said of an archive's checksum. */
export interface DataWords {
  readonly kind: string;
  readonly md5: string | null;
  readonly cache: string;
}

const NAME = 11;
const BAR = 30;
const LABEL = 18;
const CLASSES_SHOWN = 20;

function isBinary(classes: DataReport['classes']): boolean {
  return classes.length === sentiments.length && classes.every(({ name }, k) => name === sentiments[k]);
}

function sum(classes: DataReport['classes'], part: 'train' | 'validation' | 'test'): number {
  return classes.reduce((total, counts) => total + counts[part], 0);
}

function renderPart({ classes, meanWords }: DataReport, part: 'train' | 'validation' | 'test'): string {
  const positive = isBinary(classes) ? `, ${formatCount(classes[1]?.[part] ?? 0)} of them positive` : '';
  return `${formatCount(sum(classes, part))} reviews${positive}, ${meanWords[part].toFixed(1)} words each`;
}

/** `sport              ██████████   34.0 %  510`: the longest bar is of the largest count. */
function renderBars(bars: readonly { readonly label: string; readonly count: number; readonly note?: string }[]): string[] {
  const most = Math.max(1, ...bars.map(({ count }) => count)), all = bars.reduce((total, { count }) => total + count, 0);
  const width = Math.max(...bars.map(({ count }) => formatCount(count).length));
  return bars.map(({ label, count, note = '' }) => {
    const bar = '█'.repeat(Math.max(count > 0 ? 1 : 0, Math.round((BAR * count) / most))).padEnd(BAR);
    const share = formatPercent(count / Math.max(1, all), 1).padStart(7);
    return `${printable(label, LABEL).padEnd(LABEL)} ${bar} ${share}  ${formatCount(count).padStart(width)}${note}`;
  });
}

function renderClasses({ classes }: DataReport): string[] {
  const total = ({ train, validation, test }: DataReport['classes'][number]): number => train + validation + test;
  const largest = [...classes].sort((a, b) => total(b) - total(a));
  const shown = classes.length <= CLASSES_SHOWN ? classes : largest.slice(0, CLASSES_SHOWN);
  const bars = shown.map((counts) => ({ label: counts.name, count: total(counts) }));
  if (shown.length === classes.length) return renderBars(bars);
  const rest = largest.slice(CLASSES_SHOWN).reduce((count, counts) => count + total(counts), 0);
  return renderBars([...bars, { label: `${classes.length - CLASSES_SHOWN} smaller ones`, count: rest }]);
}

function renderLengths({ lengths: { bins, maxLength } }: DataReport): string[] {
  const label = ({ from, to }: LengthBin): string =>
    (to === null ? `over ${formatCount(maxLength)}, cut` : `${formatCount(from)}–${formatCount(to)}`);
  return renderBars(bins.map((bin) => ({ label: label(bin), count: bin.reviews })));
}

function describeTest({ classes, seenInTraining }: DataReport): string[] {
  const counts = classes.map(({ test }) => test);
  return [
    describeMajority(counts, classes.map(({ name }) => printable(name))),
    describeResolution(counts.reduce((total, count) => total + count, 0)),
    seenInTraining === 0 ? null : `${formatCount(seenInTraining)} of them have the tokens of a training review`,
  ].filter((line) => line !== null);
}

function describeTraining({ training, distinctWords }: DataReport): string {
  if (training === null) return `${formatCount(distinctWords)} distinct`;
  const { vocabularySize, unknownTrain, unknownTest } = training;
  return `${formatCount(distinctWords)} distinct, ${formatCount(vocabularySize)} in the vocabulary; ${formatPercent(unknownTrain, 1)} of `
    + `the training tokens and ${formatPercent(unknownTest, 1)} of the test tokens are unknown`;
}

/** For people. @param columns of the terminal */
export function renderDataReport(report: DataReport, words: DataWords, columns: number): string {
  const { location, file, notes, oddities, fingerprint, classes, lengths } = report;
  const rows: [string, string][] = [
    ['Data', words.kind],
    ['Location', printable(location, Infinity)],
    ...(file === null ? [] : [['Size', formatBytes(file.bytes)], ['SHA-256', file.sha256]] satisfies [string, string][]),
    ...(words.md5 === null ? [] : [['MD5', words.md5]] satisfies [string, string][]),
    ...[...notes, ...oddities].map((note): [string, string] => ['Note', escapeControls(note)]),
    ['Reviews', `SHA-256 ${fingerprint}, however they are packed`],
    ['Training', renderPart(report, 'train')],
    ...(sum(classes, 'validation') === 0 ? [] : [['Validation', renderPart(report, 'validation')]] satisfies [string, string][]),
    ['Test', renderPart(report, 'test')],
    ...describeTest(report).map((line): [string, string] => ['', line]),
    ['Words', describeTraining(report)],
    ['Lengths', `half of the reviews have ${formatCount(lengths.median)} tokens or fewer, 95 % ${formatCount(lengths.share95)}, `
      + `the longest ${formatCount(lengths.longest)}`],
  ];
  return [
    ...rows.map(([name, value]) => `${name.padEnd(NAME)}${wrapText(value, columns, NAME)}`),
    '', `Classes (${classes.length})`, ...renderClasses(report),
    '', 'Lengths in tokens', ...renderLengths(report),
    '', `Tokens ${words.cache}`,
  ].join('\n');
}
