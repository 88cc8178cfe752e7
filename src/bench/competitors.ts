import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { z } from 'zod';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

import { UserError } from '../errors.ts';
import { readPeakRssBytesOf } from '../measure/memory.ts';
import { errorSchema, readySchema } from './protocol.ts';
import type { Request, Padding } from './protocol.ts';
import type { Spread } from '../measure/statistics.ts';
import { takeTurns } from '../measure/clock.ts';

/** A time of one competitor beside gatelab's in the same run. */
export interface Compared {
  readonly id: CompetitorId;
  readonly seconds: Spread;
  /** Its time over gatelab's; null for gatelab itself. */
  readonly ratio: Spread | null;
}

/** How the process of a competitor is started. */
export interface Launch {
  readonly command: string;
  readonly args: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

/** What takes part: a library in one way of using it. */
export interface Competitor {
  readonly id: CompetitorId;
  readonly title: string;
  readonly tuned: boolean;
  /** Whether it takes part in epochs, evaluation and growth; the slowest does one padded step only. */
  readonly everywhere: boolean;
  readonly launch: Launch;
}

/** A competitor whose process has its library loaded and does nothing until it is asked. */
export interface RunningCompetitor extends Competitor {
  /** Of what it runs on, by name. */
  readonly versions: Readonly<Record<string, string>>;
  /** Resident set at its peak when its libraries were loaded; null where the system does not tell. */
  readonly baselineBytes: number | null;
  /** Asks and waits for the answer; one question at a time. @throws UserError when the process fails */
  ask<T>(request: Request, schema: z.ZodType<T>): Promise<T>;
  /** Largest resident set so far. */
  peakBytes(): number | null;
  stop(): Promise<void>;
}

const KEPT_ERROR_OUTPUT = 4000;

/** @throws UserError when it does not start */
export async function startCompetitor(competitor: Competitor): Promise<RunningCompetitor> {
  const { title: name, launch: { command, args, environment } } = competitor;
  const child = spawn(command, args, { env: { ...process.env, ...environment }, stdio: ['pipe', 'pipe', 'pipe'] });
  const readLine = createLineReader(name, child);
  const { versions } = parse(name, await readLine(), readySchema);
  return {
    ...competitor, versions,
    baselineBytes: readPeakRssBytesOf(child.pid ?? 0),
    peakBytes: () => readPeakRssBytesOf(child.pid ?? 0),
    async ask(request, schema) {
      child.stdin.write(`${JSON.stringify(request)}\n`);
      return parse(name, await readLine(), schema);
    },
    stop: () => new Promise((resolve) => {
      if (child.exitCode !== null || child.signalCode !== null) { resolve(); return; }
      child.on('close', () => { resolve(); });
      child.stdin.end();
    }),
  };
}

/** Gives the lines of a process one by one; its end instead of a line is an error with what it last said. */
function createLineReader(name: string, child: ChildProcess): () => Promise<string> {
  let errorOutput = '';
  child.stderr?.on('data', (chunk: Buffer) => { errorOutput = (errorOutput + chunk.toString()).slice(-KEPT_ERROR_OUTPUT); });
  child.stdin?.on('error', () => undefined); // a process that ended is reported by its missing answer
  const failed = new Promise<never>((_, reject) => {
    child.on('error', (error) => { reject(new UserError(`${name} cannot be started: ${error.message}`)); });
    child.on('close', (code, signal) => {
      const reason = errorOutput.trim().split('\n').at(-1) ?? '';
      reject(new UserError(`${name} ended with ${signal ?? `status ${code ?? 'unknown'}`}: ${reason}`));
    });
  });
  failed.catch(() => undefined); // nobody may be waiting when it ends as asked
  const lines = createInterface({ input: child.stdout ?? process.stdin })[Symbol.asyncIterator]();
  return async () => {
    const next = await Promise.race([lines.next(), failed]);
    return next.done === true ? failed : next.value;
  };
}

function parse<T>(name: string, line: string, schema: z.ZodType<T>): T {
  let reply: unknown;
  try {
    reply = JSON.parse(line);
  } catch {
    throw new UserError(`${name} answered no JSON: ${line.slice(0, 200)}`);
  }
  const failure = errorSchema.safeParse(reply);
  if (failure.success) throw new UserError(`${name}: ${failure.data.error}`);
  const result = schema.safeParse(reply);
  if (!result.success) throw new UserError(`${name} answered something else than was asked: ${line.slice(0, 200)}`);
  return result.data;
}

export const peerNames = ['pytorch', 'keras', 'tfjs-layers'] as const;
export type PeerName = (typeof peerNames)[number];
export type CompetitorId = 'gatelab' | 'pytorch' | 'pytorch-tuned' | 'keras' | 'tfjs-layers';

export interface Lengths {
  readonly maxLength: number;
  /** Rounded to a whole token. */
  readonly meanLength: number;
}

/** What a competitor does to reviews of unequal length. */
export function paddingOf(id: CompetitorId, { maxLength, meanLength }: Lengths): Padding {
  if (id === 'pytorch') return maxLength;
  return id === 'keras' ? meanLength : 'longest';
}

export const paddingWords: Readonly<Record<CompetitorId, string>> = {
  'gatelab': 'bucketed by length and packed, without padding',
  'pytorch': 'nn.LSTM and its like on batches padded to the greatest length, as its users write it',
  'pytorch-tuned': 'the same on the buckets of gatelab, padded to the longest of the batch, with fused Adam: its best',
  'keras': 'graph mode, batches of epochs and evaluation cut or padded to the mean length',
  'tfjs-layers': 'tf.layers on tfjs-node, one padded step only and fewer turns of it, without clipping',
};

const projectFolder = join(import.meta.dirname, '../..');
export const peersFolder = join(projectFolder, 'scripts', 'peers');
const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;

function nodeLaunch(script: string, threads: number): Launch {
  return { command: process.execPath, args: [...process.execArgv, '--import', tsx, script, String(threads)] };
}

function pythonLaunch(python: string, script: string, threads: number): Launch {
  // Python's libraries keep their own waiting between operations: this is how they are fastest.
  const environment = { OMP_NUM_THREADS: String(threads), PYTHONDONTWRITEBYTECODE: '1' };
  return { command: python, args: [join(peersFolder, script), String(threads)], environment };
}

export function ownCompetitor(threads: number): Competitor {
  const script = fileURLToPath(new URL('own-process.ts', import.meta.url));
  return { id: 'gatelab', title: 'gatelab', tuned: true, everywhere: true, launch: nodeLaunch(script, threads) };
}

/** @param python of the environment that `prepareEnvironment` made; unused for a library in Node */
export function competitorsOf(peer: PeerName, threads: number, python: string): Competitor[] {
  if (peer === 'tfjs-layers') {
    return [
      {
        id: 'tfjs-layers',
        title: 'tf.layers',
        tuned: false,
        everywhere: false,
        launch: nodeLaunch(join(peersFolder, 'tf-layers.ts'), threads),
      },
    ];
  }
  if (peer === 'keras') {
    return [{ id: 'keras', title: 'Keras', tuned: false, everywhere: true, launch: pythonLaunch(python, 'keras_tensorflow.py', threads) }];
  }
  const common = { everywhere: true, launch: pythonLaunch(python, 'pytorch.py', threads) };
  return [
    { id: 'pytorch', title: 'PyTorch', tuned: false, ...common },
    { id: 'pytorch-tuned', title: 'PyTorch, at its best', tuned: true, ...common },
  ];
}

export type Times = ReadonlyMap<CompetitorId, readonly number[]>;

/** Every competitor in each turn: see src/measure/clock.ts. */
export async function timeInTurns(
  competitors: readonly RunningCompetitor[], turns: number,
  measure: (competitor: RunningCompetitor, turn: number) => Promise<number>, limitOf?: (competitor: RunningCompetitor) => number,
): Promise<Times> {
  const times = await takeTurns(competitors, turns, measure, limitOf);
  return new Map([...times].map(([{ id }, seconds]) => [id, seconds]));
}

/** Summaries of the times; ratios are against gatelab's. */
export function compare(
  times: Times, summarize: (seconds: readonly number[]) => Spread, ratio: (ours: readonly number[], theirs: readonly number[]) => Spread,
): Compared[] {
  const ours = times.get('gatelab') ?? [];
  return [...times].filter(([, seconds]) => seconds.length > 0).map(([id, seconds]) => ({
    id, seconds: summarize(seconds),
    ratio: id === 'gatelab' ? null : ratio(ours.slice(0, seconds.length), seconds),
  }));
}
