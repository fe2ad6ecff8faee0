/**
 * Datasets, stored once and for good: the catalogue, reading, renaming, deleting, and tidying up after imports that never ended.
 * Importing is in `store-writer.ts`.
 */
import { LabError } from '../core/errors.ts';
import { freeBytes } from '../core/free-bytes.ts';
import type { Locks } from './locks.ts';
import { sha256 } from './sha256.ts';
import {
  asDatasetRecord, asImportRecord, asJournalRecord, asPartRecord, DATASET_PREFIX, datasetKey, IMAGES_PREFIX, IMPORT_PREFIX, partKey, storageOf,
  type DatasetRecord, type PartRecord,
} from './store-records.ts';
import type { BlobStore, DatasetInfo, DatasetReader, Split, StoredImages } from './types.ts';

/** Serialises changes of the catalogue. */
export const CATALOGUE_LOCK = 'mas-lab/catalogue';
/** Held while the source with this fingerprint is imported. */
export const importLock = (fingerprint: string): string => `mas-lab/import/${fingerprint}`;
/** Interrupted imports older than this are not waited for any more. */
const FORGOTTEN_AFTER_MS = 14 * 24 * 3600 * 1000;

const ARRIVAL_POLL_MS = 200;

/** An import that was interrupted and goes on when the same source is given again. */
export interface UnfinishedImport {
  readonly storage: string;
  readonly name: string;
  readonly source: string;
  readonly startedAt: string;
  readonly address: string | null;
  readonly fingerprint: string;
}

/** All datasets of one {@link BlobStore}. Any number of instances may share it, in one or several tabs or processes. */
export class ImageStore {
  readonly blobs: BlobStore;
  readonly locks: Locks;

  constructor(blobs: BlobStore, locks: Locks) {
    this.blobs = blobs;
    this.locks = locks;
  }

  /** Stored datasets, oldest first. Records that this version cannot read are left out. */
  async list(): Promise<DatasetInfo[]> {
    const records = await this.#records();
    return records
      .map((record) => record.info)
      .sort((a, b) => ((a.importedAt ?? '') < (b.importedAt ?? '') ? -1 : (a.importedAt ?? '') > (b.importedAt ?? '') ? 1 : 0));
  }

