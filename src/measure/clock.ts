/** Seconds on a clock that never goes back, whatever happens to the date. */
export function readClockSeconds(): number {
  return performance.now() / 1000;
}

/**
 * Measures every candidate in each turn, one after the other, beginning with another one each time: whatever changes on the
 * machine meets all alike.
 * @param limitOf turns of a candidate that is too slow for all
 */
export async function takeTurns<Candidate>(
  candidates: readonly Candidate[], turns: number, measure: (candidate: Candidate, turn: number) => number | Promise<number>,
  limitOf: (candidate: Candidate) => number = () => turns,
): Promise<Map<Candidate, number[]>> {
  const times = new Map(candidates.map((candidate) => [candidate, [] as number[]]));
  for (let turn = 0; turn < turns; turn++) {
    for (const candidate of [...candidates.slice(turn % candidates.length), ...candidates.slice(0, turn % candidates.length)]) {
      if (turn < limitOf(candidate)) times.get(candidate)?.push(await measure(candidate, turn));
    }
  }
  return times;
}
