import type { ClassSource } from './split-load.ts';
import type { Split, StoredImages } from './types.ts';

/** Stored images by class, the most recently used of them kept as far as they fit under a cap. */
export class StoredClasses {
  readonly #classes: readonly ClassSource[];
  readonly #split: Split;
  readonly #cap: number;
  readonly #kept = new Map<number, StoredImages>();
  #keptBytes = 0;

  constructor(classes: readonly ClassSource[], split: Split, cap: number) {
    this.#classes = classes;
    this.#split = split;
    this.#cap = cap;
  }

  async get(label: number): Promise<StoredImages> {
    const { reader, classId } = this.#classes[label]!;
    const found = this.#kept.get(label) ?? (await reader.readClass(classId, this.#split));
    // Asked for again meanwhile, it may be there by now.
    if (!this.#kept.delete(label)) this.#keptBytes += found.bytes.length;
    this.#kept.set(label, found);
    for (const [oldest, images] of this.#kept) {
      if (this.#keptBytes <= this.#cap || this.#kept.size === 1) break;
      this.#kept.delete(oldest);
      this.#keptBytes -= images.bytes.length;
    }
    return found;
  }
}
