import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { z } from 'zod';

import { UserError } from '../errors.ts';
import { readPeakRssBytesOf } from '../measure/memory.ts';
import { takeTurns } from '../measure/clock.ts';
import type { Spread } from '../measure/statistics.ts';
import { countClassifier } from '../models/layer-counts.ts';
import { cells } from '../ops/cells.ts';
import { neuralSchema } from '../experiment-schema.ts';
import { builtSchema, errorSchema, readySchema } from './protocol.ts';
import type { BenchModel, RecurrentModel, Request } from './protocol.ts';

export type CompetitorId =
  'gatelab' | 'pytorch' | 'pytorch-tuned' | 'keras' | 'tfjs-layers' | 'onnxruntime' | 'onnxruntime-int8';

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
  /** What it does, in words. */
  readonly words: string;
  readonly tuned: boolean;
  /** Whether it takes part in epochs, evaluation and growth; the slowest does one padded step only. */
  readonly everywhere: boolean;
  /** Whether its script has the model; one that lacks it sits out. */
  readonly has: (model: BenchModel) => boolean;
  /** Cells to which it gives one bias where gatelab and torch.nn give two, whose sum is the one. */
  readonly oneBias: readonly RecurrentModel['cell'][];
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

/**
 * Has competitors build a model, each its own.
 * @throws UserError where one has built another: its count of parameters says so
 */
export async function buildModels(competitors: readonly RunningCompetitor[], model: BenchModel): Promise<void> {
  for (const competitor of competitors) {
    const { parameters } = await competitor.ask({ do: 'build', model, tuned: competitor.tuned }, builtSchema);
    const expected = countParametersOf(model, competitor);
    if (parameters !== null && parameters !== expected) {
      throw new UserError(`${competitor.title} has built another model: expected ${expected} parameters, found ${parameters}; `
        + 'make its script in scripts/peers build what its request says');
    }
  }
}

/** Trainable values of gatelab's model, without the biases that a competitor adds up. */
export function countParametersOf({ vocabularySize, ...model }: BenchModel, { oneBias }: Pick<Competitor, 'oneBias'>): number {
  const { total } = countClassifier(neuralSchema.parse({ model }).model, vocabularySize);
  if (model.type !== 'recurrent' || !oneBias.includes(model.cell)) return total;
  const directions = model.bidirectional ? 2 : 1;
  return total - model.layers * directions * cells[model.cell].gates * model.hiddenSize;
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
