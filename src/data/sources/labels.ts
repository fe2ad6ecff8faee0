/** What files' paths say about the images in them. */
import type { Split } from '../types.ts';
import type { ImageSource } from './image-source.ts';

export interface PathItem {
  /** With slashes, relative to the archive or the dropped folder. */
  readonly path: string;
  /** As the person knows it, for reports. */
  readonly name: string;
}

export interface Labelled<T> {
  readonly item: T;
  readonly classId: string;
  readonly split: Split;
  /** Of the stored image: unique in its class and split. */
  readonly imageName: string;
}

export interface Labels<T> extends Pick<ImageSource, 'kind' | 'slug' | 'name' | 'finalName' | 'classes' | 'ignored' | 'faults'> {
  readonly labelled: readonly Labelled<T>[];
}

const HOLD_OUT_EVERY = 6;

/**
 * Whether image `k` of a class's `count` is a test image where the source has no test set of its own: every sixth, or the last where
 * there are fewer than six (but more than one). Deterministic, so that the same source gives the same split everywhere.
 */
export function isHeldOut(k: number, count: number): boolean {
  return count < HOLD_OUT_EVERY ? k > 0 && k === count - 1 : k % HOLD_OUT_EVERY === HOLD_OUT_EVERY - 1;
}
