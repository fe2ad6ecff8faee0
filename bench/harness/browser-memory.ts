import { readdirSync, readFileSync } from 'node:fs';

const LOOK_EVERY_MS = 100;

/** Kinds of Chromium's processes whose memory is told apart. */
export interface BrowserMemory {
  readonly totalBytes: number;
  readonly byProcess: ReadonlyMap<number, { readonly what: string; readonly bytes: number }>;
}

/**
 * Memory of this process's descendants, what is shared counted once among its sharers (PSS). Pages of files, which are the program
 * itself, are left out: how much of them falls to each depends on what other browsers are running. Linux only.
 */
export function browserMemory(): BrowserMemory {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc')) {
    const pid = Number(name);
    if (!Number.isInteger(pid)) continue;
    const stat = read(`/proc/${pid}/stat`);
    if (stat !== null) parents.set(pid, Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]));
  }
  const isOurs = (pid: number): boolean => {
    for (let at = parents.get(pid); at !== undefined && at > 0; at = parents.get(at)) if (at === process.pid) return true;
    return false;
  };
  const byProcess = new Map<number, { what: string; bytes: number }>();
  for (const pid of [...parents.keys()].filter(isOurs)) {
    const command = read(`/proc/${pid}/cmdline`)?.replaceAll('\0', ' ') ?? '';
    const rollup = read(`/proc/${pid}/smaps_rollup`) ?? '';
    const pss = /^Pss_Anon:\s+(\d+) kB\n(?:.*\n)*?Pss_Shmem:\s+(\d+) kB/m.exec(rollup);
    if (!pss || !/chrom/i.test(command)) continue;
    const what = /--utility-sub-type=(\S+)/.exec(command)?.[1] ?? /--type=(\S+)/.exec(command)?.[1] ?? 'browser';
    byProcess.set(pid, { what, bytes: (Number(pss[1]) + Number(pss[2])) * 1024 });
  }
  return { totalBytes: [...byProcess.values()].reduce((sum, { bytes }) => sum + bytes, 0), byProcess };
}

/** What the browser takes once it has nothing to do. */
export async function settledMemory(): Promise<BrowserMemory> {
  await new Promise((resolve) => setTimeout(resolve, 3000));
  return browserMemory();
}

/** Looks at the browser's memory several times a second. @returns ends it and gives the highest that was seen */
export function watchMemory(): () => BrowserMemory {
  let peak = browserMemory();
  const timer = setInterval(() => {
    const now = browserMemory();
    if (now.totalBytes > peak.totalBytes) peak = now;
  }, LOOK_EVERY_MS);
  return () => {
    clearInterval(timer);
    return peak;
  };
}

/** By which processes how much more was taken, in words. */
export function memoryAbove(idle: BrowserMemory, peak: BrowserMemory): string {
  return [...peak.byProcess]
    .map(([pid, { what, bytes }]) => ({ what, more: bytes - (idle.byProcess.get(pid)?.bytes ?? 0) }))
    .filter(({ more }) => Math.abs(more) > 1e6)
    .map(({ what, more }) => `${what} ${(more / 1e6).toFixed(0)} MB`)
    .join(', ');
}

/** Null where the process has ended meanwhile. */
function read(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return null;
    throw error;
  }
}
