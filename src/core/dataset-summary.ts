/** What is told of stored datasets, of imports that wait to go on, and of classes and images in them. Plain data. */
import type { Thumbnail } from './protocol.ts';

export interface DatasetSummary {
  readonly id: string;
  readonly name: string;
  readonly kind: string;
  readonly source: string;
  readonly imageSize: number;
  readonly classCount: number;
  readonly trainCount: number;
  readonly testCount: number;
  readonly sizeBytes: number;
  readonly importedAt: string | null;
  readonly skippedCount: number;
  /** The tasks it was written in as shards, class ids per task; null for others. */
  readonly tasks: readonly (readonly string[])[] | null;
  /** It is still being imported: its first task can be trained on, later ones are waited for. */
  readonly arriving: boolean;
}

/** An import that a reload or a broken connection interrupted; the same source given again goes on with it. */
export interface UnfinishedImport {
  readonly id: string;
  readonly name: string;
  readonly source: string;
  readonly startedAt: string;
  readonly imagesStored: number;
  /** What to import again; null for files, which the person must give again. */
  readonly address: string | null;
}

export interface ClassSummary {
  readonly id: string;
  readonly name: string;
  readonly trainCount: number;
  readonly testCount: number;
}

/** A dataset looked into. */
export interface DatasetContents {
  readonly classes: readonly ClassSummary[];
  readonly skipped: number;
  /** At most 200 of them. */
  readonly skippedEntries: readonly { readonly name: string; readonly reason: string }[];
  /** Files that are no images and were passed over. */
  readonly ignored: number;
}

/** A stored image, fitted as a model's input is. */
export interface StoredImage {
  /** Of its file; empty where it had none. */
  readonly name: string;
  readonly image: Thumbnail;
}
