import { readFileSync } from 'node:fs';

/**
 * The largest resident set this process has had, in bytes, as the operating system counted it.
 * Linux: VmHWM, because getrusage's ru_maxrss survives exec and so begins at the peak of whatever started us.
 */
export function readPeakRssBytes(): number {
  return readStatusBytes('VmHWM') ?? process.resourceUsage().maxRSS * 1024;
}

/** The resident set now, in bytes. */
export function readRssBytes(): number {
  return process.memoryUsage.rss();
}

function readStatusBytes(key: string): number | null {
  try {
    const kibibytes = new RegExp(`^${key}:\\s+(\\d+) kB`, 'm').exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
    return kibibytes === undefined ? null : Number(kibibytes) * 1024;
  } catch {
    return null; // not Linux
  }
}
