/** What it takes to load the training or the test images of a task's classes, and what is refused while doing so. */
import { LabError } from '../core/errors.ts';
import type { Skips } from './skips.ts';
import type { DatasetReader, ImageDecoder, Split } from './types.ts';

/** A class of a task and where its images are read. */
export interface ClassSource {
  readonly reader: DatasetReader;
  readonly classId: string;
}

export interface LoadOptions {
  /** Width and height the model takes. */
  readonly size: number;
  /** Channels the model takes: grey becomes three equal ones, colour becomes luma. */
  readonly channels: 1 | 3;
  /** Images that all are smaller squares of one size may stay so: whoever asked enlarges them on the device. */
  readonly mayStaySmall?: boolean;
  readonly decoder: ImageDecoder;
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
  /** For training and test images each; 512 MB unless given. */
  readonly capBytes?: number;
}

/** One split of a task's classes. */
export interface SplitLoad {
  readonly classes: readonly ClassSource[];
  readonly split: Split;
  readonly options: LoadOptions;
  readonly skipped: Skips;
  /** Told how many more images have been dealt with. */
  onImages(count: number): void;
}

/** @param index as somebody asked for it, of `length` images */
export function checked(index: number | undefined, length: number): number {
  if (index === undefined || !(index >= 0 && index < length)) throw new Error(`image ${index} of ${length}`);
  return index;
}

/** Classes of a dataset that is still arriving may take long. */
export function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return work;
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(signal.reason as Error);
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}

/** @throws LabError 'class-too-small' where none of a class's images can be used */
export function requireImages(source: ClassSource, split: Split, stored: number, usable: number): void {
  if (usable > 0) return;
  if (stored > 0) throw noneDecodable(source, split, stored);
  const { reader, classId } = source;
  throw new LabError('class-too-small', `Class “${classId}” of “${reader.info.name}” has no ${splitName(split)} images.`, LEAVE_OUT);
}

const LEAVE_OUT = 'Leave the class out by splitting by hand, or import its images again.';
const splitName = (split: Split): string => (split === 'train' ? 'training' : 'test');

export function noneDecodable({ reader, classId }: ClassSource, split: Split, stored: number): LabError {
  return new LabError('class-too-small', `None of the ${stored} ${splitName(split)} images of class “${classId}” of “${reader.info.name}” can be decoded.`, LEAVE_OUT);
}