  /** @throws LabError 'data-missing' naming what there is, 'storage-failed' where the record cannot be read */
  async reader(id: string): Promise<DatasetReader> {
    const record = await this.#record(id);
    return { info: record.info, readClass: (classId, split, limit) => this.#readClass(record, classId, split, limit) };
  }

  /** @throws LabError 'data-missing'; 'config-range' for an empty name */
  async rename(id: string, name: string): Promise<void> {
    const trimmed = name.trim();
    if (trimmed === '') throw new LabError('config-range', 'A dataset needs a name.', 'Give it at least one letter.');
    await this.locks.exclusive(CATALOGUE_LOCK, async () => {
      const record = await this.#record(id);
      await this.blobs.set(datasetKey(id), { ...record, info: { ...record.info, name: trimmed } });
    });
  }

  /** Deletes a dataset. Deleting one that is not there does nothing. @throws LabError 'run-state' for one that is still arriving */
  async remove(id: string): Promise<void> {
    await this.locks.exclusive(CATALOGUE_LOCK, async () => {
      const value = await this.blobs.get(datasetKey(id));
      if (value === undefined) return;
      const { info } = asDatasetRecord(value, datasetKey(id));
      if (info.arriving) throw new LabError('run-state', `“${info.name}” is still arriving.`, 'Cancel its import instead, in the tab that runs it.');
      // First the listing: a crash in between leaves orphans for cleanUp, never a dataset without its images.
      await this.blobs.delete([datasetKey(id)]);
      const { storage } = asDatasetRecord(value, datasetKey(id));
      await this.blobs.delete((await this.blobs.keys()).filter((key) => key.startsWith(`${IMAGES_PREFIX}${storage}/`)));
    });
  }

  /** Imports that were interrupted and can go on. One that is running in another tab is among them. */
  async unfinished(): Promise<UnfinishedImport[]> {
    const keys = (await this.blobs.keys()).filter(isImportKey);
    const found = await Promise.all(
      keys.map(async (key) => {
        const value = await this.blobs.get(key);
        if (value === undefined) return null;
        const { name, source, startedAt, address = null, fingerprint } = asImportRecord(value, key);
        return { storage: storageOf(key), name, source, startedAt, address, fingerprint };
      }),
    );
    return found.filter((record) => record !== null);
  }

  /** The unfinished imports that nobody is at work on, with how many images each has stored. */
  async interrupted(): Promise<readonly (UnfinishedImport & { readonly imagesStored: number })[]> {
    const keys = await this.blobs.keys();
    const found = await Promise.all(
      (await this.unfinished()).map(async (unfinished) => {
        const idle = await this.locks.tryExclusive(importLock(unfinished.fingerprint), async () => true);
        if (!idle) return [];
        const journal = keys.filter((key) => key.startsWith(`${IMPORT_PREFIX}${unfinished.storage}/`));
        const parts = await Promise.all(journal.map(async (key) => ({ key, value: await this.blobs.get(key) })));
        const imagesStored = parts.reduce((sum, { key, value }) => sum + (value === undefined ? 0 : asJournalRecord(value, key).count), 0);
        return [{ ...unfinished, imagesStored }];
      }),
    );
    return found.flat();
  }

  /** Drops an interrupted import and what it stored. One that is running is left alone. @returns whether it was dropped */
  async discard(storage: string): Promise<boolean> {
    const key = `${IMPORT_PREFIX}${storage}`;
    const value = await this.blobs.get(key);
    if (value === undefined) return false;
    const dropped = await this.locks.tryExclusive(importLock(asImportRecord(value, key).fingerprint), async () => {
      await this.blobs.delete((await this.blobs.keys()).filter((k) => storageOf(k) === storage && !k.startsWith(DATASET_PREFIX)));
      return true;
    });
    return dropped ?? false;
  }

  /**
   * Deletes what belongs to nothing: parts without a dataset or import, journals of finished imports, imports interrupted two weeks
   * ago. Safe at any time, whatever other tabs do.
   * @returns how many keys it deleted
   */
  async cleanUp(now = Date.now()): Promise<number> {
    // One snapshot of the keys: parts in it have their import's record in it too, or their dataset's.
    const keys = await this.blobs.keys();
    const records = await this.#records(keys);
    const owners = new Set(records.filter((record) => !record.info.arriving).map((record) => record.storage));
    const imports = new Set(keys.filter(isImportKey).map(storageOf));
    const orphans = keys.filter((key) => {
      if (key.startsWith(IMAGES_PREFIX)) return !owners.has(storageOf(key)) && !imports.has(storageOf(key));
      return key.startsWith(IMPORT_PREFIX) && (owners.has(storageOf(key)) || !imports.has(storageOf(key)));
    });
    if (orphans.length > 0) await this.blobs.delete(orphans);
    let deleted = orphans.length;
    for (const record of records.filter(({ info }) => info.arriving)) {
      // Nobody brings the rest any more: off the list with it, until the import goes on.
      const value = await this.blobs.get(`${IMPORT_PREFIX}${record.storage}`);
      const key = datasetKey(record.info.id);
      const isDead = value === undefined || (await this.locks.tryExclusive(importLock(asImportRecord(value, key).fingerprint), async () => true));
      if (!isDead) continue;
      await this.blobs.delete([key]);
      deleted++;
    }
    for (const { storage, startedAt } of await this.unfinished()) {
      if (now - Date.parse(startedAt) > FORGOTTEN_AFTER_MS && (await this.discard(storage))) deleted++;
    }
    return deleted;
  }

  /** The record of the dataset that this source was imported as, if it was. */
  async findByFingerprint(fingerprint: string): Promise<DatasetRecord | null> {
    return (await this.#records()).find((record) => record.fingerprint === fingerprint) ?? null;
  }

  async #records(keys?: readonly string[]): Promise<DatasetRecord[]> {
    const own = (keys ?? (await this.blobs.keys())).filter((key) => key.startsWith(DATASET_PREFIX) && key.endsWith('/info'));
    const values = await Promise.all(own.map(async (key) => ({ key, value: await this.blobs.get(key) })));
    // Deleted since the keys were listed.
    return values.filter(({ value }) => value !== undefined).map(({ key, value }) => asDatasetRecord(value, key));
  }

  async #record(id: string): Promise<DatasetRecord> {
    const value = await this.blobs.get(datasetKey(id));
    if (value !== undefined) return asDatasetRecord(value, datasetKey(id));
    const there = (await this.list()).map((info) => info.id).join(', ') || 'none';
    throw new LabError('data-missing', `There is no stored dataset “${id}” (stored: ${there}).`, 'Import it again, or choose another.');
  }

