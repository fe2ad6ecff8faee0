/**
 * What lies in the blob store, under which keys.
 *
 * | key | value |
 * |---|---|
 * | `dataset/<id>/info` | {@link DatasetRecord}: a stored dataset; written last, so what is listed is whole |
 * | `images/<storage>/<serial>` | {@link PartRecord}: some images of one class and split |
 * | `import/<storage>` | {@link ImportRecord}: an import under way, or interrupted |
 * | `import/<storage>/<serial>` | {@link JournalRecord}: what part `serial` of it holds |
 *
 * Images never move: a dataset's record names the storage its parts were written under while it was imported.
 */
import { LabError } from '../core/errors.ts';
import type { DatasetInfo, Split, StoredImages } from './types.ts';

/** Where a part is and what it must be. */
export interface PartEntry {
  readonly classId: string;
  readonly split: Split;
  readonly serial: number;
  readonly count: number;
  readonly sizeBytes: number;
  /** Of the images' bytes, one after another. */
  readonly sha256: string;
}

export interface DatasetRecord {
  readonly version: 1;
  readonly info: DatasetInfo;
  readonly storage: string;
  /** Tells the same source imported again; empty where part of it is missing. */
  readonly fingerprint: string;
  readonly encoding: StoredImages['encoding'];
  readonly rawShape: readonly [number, number, number] | null;
  readonly parts: readonly PartEntry[];
  /** Of a dataset that is still arriving: the classes that are complete. */
  readonly arrived?: readonly string[];
}

export interface PartRecord {
  readonly bytes: Uint8Array;
  readonly offsets: Uint32Array;
  readonly names: readonly string[];
}

export interface ImportRecord {
  readonly version: 1;
  readonly fingerprint: string;
  readonly name: string;
  readonly source: string;
  /** What to import again, where it came from an address. */
  readonly address?: string;
  readonly startedAt: string;
}

export interface JournalRecord extends PartEntry {
  readonly names: readonly string[];
  /** What the source says of each image besides its name, so that a changed one is not taken for it: its CRC-32 or size. */
  readonly tags: Uint32Array;
  /** Width and height all its images have, 0 where they differ. */
  readonly imageSize: readonly [number, number];
}

export const DATASET_PREFIX = 'dataset/';
export const IMPORT_PREFIX = 'import/';
export const IMAGES_PREFIX = 'images/';

export const datasetKey = (id: string): string => `${DATASET_PREFIX}${id}/info`;
export const partKey = (storage: string, serial: number): string => `${IMAGES_PREFIX}${storage}/${serial}`;
export const importKey = (storage: string): string => `${IMPORT_PREFIX}${storage}`;
export const journalKey = (storage: string, serial: number): string => `${IMPORT_PREFIX}${storage}/${serial}`;

/** The storage a key of images or of an import belongs to. */
export const storageOf = (key: string): string => key.split('/')[1] ?? '';

/** Stored values come from outside (another version of the lab, another program): their shape is looked at once, here. */
export function asDatasetRecord(value: unknown, key: string): DatasetRecord {
  const record = value as Partial<DatasetRecord> | undefined;
  if (record?.version === 1 && typeof record.storage === 'string' && Array.isArray(record.parts) && Array.isArray(record.info?.classes)) {
    return record as DatasetRecord;
  }
  throw unreadable(key);
}

export function asPartRecord(value: unknown, key: string): PartRecord {
  const part = value as Partial<PartRecord> | undefined;
  const { bytes, offsets, names } = part ?? {};
  const isWhole =
    bytes instanceof Uint8Array && offsets instanceof Uint32Array && Array.isArray(names) && offsets.at(-1) === bytes.length && offsets[0] === 0;
  if (isWhole && offsets.every((offset, i) => i === 0 || offset >= offsets[i - 1]!)) return part as PartRecord;
  throw unreadable(key);
}

export function asImportRecord(value: unknown, key: string): ImportRecord {
  const record = value as Partial<ImportRecord> | undefined;
  if (record?.version === 1 && typeof record.fingerprint === 'string') return record as ImportRecord;
  throw unreadable(key);
}

export function asJournalRecord(value: unknown, key: string): JournalRecord {
  const record = value as Partial<JournalRecord> | undefined;
  if (typeof record?.classId === 'string' && Array.isArray(record.names) && record.tags instanceof Uint32Array) return record as JournalRecord;
  throw unreadable(key);
}

function unreadable(key: string): LabError {
  return new LabError('storage-failed', `What is stored under “${key}” is not what this version of the lab writes.`, 'Delete the dataset and import it again.');
}
