import type { BlobStore } from '../data/types.ts';

/**
 * Runs in memory that nobody will open again: of each run the record and the newest checkpoint. Values are kept as they are.
 * @param behind where everything else is read (imported weights)
 */
export function fleetingStore(behind: Pick<BlobStore, 'get'>): BlobStore {
  const entries = new Map<string, unknown>();
  const put = (key: string, value: unknown): void => {
    const older = /^(.*\/after\/)\d+$/.exec(key)?.[1];
    if (older !== undefined) for (const known of [...entries.keys()]) if (known.startsWith(older)) entries.delete(known);
    entries.set(key, value);
  };
  return {
    get: async (key) => (entries.has(key) || key.startsWith('run/') ? entries.get(key) : behind.get(key)),
    set: async (key, value) => put(key, value),
    setMany: async (pairs) => pairs.forEach(([key, value]) => put(key, value)),
    delete: async (keys) => keys.forEach((key) => entries.delete(key)),
    keys: async () => [...entries.keys()],
  };
}
