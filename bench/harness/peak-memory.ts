import { existsSync, readFileSync } from 'node:fs';

/**
 * The most memory this process ever held, in bytes. Linux counts in `ru_maxrss` also what the parent held when it started
 * this process; the high-water mark of its own memory is elsewhere.
 */
export function peakMemory(): number {
  const status = '/proc/self/status';
  const own = existsSync(status) ? /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(status, 'utf8')) : null;
  return 1024 * (own ? Number(own[1]) : process.resourceUsage().maxRSS);
}
