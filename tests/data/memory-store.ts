import { isDeepStrictEqual } from 'node:util';
import { ImageStore } from '../../src/data/image-store.ts';
import { memoryLocks } from '../../src/data/locks.ts';
import { sha256 } from '../../src/data/sha256.ts';
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

/** The same store as a reload leaves it: at its `count`-th write the page is gone, and nothing is tidied up. */
export function dieAtWrite(blobs: MemoryBlobs, count: number): BlobStore {
  let left = count;
  const dead = (): never => {
    throw new Error('the page is gone');
  };
  return {
    ...blobs,
    set: async (key, value) => (left-- > 0 ? blobs.set(key, value) : dead()),
    setMany: async (entries) => (left-- > 0 ? blobs.setMany(entries) : dead()),
    delete: async () => dead(),
  };
}

/** One hash for all images of a dataset, their names and their order. */
export async function digestOf(store: ImageStore, id: string): Promise<string> {
  const reader = await store.reader(id);
  const lines = await Promise.all(
    reader.info.classes.flatMap((c) => (['train', 'test'] as const).map(async (split) => {
      const images = await reader.readClass(c.id, split);
      return `${c.id} ${split} ${images.names.join()} ${await sha256(images.bytes)}`;
    })),
  );
  return sha256(new TextEncoder().encode(lines.join('\n')));
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
