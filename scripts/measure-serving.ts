// Measures `serve`: requests, texts and their times while so many clients ask one request after the other, each on a connection that it
// keeps, and whether the server's memory stays flat. The texts are those of the run's own test part, in turn.
// The clients take CPU time too: leave them a core with --threads, and the machine to this alone.
// node --import tsx scripts/measure-serving.ts --run experiments/gru-1 [--clients 16] [--texts 1] [--seconds 60] [--threads N]
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Client, request } from 'undici';

import { loadOwnTest } from '../src/commands/evaluate.ts';
import { quantile } from '../src/measure/statistics.ts';
import { formatBytes, formatCount } from '../src/terminal/format.ts';
import { renderRows } from '../src/terminal/plain-table.ts';
import { createScreen } from '../src/terminal/screen.ts';

/** Not counted: code is compiled, and memory grows to what it takes. */
const WARM_UP_SECONDS = 5;
/** As many different texts as make every length come by, from all over the part. */
const MOST_TEXTS = 5000;

const { values } = parseArgs({
  options: {
    run: { type: 'string' }, clients: { type: 'string', default: '16' }, texts: { type: 'string', default: '1' },
    seconds: { type: 'string', default: '60' }, threads: { type: 'string' },
  },
});
const { run, threads } = values, clients = readCount('clients'), texts = readCount('texts'), seconds = readCount('seconds');
if (run === undefined) throw new Error('--run is missing: the folder of a trained model, for example --run experiments/gru-1');

const bodies = await createBodies(run);
const { child, address } = await startServer(run);
try {
  await load(WARM_UP_SECONDS);
  const atStart = await readRssBytes(), started = performance.now(), middle = sleep(500 * seconds).then(readRssBytes);
  const { times, refused } = await load(seconds);
  const took = (performance.now() - started) / 1000, inMiddle = await middle, atEnd = await readRssBytes();
  const at = (share: number): string => `${quantile(times, share).toFixed(1)} ms`;
  console.log(renderRows([
    ['load', `${clients} clients, ${formatCount(texts)} ${texts === 1 ? 'text' : 'texts'} a request, ${took.toFixed(1)} s`],
    ['requests', `${formatCount(times.length)}, ${(times.length / took).toFixed(1)} a second`],
    ['texts', `${(texts * times.length / took).toFixed(1)} a second`],
    ['time', `p50 ${at(0.5)}, p95 ${at(0.95)}, p99 ${at(0.99)}, longest ${at(1)}`],
    ['refused', refused.size === 0 ? 'none' : [...refused].map(([status, count]) => `${formatCount(count)} with ${status}`).join(', ')],
    ['memory', `RSS ${formatBytes(atStart)} at the start, ${formatBytes(inMiddle)} in the middle, ${formatBytes(atEnd)} at the end`],
  ], Infinity));
} finally {
  child.kill('SIGTERM');
  await once(child, 'exit');
}

function readCount(name: 'clients' | 'texts' | 'seconds'): number {
  const count = Number(values[name]);
  if (!Number.isInteger(count) || count < 1) throw new Error(`--${name} takes a whole number from 1, not "${values[name]}"`);
  return count;
}

/** Requests of so many texts each, which follow one another in the test part. */
async function createBodies(folder: string): Promise<readonly string[]> {
  const { part, textOf } = await loadOwnTest(folder, createScreen(false));
  const step = Math.max(1, Math.floor(part.ids.length / MOST_TEXTS)), chosen = part.ids.filter((_, k) => k % step === 0);
  const all = await Promise.all(chosen.map((id) => textOf(id)));
  return all.map((_, k) => JSON.stringify({ texts: Array.from({ length: texts }, (_text, j) => all[(k + j) % all.length] ?? '') }));
}

/** `serve` in a process of its own, as a user starts it. */
async function startServer(folder: string) {
  const cli = fileURLToPath(new URL('../src/main.cjs', import.meta.url));
  const args = ['serve', '--run', folder, '--port', '0', ...(threads === undefined ? [] : ['--threads', threads])];
  const server = spawn(process.execPath, [cli, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  for await (const line of createInterface({ input: server.stdout })) {
    const [, origin] = / answers at (\S+)\/ /.exec(line) ?? [];
    if (origin !== undefined) return { child: server, address: origin };
  }
  throw new Error('the server has ended');
}

async function readRssBytes(): Promise<number> {
  const { body } = await request(`${address}/metrics`);
  return Number(/^gatelab_resident_memory_bytes (\d+)$/m.exec(await body.text())?.[1]);
}

interface Measured {
  /** Milliseconds of each request that was answered, from its first byte to the last of its answer. */
  readonly times: readonly number[];
  /** Refusals by their status. */
  readonly refused: ReadonlyMap<number, number>;
}

async function load(duration: number): Promise<Measured> {
  const times: number[] = [], refused = new Map<number, number>(), end = performance.now() + 1000 * duration;
  let next = 0;
  const ask = async (): Promise<void> => {
    const client = new Client(address);
    while (performance.now() < end) {
      const from = performance.now(), body = bodies[next++ % bodies.length] ?? '';
      const answer = await client.request({ path: '/predict', method: 'POST', headers: { 'content-type': 'application/json' }, body });
      const { predictions } = await answer.body.json() as { predictions?: readonly unknown[] };
      if (predictions?.length === texts) times.push(performance.now() - from);
      else refused.set(answer.statusCode, (refused.get(answer.statusCode) ?? 0) + 1);
    }
    await client.close();
  };
  await Promise.all(Array.from({ length: clients }, ask));
  return { times, refused };
}
