/** Files on their way out: on disk piece by piece where there is one, else in memory, and never half of one. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { LabError } from '../../src/core/errors.ts';
import { outgoingBlob, type OutgoingContent } from '../../src/platform/browser/outgoing-files.ts';

/** Large enough for the disk. */
const CHUNK_BYTES = 2 ** 20;
const CHUNKS = 17;

/** A private file system with room for so many bytes. */
function disk(roomBytes: number): Map<string, Uint8Array<ArrayBuffer>> {
  const files = new Map<string, Uint8Array<ArrayBuffer>>();
  const fileHandle = (name: string) => ({
    createSyncAccessHandle: async () => ({
      write: (bytes: Uint8Array): number => {
        const before = files.get(name)!;
        const written = Math.min(bytes.length, roomBytes - before.length);
        files.set(name, Uint8Array.from(Buffer.concat([before, bytes.subarray(0, written)])));
        return written;
      },
      close: () => undefined,
    }),
    getFile: async () => new Blob([files.get(name)!]),
  });
  const folder = {
    getFileHandle: async (name: string) => {
      files.set(name, new Uint8Array(0));
      return fileHandle(name);
    },
    removeEntry: async (name: string) => void files.delete(name),
    keys: async function* () {
      yield* files.keys();
    },
  };
  vi.stubGlobal('navigator', { storage: { getDirectory: async () => ({ getDirectoryHandle: async () => folder }) } });
  return files;
}

/** Chunk k is full of k; what was a chunk is overwritten when the next is asked for. */
function content(failsAt = Infinity): OutgoingContent {
  return {
    sizeBytes: CHUNKS * CHUNK_BYTES,
    async *chunks() {
      const chunk = new Uint8Array(CHUNK_BYTES);
      for (let k = 0; k < CHUNKS; k++) {
        if (k === failsAt) throw new LabError('run-missing', 'Gone.', 'Start again.');
        yield chunk.fill(k);
      }
    },
  };
}

/** The first byte of each chunk. */
async function firstBytes(blob: Blob): Promise<number[]> {
  const bytes = new Uint8Array(await blob.arrayBuffer());
  return Array.from({ length: bytes.length / CHUNK_BYTES }, (_, k) => bytes[k * CHUNK_BYTES]!);
}

describe('a large file that goes out', () => {
  afterEach(() => vi.unstubAllGlobals());

  const all = Array.from({ length: CHUNKS }, (_, k) => k);

  it('is written to disk as its chunks come', async () => {
    const files = disk(Infinity);
    expect(await firstBytes(await outgoingBlob(content(), 'x/y'))).toEqual(all);
    expect(files.size).toBe(1);
  });

  it('is held in memory where the disk is full or there is none, and leaves nothing there', async () => {
    const files = disk(3.5 * CHUNK_BYTES);
    const blob = await outgoingBlob(content(), 'x/y');
    expect([blob.type, await firstBytes(blob)]).toEqual(['x/y', all]);
    expect(files.size).toBe(0);
    vi.stubGlobal('navigator', {});
    expect(await firstBytes(await outgoingBlob(content(), 'x/y'))).toEqual(all);
  });

  it('that cannot be read to its end fails as a whole, and leaves nothing on disk', async () => {
    const files = disk(Infinity);
    await expect(outgoingBlob(content(3), 'x/y')).rejects.toMatchObject({ code: 'run-missing' });
    expect(files.size).toBe(0);
  });
});
