import { readFileSync } from 'node:fs';

/**
 * The largest resident set this process has had, in bytes, as the operating system counted it.
 * Linux: VmHWM, because getrusage's ru_maxrss survives exec and so begins at the peak of whatever started us.
 */
export function readPeakRssBytes(): number {
  return readPeakRssBytesOf('self') ?? process.resourceUsage().maxRSS * 1024;
}

/** The same of any process by its id; null where there is no /proc, or no such process. */
export function readPeakRssBytesOf(pid: number | 'self'): number | null {
  try {
    const kibibytes = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return kibibytes === undefined ? null : Number(kibibytes) * 1024;
  } catch {
    return null;
  }
}

/** The resident set now, in bytes. */
export function readRssBytes(): number {
  return process.memoryUsage.rss();
}
