import type { BlobStore } from '../data/types.ts';
import { otherCheckpoints } from './checkpoint-store.ts';

/**
 * Runs in memory that nobody will open again: of each run the record and the newest checkpoint. Values are kept as they are; bytes
 * are given out as copies, for whoever has read them frees them.
 * @param behind where everything else is read (imported weights)
 */
export function fleetingStore(behind: Pick<BlobStore, 'get'>): BlobStore {
  const entries = new Map<string, unknown>();
  const put = (key: string, value: unknown): void => {
    entries.set(key, value);
    for (const other of otherCheckpoints(key, value, [...entries.keys()])) entries.delete(other);
  };
  return {
    get: async (key) => {
      if (!entries.has(key) && !key.startsWith('run/')) return behind.get(key);
      const value = entries.get(key);
      return value instanceof Uint8Array ? value.slice() : value;
    },
    set: async (key, value) => put(key, value),
    setMany: async (pairs) => pairs.forEach(([key, value]) => put(key, value)),
    delete: async (keys) => keys.forEach((key) => entries.delete(key)),
    keys: async () => [...entries.keys()],
  };
}
