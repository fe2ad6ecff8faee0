/** Finished pieces of a comparison beside the lab's other data, so that one that was stopped or cut off by a reload goes on. */
import type { BlobStore } from '../data/types.ts';
import type { PieceStore } from './comparison.ts';

const PREFIX = 'comparison/';

export interface StoredPieces extends PieceStore {
  /** After the end: the next comparison trains anew. */
  clear(): Promise<void>;
}

export function storedPieces(blobs: BlobStore): StoredPieces {
  return {
    get: (name) => blobs.get(PREFIX + name),
    set: (name, value) => blobs.set(PREFIX + name, value),
    clear: async () => blobs.delete((await blobs.keys()).filter((key) => key.startsWith(PREFIX))),
  };
}
