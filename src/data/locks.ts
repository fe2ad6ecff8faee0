/** Locks by name across everything that shares a store: tabs of a browser, processes on one folder. */
export interface Locks {
  /** Runs `work` while no one else holds `name`; waits for its turn. */
  exclusive<T>(name: string, work: () => Promise<T>): Promise<T>;
  /** The same if nobody holds `name` now; else null at once, without running it. */
  tryExclusive<T>(name: string, work: () => Promise<T>): Promise<T | null>;
}

/** Locks within one process, for stores that nothing else opens. */
export function memoryLocks(): Locks {
  const tails = new Map<string, Promise<void>>();
  const exclusive = async <T>(name: string, work: () => Promise<T>): Promise<T> => {
    const before = tails.get(name);
    let release: () => void = () => undefined;
    const own = new Promise<void>((resolve) => (release = resolve));
    tails.set(name, own);
    await before;
    try {
      return await work();
    } finally {
      release();
      if (tails.get(name) === own) tails.delete(name);
    }
  };
  return {
    exclusive,
    tryExclusive: (name, work) => (tails.has(name) ? Promise.resolve(null) : exclusive(name, work)),
  };
}
