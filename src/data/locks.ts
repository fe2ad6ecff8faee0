/** Locks by name across everything that shares a store: tabs of a browser, processes on one folder. */
export interface Locks {
  /** Runs `work` while no one else holds `name`; waits for its turn. */
  exclusive<T>(name: string, work: () => Promise<T>): Promise<T>;
  /** The same if nobody holds `name` now; else null at once, without running it. */
  tryExclusive<T>(name: string, work: () => Promise<T>): Promise<T | null>;
}

/** Locks within one process, for stores that nothing else opens. */
export function memoryLocks(): Locks {
  const tails = new Map<string, Promise<unknown>>();
  const exclusive = <T>(name: string, work: () => Promise<T>): Promise<T> => {
    const run = (tails.get(name) ?? Promise.resolve()).then(work);
    // The next in line waits for the end, however it ends.
    const tail = run.then(
      () => undefined,
      () => undefined,
    );
    tails.set(name, tail);
    void tail.then(() => {
      if (tails.get(name) === tail) tails.delete(name);
    });
    return run;
  };
  return {
    exclusive,
    tryExclusive: (name, work) => (tails.has(name) ? Promise.resolve(null) : exclusive(name, work)),
  };
}
