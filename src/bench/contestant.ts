import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { z } from 'zod';
import { UserError } from '../errors.ts';
import { readPeakRssBytesOf } from '../measure/memory.ts';
import { errorSchema, readySchema } from './protocol.ts';
import type { Request } from './protocol.ts';

/** How the process of a contestant is started. */
export interface Launch {
  readonly command: string;
  readonly args: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

/** A process with one library loaded, which does nothing until it is asked. */
export interface Contestant {
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
export async function startContestant(name: string, { command, args, environment }: Launch): Promise<Contestant> {
  const child = spawn(command, args, { env: { ...process.env, ...environment }, stdio: ['pipe', 'pipe', 'pipe'] });
  const readLine = createLineReader(name, child);
  const { versions } = parse(name, await readLine(), readySchema);
  return {
    versions,
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
