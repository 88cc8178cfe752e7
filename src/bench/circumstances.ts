import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, availableParallelism, loadavg, release, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { toDiskError } from '../files/disk-errors.ts';
import { startCompetitor } from './competitors.ts';
import type { Competitor, RunningCompetitor } from './competitors.ts';
import type { Circumstances } from './result.ts';
import type { NamedModel } from './settings.ts';

/** Versions by name, of whatever ran. */
export type Versions = Map<string, string>;

export interface MeasuringInputs {
  readonly command: string;
  readonly leftOut: readonly string[];
  readonly models: readonly NamedModel[];
}

/** Notes when a measurement begins and how busy the machine is. @returns what makes the whole of its circumstances */
export function noteCircumstances(
  { command, leftOut, models }: MeasuringInputs,
): (competitors: readonly Pick<Competitor, 'id' | 'title' | 'words'>[], versions: Versions) => Circumstances {
  const measuredAt = new Date().toISOString();
  const loadBefore = process.platform === 'win32' ? null : (loadavg()[0] ?? 0) / availableParallelism();
  return (competitors, versions) => ({
    measuredAt, command, leftOut,
    machine: {
      cpu: cpus()[0]?.model.trim() ?? 'unknown', cores: availableParallelism(), memoryBytes: totalmem(),
      system: `${process.platform}-${process.arch} ${release()}`, loadBefore,
    },
    versions: Object.fromEntries([['Node', process.versions.node], ...versions]),
    titles: Object.fromEntries(competitors.map(({ id, title }) => [id, title])),
    words: Object.fromEntries(competitors.map(({ id, words }) => [id, words])),
    modelWords: Object.fromEntries(models.map(({ name, words }) => [name, words])),
  });
}

/** A folder for the batches that competitors read, which goes whatever happens. @throws UserError where none can be made */
export async function withTemporaryFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = createTemporaryFolder();
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function createTemporaryFolder(): string {
  try {
    return mkdtempSync(join(tmpdir(), 'gatelab-bench-'));
  } catch (error) {
    throw toDiskError(error, `no temporary folder can be made in ${tmpdir()}, where TMPDIR may name another place`);
  }
}

/** Starts a process for each competitor, notes what it runs on, and ends them all whatever happens. */
export async function withCompetitors<T>(
  competitors: readonly Competitor[], versions: Versions, work: (running: readonly RunningCompetitor[]) => Promise<T>,
): Promise<T> {
  const running: RunningCompetitor[] = [];
  try {
    for (const competitor of competitors) {
      const started = await startCompetitor(competitor);
      running.push(started);
      Object.entries(started.versions).forEach(([name, version]) => versions.set(name, version));
    }
    return await work(running);
  } finally {
    await Promise.all(running.map((competitor) => competitor.stop()));
  }
}
