/**
 * Writing one import into the store, part by part, so that memory stays flat, a reload can go on where it stopped, and nothing is
 * listed before it is whole.
 */
import { freeBytes } from '../core/free-bytes.ts';
import { LabError } from '../core/errors.ts';
import { CATALOGUE_LOCK, type ImageStore } from './image-store.ts';
import { sha256 } from './sha256.ts';
import {
  asDatasetRecord, asImportRecord, asJournalRecord, datasetKey, IMAGES_PREFIX, IMPORT_PREFIX, importKey, journalKey, partKey, storageOf,
  type DatasetRecord, type ImportRecord, type JournalRecord, type PartEntry, type PartRecord,
} from './store-records.ts';
import type { ClassInfo, DatasetInfo, Split } from './types.ts';

/** A part is written when its class and split have this much… */
const PART_BYTES = 2 * 1024 * 1024;
/** …or when all classes together hold this much: then the largest go. */
const BUFFERED_BYTES = 16 * 1024 * 1024;

/** An image on its way into the store. `tag`: see {@link JournalRecord}. */
export interface ImageToStore {
  readonly classId: string;
  readonly split: Split;
  readonly name: string | null;
  readonly tag: number;
  readonly bytes: Uint8Array;
  readonly width: number;
  readonly height: number;
}

export interface WriterOptions {
  readonly fingerprint: string;
  readonly name: string;
  readonly source: string;
  readonly address?: string;
}

/** What a finished import says of itself. */
export type DatasetFacts = Pick<DatasetInfo, 'name' | 'kind' | 'source' | 'channels' | 'skipped' | 'tasks'> & {
  /** Wanted for the id; made unique. */
  readonly slug: string;
  readonly classes: readonly { readonly id: string; readonly name: string }[];
  readonly encoding: DatasetRecord['encoding'];
  readonly rawShape: DatasetRecord['rawShape'];
};

type WrittenPart = PartEntry & Pick<JournalRecord, 'imageSize'>;

/** Images of a class and split one after another, held back until they are worth a part. */
interface Buffer {
  readonly classId: string;
  readonly split: Split;
  readonly names: string[];
  readonly tags: number[];
  /** Of the images in `bytes`. */
  readonly ends: number[];
  /** Of all its images, 0 × 0 where they differ. */
  imageSize: readonly [number, number];
  bytes: Uint8Array<ArrayBuffer>;
  sizeBytes: number;
}

const FIRST_BYTES = 64 * 1024;

const bufferKey = (classId: string, split: Split): string => `${split}/${classId}`;
const imageKey = (classId: string, split: Split, name: string, tag: number): string => `${split}/${classId}/${tag}/${name}`;

export class StoreWriter {
  readonly #store: ImageStore;
  readonly #storage: string;
  readonly #options: WriterOptions;
  /** What is stored, by part. */
  readonly #parts: WrittenPart[];
  /** Tags of what an interrupted run stored. */
  readonly #tags: readonly Uint32Array[];
  readonly #stored = new Set<string>();
  readonly #buffers = new Map<string, Buffer>();
  readonly #importedAt = new Date().toISOString();
  /** Once it is listed. */
  #id: string | null = null;
  #listedName = '';
  #buffered = 0;
  #nextSerial: number;

