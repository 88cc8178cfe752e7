/** Seconds on a clock that never goes back, whatever happens to the date. */
export function readClockSeconds(): number {
  return performance.now() / 1000;
}
