import { isDeepStrictEqual } from 'node:util';
import { ImageStore } from '../../src/data/image-store.ts';
import { memoryLocks } from '../../src/data/locks.ts';
import type { BlobStore, ByteSource } from '../../src/data/types.ts';

/** A blob store in a map, which copies as structured clone does, so that tests see what a database would. */
export interface MemoryBlobs extends BlobStore {
  readonly map: Map<string, unknown>;
  /** Called before every write; may throw. */
  beforeWrite: (keys: readonly string[]) => void;
}

export function memoryBlobs(): MemoryBlobs {
  const map = new Map<string, unknown>();
  const blobs: MemoryBlobs = {
    map,
    beforeWrite: () => undefined,
    get: async (key) => structuredClone(map.get(key)),
    set: async (key, value) => blobs.setMany([[key, value]]),
    setMany: async (entries) => {
      blobs.beforeWrite(entries.map(([key]) => key));
      for (const [key, value] of entries) map.set(key, structuredClone(value));
    },
    delete: async (keys) => keys.forEach((key) => map.delete(key)),
    keys: async () => [...map.keys()],
  };
  return blobs;
}

export function memoryStore(): { store: ImageStore; blobs: MemoryBlobs } {
  const blobs = memoryBlobs();
  return { store: new ImageStore(blobs, memoryLocks()), blobs };
}

/** Everything in the store, for comparing before and after. */
export function snapshot(blobs: MemoryBlobs): Map<string, unknown> {
  return structuredClone(blobs.map);
}

export function sameSnapshot(a: ReadonlyMap<string, unknown>, b: ReadonlyMap<string, unknown>): boolean {
  return isDeepStrictEqual(a, b);
}

/** Bytes as a file, counting what is read of it. */
export function bytesSource(name: string, bytes: Uint8Array): ByteSource & { bytesRead: number } {
  const source = {
    name,
    size: bytes.length,
    bytesRead: 0,
    slice: async (start: number, end: number): Promise<Uint8Array> => {
      const part = bytes.slice(start, end);
      source.bytesRead += part.length;
      return part;
    },
  };
  return source;
}
