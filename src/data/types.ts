/**
 * What the session asks of data, and what data asks of a platform. Everything here is an interface: sources
 * (built-in, zip, Parquet, IDX, folder) fill one store, and the session sees only tasks made of image sets.
 */
import type { LabError } from '../core/errors.ts';

/** 'train' is learned from; 'test' (Tiny-ImageNet's validation images) only measured on. */
export type Split = 'train' | 'test';

/** One class of a dataset. `id` is stable (a wnid, 'striped-heart', '7'); `name` is for people. */
export interface ClassInfo {
  readonly id: string;
  readonly name: string;
  readonly trainCount: number;
  readonly testCount: number;
}

/** A stored dataset, as the catalogue lists it. */
export interface DatasetInfo {
  /** 'builtin', or the id it was stored under. */
  readonly id: string;
  readonly name: string;
  readonly kind: 'builtin' | 'tiny-imagenet' | 'mnist' | 'folder' | 'parquet' | 'shards';
  /** File name or address it came from. */
  readonly source: string;
  /** Native size of its images where all agree, else the size they are fitted to by default. */
  readonly imageSize: number;
  /** Every image is a square of `imageSize`; absent where that is not so, or not known. */
  readonly uniform?: true;
  readonly channels: 1 | 3;
  readonly classes: readonly ClassInfo[];
  readonly sizeBytes: number;
  /** ISO 8601; absent for the built-in set. */
  readonly importedAt?: string;
  /** Entries skipped on import, named with reasons (capped list) and counted. */
  readonly skipped: SkipReport;
  /** The tasks it was cut into where it was written as shards: class ids per task. */
  readonly tasks?: readonly (readonly string[])[];
  /** It is still being imported: `classes` says what will be there, and reading a class waits until it is. */
  readonly arriving?: boolean;
}

export interface SkipReport {
  readonly count: number;
  readonly ignored: number;
  /** At most 200 entries; `count` says how many there were. */
  readonly entries: readonly { readonly name: string; readonly reason: string }[];
}

/**
 * The images of one class and split as stored: original compressed bytes, or raw pixels where the source had none
 * compressed (MNIST, built-in). Image k is bytes[offsets[k] … offsets[k+1]).
 */
export interface StoredImages {
  readonly encoding: 'compressed' | 'raw-u8';
  /** Of raw pixels, HWC. */
  readonly rawShape?: readonly [height: number, width: number, channels: number];
  readonly bytes: Uint8Array;
  /** length + 1 entries. */
  readonly offsets: Uint32Array;
  /** Original file names, for reports; may be empty. */
  readonly names: readonly string[];
}

/** Reads a dataset, whatever stored it. */
export interface DatasetReader {
  readonly info: DatasetInfo;
  /**
   * Images of one class; with `limit`, a reader may stop after so many (thumbnails).
   * @throws LabError 'data-missing' naming dataset and class, 'data-mismatch' where the sha256 differs.
   */
  readClass(classId: string, split: Split, limit?: number): Promise<StoredImages>;
}

/** Images decoded to one size, addressable by index; pixels as bytes. What batches are gathered from. */
export interface ImageSet {
  readonly length: number;
  /** [height, width, channels] of every image: squares of the model's input size, or smaller ones that the device enlarges. */
  readonly shape: readonly [number, number, number];
  /** Class index inside the task, per image. */
  readonly labels: Uint16Array;
  /** Copies images `indices` one after another (HWC) into `out` (indices.length · H·W·C bytes). May decode on the fly. */
  gather(indices: ArrayLike<number>, out: Uint8Array): void | Promise<void>;
  /** The k-th image's label in the catalogue: class id and position inside the class, so that the screen can name it. */
  locate(index: number): { readonly classId: string; readonly split: Split; readonly position: number };
}

/** One task: some classes, their training and test images. Class index = position in `classes`. */
export interface TaskData {
  readonly classes: readonly ClassInfo[];
  readonly train: ImageSet;
  readonly test: ImageSet;
  /** Stored images that could not be decoded and are therefore in neither set; absent where none was found. */
  readonly skipped?: SkipReport;
}

/** Decoded pixels of one image: RGB, HWC bytes. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly rgb: Uint8Array;
}

/**
 * Decodes compressed images as browsers draw them (EXIF rotation, greyscale → three equal channels, transparency on black)
 * and fits them to `size` × `size`: shorter side resized to `size` (only where it differs), then centre crop.
 */
export interface ImageDecoder {
  /** @throws LabError 'image-invalid' saying what is wrong with the bytes. */
  decode(bytes: Uint8Array, size: number): Promise<Pixels>;
  /**
   * Many at once where that is faster: image k's size · size · 3 bytes go to `out` from k · size · size · 3 on. Never rejects for
   * an image's sake: the result has, per image, null or the error {@link decode} would have thrown.
   */
  decodeMany?(images: readonly Uint8Array[], size: number, out: Uint8Array): Promise<readonly (LabError | null)[]>;
}

/** Keys to values, durable. IndexedDB through idb-keyval in the browser, files in Node, a map in tests. */
export interface BlobStore {
  get(key: string): Promise<unknown>;
  /** @throws LabError 'storage-full' with how much is missing where the quota refuses. Stored values are structured-clone data. */
  set(key: string, value: unknown): Promise<void>;
  /** All or nothing. */
  setMany(entries: readonly (readonly [string, unknown])[]): Promise<void>;
  delete(keys: readonly string[]): Promise<void>;
  keys(): Promise<string[]>;
}

/** Anything bytes can be read from at random: a File, a node file, a URL with range requests, memory. */
export interface ByteSource {
  /** As the person knows it: file name or address. */
  readonly name: string;
  readonly size: number;
  /** Bytes [start, end); shorter only at the end. */
  slice(start: number, end: number): Promise<Uint8Array>;
  /** Takes back what {@link slice} gave, which is not looked at any more; where it is missing, the garbage collector does. */
  release?(bytes: Uint8Array): void;
}

export interface ImportProgress {
  readonly dataset: string;
  readonly phase: 'reading' | 'checking' | 'storing';
  readonly bytesDone: number;
  readonly bytesTotal: number;
  readonly imagesDone: number;
  readonly imagesTotal: number | null;
  readonly imagesPerSecond: number;
  readonly etaMs: number | null;
  readonly skipped: number;
}
