import type { LabError } from '../core/errors.ts';
import type { ClassSource } from './split-load.ts';
import type { SkipReport, Split, StoredImages } from './types.ts';

const MAX_SKIP_ENTRIES = 200;

/** Undecodable images, each counted once. */
export class Skips {
  /** By place: images of different splits or datasets may share a name. */
  readonly #entries = new Map<string, { readonly name: string; readonly reason: string }>();

  add({ reader, classId }: ClassSource, split: Split, images: StoredImages, position: number, error: LabError): void {
    const name = images.names[position] ?? `${reader.info.name}, ${classId}, ${split} image ${position + 1}`;
    this.#entries.set(JSON.stringify([reader.info.id, classId, split, position]), { name, reason: error.message });
  }

  report(): SkipReport {
    return { count: this.#entries.size, ignored: 0, entries: [...this.#entries.values()].slice(0, MAX_SKIP_ENTRIES) };
  }
}
