/** What every source of images is turned into before it is imported. */
import type { ClassInfo, DatasetInfo, Split, StoredImages } from '../types.ts';

export interface SourceImage {
  readonly classId: string;
  readonly split: Split;
  /** Unique in its class and split, and the same whatever format the image came in; null where the source has no names. */
  readonly name: string | null;
  /** As the person finds it in the source, for reports. */
  readonly label: string;
  /** CRC-32, size or position: with the name, tells whether an interrupted import has stored it. */
  readonly tag: number;
  /** There until the next batch is asked for. */
  readonly bytes: Uint8Array;
}

/** Entries that could not be had, named as the source names them, with the reason in words that fit after the name. */
export interface Fault {
  readonly name: string;
  readonly reason: string;
}

export interface SourceBatch {
  readonly images: readonly SourceImage[];
  readonly faults: readonly Fault[];
  /** Classes and splits of which nothing more comes. */
  readonly finished: readonly { readonly classId: string; readonly split: Split }[];
  /** Of the source, so far. */
  readonly bytesDone: number;
}

/** What an interrupted import of the same source has stored. */
export interface Stored {
  has(classId: string, split: Split, name: string, tag: number): boolean;
  /** How many images with tags from `start` up to but without `end` are stored; for sources that number their images by tags. */
  countTags(start: number, end: number): number;
}

export interface ImageSource {
  readonly kind: DatasetInfo['kind'];
  /** For the dataset's id. */
  readonly slug: string;
  readonly name: string;
  /** The name where it depends on how many classes came. */
  readonly finalName?: (classCount: number) => string;
  /** File name or address. */
  readonly source: string;
  /** Different for different contents. */
  readonly fingerprint: string;
  readonly classes: readonly { readonly id: string; readonly name: string }[];
  /**
   * Of sources that come task by task and say beforehand what will come: the dataset is listed once the first task is complete, and can
   * be trained on while the others arrive.
   */
  readonly arriving?: { readonly classes: readonly ClassInfo[]; readonly tasks: readonly (readonly string[])[] };
  readonly channels: 1 | 3;
  readonly encoding: StoredImages['encoding'];
  readonly rawShape: readonly [number, number, number] | null;
  readonly bytesTotal: number;
  readonly imagesTotal: number | null;
  /** Entries that are no images and were passed over. */
  readonly ignored: number;
  /** Entries known to be bad before anything is read. */
  readonly faults: readonly Fault[];
  /**
   * The images, classes one after another as far as the format allows. What is `stored` is not read again, where the format allows.
   * @throws LabError as the format has it, or the signal's reason
   */
  read(stored: Stored, signal: AbortSignal | undefined): AsyncGenerator<SourceBatch>;
}
