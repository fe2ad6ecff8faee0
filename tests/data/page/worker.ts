import { expose } from 'comlink';
import { toErrorData, type LabErrorData } from '../../../src/core/errors.ts';
import { fitPixels } from '../../../src/data/fit.ts';
import { importFiles } from '../../../src/data/import-files.ts';
import { importUrl } from '../../../src/data/import-url.ts';
import type { ImportReport } from '../../../src/data/import-images.ts';
import { ImageStore } from '../../../src/data/image-store.ts';
import { builtinReader } from '../../../src/data/procedural.ts';
import { sha256 } from '../../../src/data/sha256.ts';
import { fileSource } from '../../../src/platform/browser/file-source.ts';
import { idbBlobStore } from '../../../src/platform/browser/idb-blob-store.ts';
import { imageBitmapDecoder } from '../../../src/platform/browser/image-bitmap-decoder.ts';
import { webLocks } from '../../../src/platform/browser/web-locks.ts';

const blobs = idbBlobStore('data-test');
const store = new ImageStore(blobs, webLocks());
const decoder = imageBitmapDecoder(fitPixels);

async function bytesOf(url: string): Promise<Uint8Array<ArrayBuffer>> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}

/** One of the two is there. No union: Comlink's types would tear it apart. */
export interface ImportOutcome {
  readonly report: ImportReport | null;
  readonly error: LabErrorData | null;
}
export interface DecodeOutcome {
  readonly rgb: readonly number[] | null;
  readonly error: LabErrorData | null;
}

const worker = {
  /** Imports files that the test server has, as if they had been dropped. */
  async import(urls: readonly string[]): Promise<ImportOutcome> {
    const files = await Promise.all(urls.map(async (url) => new File([await bytesOf(url)], url.slice(url.lastIndexOf('/') + 1))));
    try {
      return { report: await importFiles(files.map((file) => ({ path: file.name, source: fileSource(file) })), store), error: null };
    } catch (error) {
      return { report: null, error: toErrorData(error) };
    }
  },

  /** Imports by address, waiting between attempts no longer than a test may. */
  async importUrl(text: string): Promise<ImportOutcome> {
    try {
      return { report: await importUrl(text, store, { sleep: async () => undefined }), error: null };
    } catch (error) {
      return { report: null, error: toErrorData(error) };
    }
  },

  /** Imports and cancels after this many progress reports. */
  async importAndCancel(url: string, after: number): Promise<string> {
    const controller = new AbortController();
    const file = new File([await bytesOf(url)], 'file.zip');
    let seen = 0;
    const onProgress = (): void => {
      if (++seen === after) controller.abort();
    };
    return importFiles([{ path: file.name, source: fileSource(file) }], store, { signal: controller.signal, onProgress }).then(
      () => 'finished',
      (error: unknown) => (error instanceof Error ? error.name : String(error)),
    );
  },

  /** Every key with the digest of its value's bytes. */
  async digest(): Promise<string> {
    const lines = await Promise.all(
      (await blobs.keys()).toSorted().map(async (key) => {
        const value = await blobs.get(key);
        const bytes = (value as { bytes?: Uint8Array }).bytes;
        return `${key} ${bytes ? await sha256(bytes) : JSON.stringify(value)}`;
      }),
    );
    return lines.join('\n');
  },

  async keys(): Promise<string[]> {
    return blobs.keys();
  },

  async classDigest(dataset: string, classId: string, split: 'train' | 'test'): Promise<{ names: readonly string[]; sha256: string }> {
    const images = await (await store.reader(dataset)).readClass(classId, split);
    return { names: images.names, sha256: await sha256(images.bytes) };
  },

  async builtinDigest(): Promise<string> {
    return sha256((await builtinReader().readClass('striped-heart', 'test')).bytes);
  },

  async decode(bytes: Uint8Array, size: number): Promise<DecodeOutcome> {
    return decoder.decode(bytes, size).then(
      ({ rgb }) => ({ rgb: Array.from(rgb), error: null }),
      (error: unknown) => ({ rgb: null, error: toErrorData(error) }),
    );
  },

  /** Of all images of a stored dataset, decoded together. */
  async pixelDigests(dataset: string): Promise<Record<string, string>> {
    const reader = await store.reader(dataset);
    const digests: Record<string, string> = {};
    for (const { id } of reader.info.classes) {
      const images = await reader.readClass(id, 'test');
      const list = Array.from({ length: images.offsets.length - 1 }, (_, k) => images.bytes.subarray(images.offsets[k], images.offsets[k + 1]));
      const out = new Uint8Array(list.length * 64 * 64 * 3);
      const outcomes = await decoder.decodeMany!(list, 64, out);
      digests[id] = outcomes.some((outcome) => outcome !== null) ? 'undecodable' : await sha256(out);
    }
    return digests;
  },

  async clear(): Promise<void> {
    await blobs.delete(await blobs.keys());
  },

  /** Images a second, of a dataset's first class again and again. */
  async measureDecode(dataset: string, rounds: number): Promise<number> {
    const reader = await store.reader(dataset);
    const images = await reader.readClass(reader.info.classes[0]!.id, 'train');
    const list = Array.from({ length: images.offsets.length - 1 }, (_, k) => images.bytes.subarray(images.offsets[k], images.offsets[k + 1]));
    const out = new Uint8Array(list.length * 64 * 64 * 3);
    const start = performance.now();
    for (let round = 0; round < rounds; round++) await decoder.decodeMany!(list, 64, out);
    return (list.length * rounds) / ((performance.now() - start) / 1000);
  },
};

export type DataWorker = typeof worker;
expose(worker);
