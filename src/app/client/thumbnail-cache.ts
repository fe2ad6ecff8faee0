/** Thumbnails that were asked for once, so that the list of tasks can redraw freely. */
import type { LabApi, Thumbnail } from '../../core/protocol.ts';

const MOST = 600;

export class ThumbnailCache {
  readonly #api: LabApi;
  readonly #found = new Map<string, Promise<readonly Thumbnail[]>>();

  constructor(api: LabApi) {
    this.#api = api;
  }

  /** @returns the first `count` training images of a class; rejects as {@link LabApi.thumbnails} */
  get(dataset: string, classId: string, count: number, size: number): Promise<readonly Thumbnail[]> {
    const key = `${dataset}\u0000${classId}\u0000${count}\u0000${size}`;
    const known = this.#found.get(key);
    if (known) return known;
    const asked = this.#api.thumbnails(dataset, classId, count, size);
    this.#found.set(key, asked);
    // A failure is not remembered: the data may be there next time.
    asked.catch(() => this.#found.delete(key));
    if (this.#found.size > MOST) this.#found.delete(this.#found.keys().next().value!);
    return asked;
  }
}
