import type { PathList } from './labels.ts';

const EMPTY = 0xffffffff;

/**
 * Which paths of a list were met, at most sixteen bytes for each of the list: a set of strings takes a hundred. Open addressing over
 * FNV-1a, with a start of its own each time: names chosen to collide are harder to find, and cost time but nothing else.
 */
export class PathSet {
  readonly #paths: PathList;
  readonly #mask: number;
  /** Numbers of files, by the hash of their paths. */
  readonly #files: Uint32Array;
  readonly #start = crypto.getRandomValues(new Uint32Array(1))[0]!;

  constructor(paths: PathList) {
    this.#paths = paths;
    this.#mask = 2 ** Math.ceil(Math.log2(2 * paths.length + 1)) - 1;
    this.#files = new Uint32Array(this.#mask + 1).fill(EMPTY);
  }

  /** @returns false where a file of the same path is in it */
  add(file: number, path: string): boolean {
    for (let at = hash(path, this.#start) & this.#mask; ; at = (at + 1) & this.#mask) {
      const other = this.#files[at]!;
      if (other === EMPTY) {
        this.#files[at] = file;
        return true;
      }
      if (this.#paths.path(other) === path) return false;
    }
  }
}

function hash(text: string, start: number): number {
  let value = start;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  // The highest bits are the best mixed.
  return (value ^ (value >>> 15)) >>> 0;
}
