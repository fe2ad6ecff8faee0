import { createStore, delMany, get, keys, setMany } from 'idb-keyval';
import { LabError } from '../../core/errors.ts';
import type { BlobStore } from '../../data/types.ts';

/**
 * Values in IndexedDB, in a database of this name.
 *
 * What the browser refuses becomes a LabError: 'storage-full' with how much is missing, or 'storage-failed' (private windows of some
 * browsers, a database that another version holds).
 */
export function idbBlobStore(databaseName = 'mas-lab'): BlobStore {
  const store = createStore(databaseName, 'blobs');
  const write = async (entries: readonly (readonly [string, unknown])[]): Promise<void> => {
    try {
      await setMany(entries.map(([key, value]): [string, unknown] => [key, value]), store);
    } catch (error) {
      throw await translated(error, entries);
    }
  };
  const guarded = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work;
    } catch (error) {
      throw await translated(error, []);
    }
  };
  return {
    get: (key) => guarded(get<unknown>(key, store)),
    set: (key, value) => write([[key, value]]),
    setMany: write,
    delete: (unwanted) => guarded(delMany([...unwanted], store)),
    keys: () => guarded(keys<string>(store)),
  };
}

async function translated(error: unknown, entries: readonly (readonly [string, unknown])[]): Promise<LabError> {
  if (!(error instanceof DOMException) || error.name !== 'QuotaExceededError') {
    const reason = error instanceof Error ? error.message : String(error);
    return new LabError('storage-failed', `The browser’s storage does not work: ${reason}`, 'Private windows may have none. Close other tabs of the lab, or reload.', error);
  }
  const wanted = entries.reduce((sum, [, value]) => sum + sizeOf(value), 0);
  const { usage = 0, quota = 0 } = await navigator.storage.estimate();
  const missing = Math.max(wanted - Math.max(0, quota - usage), 0);
  return new LabError(
    'storage-full',
    `The browser’s storage is full: ${megabytes(wanted)} to store, ${megabytes(usage)} of ${megabytes(quota)} used, ${missing > 0 ? `${megabytes(missing)} missing` : 'and the disk has no room for it'}.`,
    'Delete a dataset or a run, or free room on the disk, and import again.',
    error,
  );
}

/** Of bytes in it, at any depth; the rest is small. */
function sizeOf(value: unknown): number {
  if (ArrayBuffer.isView(value)) return value.byteLength;
  if (value instanceof ArrayBuffer) return value.byteLength;
  if (value instanceof Blob) return value.size;
  if (typeof value === 'string') return value.length;
  if (typeof value !== 'object' || value === null) return 8;
  return Object.values(value).reduce<number>((sum, part) => sum + sizeOf(part), 0);
}

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;
