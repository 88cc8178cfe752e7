import { createInterface } from 'node:readline';
import type { Request, Timed } from './protocol.ts';

/**
 * Answers requests from standard input until it ends: what the process of a competitor written in TypeScript does.
 * The same conversation in Python: scripts/peers/serve.py.
 */
export async function serve(versions: Record<string, string>, answer: (request: Request) => object | Promise<object>): Promise<void> {
  reply({ ready: true, versions });
  for await (const line of createInterface({ input: process.stdin })) {
    try {
      reply(await answer(JSON.parse(line) as Request));
    } catch (error) {
      reply({ error: error instanceof Error ? error.message : String(error) });
    }
  }
}

function reply(message: object): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

/** Seconds that `work` takes, and what it gave. */
export function timed(work: () => number): Timed {
  const start = performance.now();
  const result = work();
  return { seconds: (performance.now() - start) / 1000, result };
}