  /** The record once it has all of a class that is on its way. */
  async #arrived({ info: { id, name, classes } }: DatasetRecord, classId: string): Promise<DatasetRecord> {
    const isComing = classes.some((c) => c.id === classId);
    for (;;) {
      const value = await this.blobs.get(datasetKey(id));
      if (value === undefined) {
        throw new LabError('data-missing', `The import of “${name}” ended before class “${classId}” had arrived.`, 'Import it again: what has arrived is kept for a while.');
      }
      const now = asDatasetRecord(value, datasetKey(id));
      if (!isComing || !now.info.arriving || now.arrived?.includes(classId)) return { ...now, info: withoutArriving(now.info) };
      await new Promise((resolve) => setTimeout(resolve, ARRIVAL_POLL_MS));
    }
  }

  async #readClass(record: DatasetRecord, classId: string, split: Split, limit = Infinity): Promise<StoredImages> {
    const { info, storage } = record;
    if (info.arriving) return this.#readClass(await this.#arrived(record, classId), classId, split, limit);
    if (!info.classes.some((c) => c.id === classId)) {
      throw new LabError('data-missing', `“${info.name}” has no class “${classId}”.`, 'Choose from its classes.');
    }
    const parts: PartRecord[] = [];
    let count = 0;
    for (const entry of record.parts) {
      if (entry.classId !== classId || entry.split !== split || count >= limit) continue;
      const key = partKey(storage, entry.serial);
      const value = await this.blobs.get(key);
      if (value === undefined) {
        throw new LabError('data-missing', `Images of class “${classId}” of “${info.name}” are gone from storage.`, 'The browser or someone deleted them. Delete the dataset and import it again.');
      }
      const part = asPartRecord(value, key);
      const found = await sha256(part.bytes);
      if (found !== entry.sha256 || part.offsets.length !== entry.count + 1) {
        throw new LabError(
          'data-mismatch',
          `Images of class “${classId}” of “${info.name}” are not what was stored (SHA-256 ${found.slice(0, 12)}…, expected ${entry.sha256.slice(0, 12)}…).`,
          'Delete the dataset and import it again.',
        );
      }
      parts.push(part);
      count += entry.count;
    }
    const joined = joinParts(parts, record, Math.min(limit, count));
    // A few images of each class, for the screen, would else pile up whole parts.
    for (const { bytes } of parts) freeBytes(bytes as Uint8Array<ArrayBuffer>);
    return joined;
  }
}

function withoutArriving(info: DatasetInfo): DatasetInfo {
  const { arriving, ...rest } = info;
  return arriving ? rest : info;
}

const isImportKey = (key: string): boolean => key.startsWith(IMPORT_PREFIX) && !key.slice(IMPORT_PREFIX.length).includes('/');

/**
 * Images of several parts as one, in the order of their names: an import that was interrupted, or a source that lists files another
 * way, must not change which image is which.
 */
function joinParts(parts: readonly PartRecord[], { encoding, rawShape }: DatasetRecord, limit: number): StoredImages {
  const all = parts.flatMap((part) =>
    Array.from({ length: part.offsets.length - 1 }, (_, k) => ({
      name: part.names[k],
      bytes: part.bytes.subarray(part.offsets[k], part.offsets[k + 1]),
    })),
  );
  if (all.every((image) => image.name !== undefined)) all.sort((a, b) => (a.name! < b.name! ? -1 : a.name! > b.name! ? 1 : 0));
  const chosen = all.slice(0, limit);
  const offsets = new Uint32Array(chosen.length + 1);
  chosen.forEach((image, k) => (offsets[k + 1] = offsets[k]! + image.bytes.length));
  const bytes = new Uint8Array(offsets[chosen.length]!);
  chosen.forEach((image, k) => bytes.set(image.bytes, offsets[k]));
  return {
    encoding,
    ...(rawShape ? { rawShape } : {}),
    bytes,
    offsets,
    names: chosen.flatMap((image) => (image.name === undefined ? [] : [image.name])),
  };
}