  private constructor(store: ImageStore, storage: string, options: WriterOptions, journal: readonly JournalRecord[]) {
    this.#store = store;
    this.#storage = storage;
    this.#options = options;
    this.#parts = journal.map(writtenPart);
    this.#tags = journal.map(({ tags }) => tags);
    this.#nextSerial = journal.reduce((next, record) => Math.max(next, record.serial + 1), 0);
    for (const { classId, split, names, tags } of journal) {
      names.forEach((name, k) => this.#stored.add(imageKey(classId, split, name, tags[k]!)));
    }
  }

  /** Goes on with an interrupted import of the same source, or begins one. The caller holds the import's lock. */
  static async open(store: ImageStore, options: WriterOptions): Promise<StoreWriter> {
    const { blobs } = store;
    const keys = (await blobs.keys()).filter((key) => key.startsWith(IMPORT_PREFIX));
    for (const key of keys.filter((k) => k === importKey(storageOf(k)))) {
      const value = await blobs.get(key);
      if (value === undefined || asImportRecord(value, key).fingerprint !== options.fingerprint) continue;
      const storage = storageOf(key);
      const own = keys.filter((k) => k.startsWith(`${importKey(storage)}/`));
      const journal = await Promise.all(own.map(async (k) => asJournalRecord(await blobs.get(k), k)));
      return new StoreWriter(store, storage, options, journal);
    }
    const storage = newStorageId();
    const record: ImportRecord = { version: 1, ...options, startedAt: new Date().toISOString() };
    await blobs.set(importKey(storage), record);
    return new StoreWriter(store, storage, options, []);
  }

  /** Images that an earlier, interrupted run has stored. */
  get storedCount(): number {
    return this.#parts.reduce((sum, part) => sum + part.count, 0);
  }

  /** Whether an interrupted run stored this image. */
  has(classId: string, split: Split, name: string, tag: number): boolean {
    return this.#stored.has(imageKey(classId, split, name, tag));
  }

  /** See `Stored`. */
  countTags(start: number, end: number): number {
    return this.#tags.reduce((sum, tags) => sum + tags.reduce((own, tag) => own + Number(tag >= start && tag < end), 0), 0);
  }

  /** Takes an image, copying its bytes. @throws LabError 'storage-full' */
  async add({ bytes, ...image }: ImageToStore): Promise<void> {
    const key = bufferKey(image.classId, image.split);
    let buffer = this.#buffers.get(key);
    if (!buffer) this.#buffers.set(key, (buffer = emptyBuffer(image)));
    append(buffer, bytes);
    if (image.name !== null) buffer.names.push(image.name);
    buffer.tags.push(image.tag);
    if (image.width !== buffer.imageSize[0] || image.height !== buffer.imageSize[1]) buffer.imageSize = [0, 0];
    this.#buffered += bytes.length;
    if (buffer.sizeBytes >= PART_BYTES) await this.#write(buffer);
    while (this.#buffered > BUFFERED_BYTES) {
      await this.#write([...this.#buffers.values()].reduce((a, b) => (b.sizeBytes > a.sizeBytes ? b : a)));
    }
  }

  /** Writes what is held back of one class and split, or of all. */
  async flush(classId?: string, split?: Split): Promise<void> {
    const wanted = [...this.#buffers.values()].filter(
      (buffer) => (classId === undefined || buffer.classId === classId) && (split === undefined || buffer.split === split),
    );
    for (const buffer of wanted) await this.#write(buffer);
  }

  async #write(buffer: Buffer): Promise<void> {
    this.#buffers.delete(bufferKey(buffer.classId, buffer.split));
    this.#buffered -= buffer.sizeBytes;
    const { classId, split, names, sizeBytes, imageSize } = buffer;
    // A store clones the whole buffer behind a view.
    const bytes = buffer.bytes.slice(0, sizeBytes);
    freeBytes(buffer.bytes);
    const offsets = Uint32Array.from([0, ...buffer.ends]);
    const serial = this.#nextSerial++;
    const part: PartRecord = { bytes, offsets, names };
    const journal: JournalRecord = {
      classId, split, serial, count: buffer.ends.length, sizeBytes, names, imageSize,
      sha256: await sha256(bytes),
      tags: Uint32Array.from(buffer.tags),
    };
    await this.#store.blobs.setMany([
      [partKey(this.#storage, serial), part],
      [journalKey(this.#storage, serial), journal],
    ]);
    freeBytes(bytes);
    // Names and tags are in the store; kept here they would add up.
    this.#parts.push(writtenPart(journal));
  }

  /** Images stored of a class, so far. */
  count(classId: string, split: Split): number {
    return this.#parts.reduce((sum, part) => sum + (part.classId === classId && part.split === split ? part.count : 0), 0);
  }

  /**
   * Lists the dataset: from here on it is there. Parts of classes that `facts` does not have are deleted.
   * @param isWhole false where something of the source is missing, so that importing it again is not taken for a repetition
   */
  async finish(facts: DatasetFacts, isWhole: boolean): Promise<DatasetInfo> {
    const { blobs, locks } = this.#store;
    const wanted = new Set(facts.classes.map((c) => c.id));
    const dropped = this.#parts.filter((part) => !wanted.has(part.classId)).map((part) => partKey(this.#storage, part.serial));
    return locks.exclusive(CATALOGUE_LOCK, async () => {
      if (dropped.length > 0) await blobs.delete(dropped);
      const classes = facts.classes.map((c) => ({ ...c, trainCount: this.count(c.id, 'train'), testCount: this.count(c.id, 'test') }));
      const info = await this.#list(facts, classes, isWhole ? this.#options.fingerprint : '', null);
      await blobs.delete(this.#journalKeys());
      return info;
    });
  }

  /** Lists the dataset while it is still arriving, or brings its list up to date; `expected` are the classes that will be there, `arrived` those that are. */
  async announce(facts: DatasetFacts, expected: readonly ClassInfo[], arrived: readonly string[]): Promise<DatasetInfo> {
    return this.#store.locks.exclusive(CATALOGUE_LOCK, () => this.#list(facts, expected, '', arrived));
  }

  /** Takes a dataset that was announced off the list again. What is stored of it stays. */
  async withdraw(): Promise<void> {
    if (this.#id !== null) await this.#store.blobs.delete([datasetKey(this.#id)]);
    this.#id = null;
  }

  async #list(facts: DatasetFacts, classes: readonly ClassInfo[], fingerprint: string, arrived: readonly string[] | null): Promise<DatasetInfo> {
    const { blobs } = this.#store;
    const wanted = new Set(classes.map((c) => c.id));
    const parts = this.#parts.filter((part) => wanted.has(part.classId)).sort((a, b) => a.serial - b.serial);
    const { slug, encoding, rawShape, ...rest } = facts;
    const id = this.#id ?? uniqueId(slug, await blobs.keys());
    const listed = this.#id === null ? undefined : await blobs.get(datasetKey(id));
    const givenName = listed === undefined ? this.#listedName : asDatasetRecord(listed, datasetKey(id)).info.name;
    const info: DatasetInfo = {
      ...rest,
      // A name that was given while it arrived stays.
      name: givenName === this.#listedName ? rest.name : givenName,
      id,
      imageSize: commonSide(parts) ?? DEFAULT_SIDE,
      // What is still to come may differ.
      ...(arrived === null && commonSide(parts) !== null ? { uniform: true as const } : {}),
      classes,
      sizeBytes: parts.reduce((sum, part) => sum + part.sizeBytes, 0),
      importedAt: this.#importedAt,
      ...(arrived ? { arriving: true } : {}),
    };
    const record: DatasetRecord = {
      version: 1,
      info,
      storage: this.#storage,
      fingerprint,
      encoding,
      rawShape,
      ...(arrived ? { arrived } : {}),
      parts: parts.map(
        (part): PartEntry => ({ classId: part.classId, split: part.split, serial: part.serial, count: part.count, sizeBytes: part.sizeBytes, sha256: part.sha256 }),
      ),
    };
    await blobs.set(datasetKey(id), record);
    this.#id = id;
    this.#listedName = info.name;
    return info;
  }

  /** Takes everything back, as if the import had never begun. */
  async abandon(): Promise<void> {
    this.#buffers.clear();
    const { blobs } = this.#store;
    await this.withdraw();
    const parts = (await blobs.keys()).filter((key) => key.startsWith(`${IMAGES_PREFIX}${this.#storage}/`));
    await blobs.delete([...parts, ...this.#journalKeys()]);
  }

  #journalKeys(): string[] {
    return [importKey(this.#storage), ...this.#parts.map((part) => journalKey(this.#storage, part.serial))];
  }
}

function emptyBuffer({ classId, split, width, height }: Omit<ImageToStore, 'bytes'>): Buffer {
  return { classId, split, names: [], tags: [], ends: [], imageSize: [width, height], bytes: new Uint8Array(FIRST_BYTES), sizeBytes: 0 };
}

function append(buffer: Buffer, bytes: Uint8Array): void {
  const end = buffer.sizeBytes + bytes.length;
  if (end > buffer.bytes.length) {
    const grown = new Uint8Array(Math.max(end, 2 * buffer.bytes.length));
    grown.set(buffer.bytes.subarray(0, buffer.sizeBytes));
    freeBytes(buffer.bytes);
    buffer.bytes = grown;
  }
  buffer.bytes.set(bytes, buffer.sizeBytes);
  buffer.sizeBytes = end;
  buffer.ends.push(end);
}

function writtenPart({ classId, split, serial, count, sizeBytes, sha256: digest, imageSize }: JournalRecord): WrittenPart {
  return { classId, split, serial, count, sizeBytes, sha256: digest, imageSize };
}

/** What images that differ are fitted to by default. */
const DEFAULT_SIDE = 64;

/** Side of the images where all are squares of one size. */
function commonSide(parts: readonly WrittenPart[]): number | null {
  const [width, height] = parts[0]?.imageSize ?? [0, 0];
  const agree = width > 0 && width === height && parts.every((part) => part.imageSize[0] === width && part.imageSize[1] === height);
  return agree ? width : null;
}

/** `slug`, or `slug-2` … where that is taken. Ids go into links and keys, so only plain letters are kept. */
function uniqueId(slug: string, keys: readonly string[]): string {
  const base = slug.toLowerCase().normalize('NFKD').replace(/[^a-z0-9]+/g, '-').replace(/^-+|-+$/g, '').slice(0, 40) || 'images';
  for (let n = 1; n < 10_000; n++) {
    const id = n === 1 ? base : `${base}-${n}`;
    if (id !== 'builtin' && !keys.includes(datasetKey(id))) return id;
  }
  throw new LabError('storage-failed', `There are too many datasets called “${base}”.`, 'Delete some of them.');
}

/** Unique among all tabs and processes. */
function newStorageId(): string {
  const random = crypto.getRandomValues(new Uint32Array(3));
  return Array.from(random, (word) => word.toString(36).padStart(7, '0')).join('');
}
