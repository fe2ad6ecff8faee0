/** What files' paths say about the images in them. */
import type { Split } from '../types.ts';
import type { ImageSource } from './image-source.ts';
import { stepsOf } from './paths.ts';

/** Files by number. An archive makes their paths up when asked: a hundred thousand strings would take megabytes. */
export interface PathList {
  readonly length: number;
  /** With slashes, relative to the archive or the dropped folder. */
  path(index: number): string;
  /** As the person knows it, for reports. */
  name(index: number): string;
}

export interface Labels extends Pick<ImageSource, 'kind' | 'slug' | 'name' | 'finalName' | 'classes' | 'ignored' | 'faults'> {
  readonly images: LabelledImages;
}

/** The files that are images, with class and split, ten bytes each. */
export class LabelledImages {
  readonly #paths: PathList;
  #files: Uint32Array;
  /** 2 · number of the class, and 1 more for a test image. */
  #groups: Uint32Array;
  /** Where in the file's path the image's own name begins. */
  #nameStarts: Uint16Array;
  readonly #classIds: string[] = [];
  readonly #numbers = new Map<string, number>();
  #length = 0;

  constructor(paths: PathList) {
    this.#paths = paths;
    this.#files = new Uint32Array(paths.length);
    this.#groups = new Uint32Array(paths.length);
    this.#nameStarts = new Uint16Array(paths.length);
  }

  get length(): number {
    return this.#length;
  }

  /** In the order in which they were met; the classes' numbers count through them. */
  get classIds(): readonly string[] {
    return this.#classIds;
  }

  /** @param nameStart where in the file's path the image's own name begins, which must be unique in its class and split */
  add(file: number, classId: string, split: Split, nameStart: number): void {
    let number = this.#numbers.get(classId);
    if (number === undefined) {
      number = this.#classIds.push(classId) - 1;
      this.#numbers.set(classId, number);
    }
    const k = this.#length++;
    this.#files[k] = file;
    this.#groups[k] = 2 * number + Number(split === 'test');
    this.#nameStarts[k] = nameStart;
  }

  /** Which of the files image `k` is. */
  file(k: number): number {
    return this.#files[k]!;
  }

  /** A number for its class and split together. */
  group(k: number): number {
    return this.#groups[k]!;
  }

  classId(k: number): string {
    return this.#classIds[this.#groups[k]! >> 1]!;
  }

  split(k: number): Split {
    return this.#groups[k]! & 1 ? 'test' : 'train';
  }

  imageName(k: number): string {
    return stepsOf(this.#paths.path(this.#files[k]!).slice(this.#nameStarts[k])).join('/');
  }

  holdOut(k: number): void {
    this.#groups[k]! |= 1;
  }

  /** Brings image `order[k]` to place k, for all k. */
  arrange(order: Uint32Array): void {
    this.#files = order.map((k) => this.#files[k]!);
    this.#groups = order.map((k) => this.#groups[k]!);
    this.#nameStarts = Uint16Array.from(order, (k) => this.#nameStarts[k]!);
  }
}

const HOLD_OUT_EVERY = 6;

/**
 * Whether image `k` of a class's `count` is a test image where the source has no test set of its own: every sixth, or the last where
 * there are fewer than six (but more than one). Deterministic, so that the same source gives the same split everywhere.
 */
export function isHeldOut(k: number, count: number): boolean {
  return count < HOLD_OUT_EVERY ? k > 0 && k === count - 1 : k % HOLD_OUT_EVERY === HOLD_OUT_EVERY - 1;
}
