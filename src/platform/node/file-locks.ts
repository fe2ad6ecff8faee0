import { mkdir, open, readFile, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Locks } from '../../data/locks.ts';

const POLL_MS = 50;
/** Between making a lock's file and writing the owner into it. */
const WRITING_MS = 5000;

/** Locks across processes on one folder: a file per lock that holds its owner's process id. One whose owner has died is taken over. */
export function fileLocks(folder: string): Locks {
  const acquire = async (name: string): Promise<string | null> => {
    await mkdir(folder, { recursive: true });
    const path = join(folder, `${encodeURIComponent(name).slice(0, 200)}.lock`);
    for (let attempt = 0; attempt < 2; attempt++) {
      try {
        const handle = await open(path, 'wx');
        await handle.writeFile(String(process.pid));
        await handle.close();
        return path;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
        if (attempt > 0 || (await isHeld(path))) return null;
        await unlink(path).catch(ignoreMissing);
      }
    }
    return null;
  };
  const run = async <T>(path: string, work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } finally {
      await unlink(path).catch(ignoreMissing);
    }
  };
  return {
    async exclusive(name, work) {
      for (;;) {
        const path = await acquire(name);
        if (path) return run(path, work);
        await new Promise((resolve) => setTimeout(resolve, POLL_MS));
      }
    },
    async tryExclusive(name, work) {
      const path = await acquire(name);
      return path ? run(path, work) : null;
    },
  };
}

async function isHeld(path: string): Promise<boolean> {
  const owner = Number(await readFile(path, 'utf8').catch(() => ''));
  // Empty: its owner is about to write its id, or died at that.
  if (!(owner > 0)) {
    const facts = await stat(path).catch(() => null);
    return facts !== null && Date.now() - facts.mtimeMs < WRITING_MS;
  }
  try {
    process.kill(owner, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

function ignoreMissing(error: unknown): void {
  if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
}
