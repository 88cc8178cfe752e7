import { createInterface } from 'node:readline/promises';
import { kindOf } from '../files/paths.ts';
import { resolveTyped } from '../files/standing-folder.js';
import { UsageError, UserError } from '../errors.ts';
import { printable } from '../files/escape.ts';
import type { OptionsOf } from './options.ts';

export type ChooseOptions = OptionsOf<'choose'>;

/** What a model is wanted for: as options give it, or as somebody answers. Null where there is no such limit. */
export interface Needs {
  readonly data: string | null;
  /** Tokens of a usual text; null where the data says it. */
  readonly length: number | null;
  readonly classes: number | null;
  /** Labelled texts; null where the data says it, or nobody does. */
  readonly reviews: number | null;
  readonly memoryBytes: number | null;
  readonly latencySeconds: number | null;
  readonly trainingSeconds: number | null;
  /** A fraction. */
  readonly accuracy: number | null;
  readonly out: string | null;
}

const MEBIBYTE = 2 ** 20;
const DEFAULT_LENGTH = 200;

/** Asks one thing; an empty answer is the default. */
export type Ask = (question: string, byDefault: string) => Promise<string>;

/** `0.9`, `90` or `90 %` → 0.9 @throws UsageError */
export function readAccuracy(text: string): number {
  const number = Number(text.replace(/\s*%$/, '')), fraction = number > 1 || text.endsWith('%') ? number / 100 : number;
  if (text.trim() !== '' && fraction > 0 && fraction <= 1) return fraction;
  throw new UsageError(`--accuracy takes a share of right answers, for example 90 or 0.9; got "${printable(text)}"`);
}

/** What the options say, without asking anybody. */
export function needsOf(options: Omit<ChooseOptions, 'follow' | 'json' | 'engine' | 'threads' | 'set'>): Needs {
  const { data = null, length = null, classes = null, reviews = null, memory, latency, time, accuracy, out = null } = options;
  return {
    data, length, classes, reviews, out,
    memoryBytes: memory === undefined ? null : memory * MEBIBYTE,
    latencySeconds: latency === undefined ? null : latency / 1000,
    trainingSeconds: time === undefined ? null : time * 60,
    accuracy: accuracy === undefined ? null : readAccuracy(accuracy),
  };
}

/** Asks for what the options leave open. @throws UserError where an answer stays wrong */
export async function askNeeds(given: Needs, ask: Ask): Promise<Needs> {
  const data = given.data ?? await askFile(ask);
  const own = data === null ? {
    length: given.length ?? await askNumber(ask, 'Tokens of a usual text (words and punctuation marks)', DEFAULT_LENGTH),
    classes: given.classes ?? await askNumber(ask, 'Classes', 2),
    reviews: given.reviews ?? await askNumber(ask, 'Labelled texts to train on', null),
  } : { length: given.length, classes: given.classes, reviews: given.reviews };
  const limit = async (value: number | null, question: string, unit: number): Promise<number | null> => {
    if (value !== null) return value;
    const answer = await askNumber(ask, question, null);
    return answer === null ? null : answer * unit;
  };
  return {
    data, ...own,
    memoryBytes: await limit(given.memoryBytes, 'Most MiB that the exported model may take', MEBIBYTE),
    latencySeconds: await limit(given.latencySeconds, 'Most milliseconds for the answer to one text', 1 / 1000),
    trainingSeconds: await limit(given.trainingSeconds, 'Most minutes to train', 60),
    accuracy: given.accuracy ?? await askAccuracy(ask),
    out: given.out ?? await ask('File for the config', 'my.yaml'),
  };
}

const TRIES = 3;

/** Asks again where an answer is of no use. */
async function askUntil<Value>(ask: Ask, question: string, byDefault: string, read: (answer: string) => Value | undefined): Promise<Value> {
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const value = read((await ask(question, byDefault)).trim());
    if (value !== undefined) return value;
  }
  throw new UserError(`${question}: no such answer in ${TRIES} tries; give it as an option, see --help`);
}

const NONE = 'none';

function askNumber(ask: Ask, question: string, byDefault: number): Promise<number>;
function askNumber(ask: Ask, question: string, byDefault: null): Promise<number | null>;
function askNumber(ask: Ask, question: string, byDefault: number | null): Promise<number | null> {
  return askUntil(ask, question, byDefault === null ? NONE : String(byDefault), (answer) => {
    if (answer === NONE && byDefault === null) return null;
    return Number(answer) > 0 ? Number(answer) : undefined;
  });
}

function askFile(ask: Ask): Promise<string | null> {
  return askUntil(ask, 'A table of your texts and labels', NONE, (answer) => {
    if (answer === NONE) return null;
    const path = resolveTyped(answer);
    return kindOf(path) === 'missing' ? undefined : path;
  });
}

function askAccuracy(ask: Ask): Promise<number | null> {
  return askUntil(ask, 'Accuracy that is enough, in per cent', NONE, (answer) => {
    if (answer === NONE) return null;
    try {
      return readAccuracy(answer);
    } catch {
      return undefined;
    }
  });
}

/** Asks on the terminal. @returns null after Ctrl-C @throws UserError where the input ends, or an answer stays wrong */
export async function askOnTerminal(given: Needs): Promise<Needs | null> {
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const closed = new AbortController(), stopped = new AbortController();
  terminal.on('close', () => { closed.abort(); });
  terminal.on('SIGINT', () => {
    stopped.abort();
    process.stdout.write('\n');
    terminal.close();
  });
  try {
    return await askNeeds(given, async (question, byDefault) => {
      const answer = await terminal.question(`${question} [${byDefault}]: `, { signal: closed.signal });
      return answer.trim() === '' ? byDefault : answer;
    });
  } catch (error) {
    if (stopped.signal.aborted) return null;
    if (closed.signal.aborted) throw new UserError('the input ended before every question was answered; nothing was chosen or written');
    throw error;
  } finally {
    terminal.close();
  }
}
