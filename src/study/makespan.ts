/**
 * How long tasks take where some are done side by side, each begun as soon as one before it ends.
 * @param running seconds that each of those under way has to go
 * @param waiting seconds of each to come, in the order in which they begin
 * @param jobs how many are done side by side
 * @returns NaN where one of them is
 */
export function computeMakespan(running: readonly number[], waiting: readonly number[], jobs: number): number {
  const ends = Array.from({ length: Math.max(jobs, running.length) }, (_, k) => running[k] ?? 0);
  for (const seconds of waiting) {
    const first = ends.indexOf(Math.min(...ends));
    ends[first === -1 ? 0 : first] = (ends[first] ?? Number.NaN) + seconds; // NaN is found nowhere, and stays
  }
  return Math.max(...ends);
}
