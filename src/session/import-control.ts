/** One import at a time: paused, resumed and cancelled from outside, with its progress and the room that is left as events. */
import type { LabEvent } from '../core/protocol.ts';
import type { ImportOptions } from '../data/import-images.ts';
import type { ImportProgress } from '../data/types.ts';

/** Milliseconds between two looks at the room that is left. */
const LOOK_EVERY_MS = 1000;

export interface ImportHost {
  emit(event: LabEvent): void;
  /** Told when the first task of what is imported is there. */
  onListed(dataset: string): void;
  /** Bytes that can still be stored; null where the platform does not say. */
  freeBytes(): Promise<number | null>;
}

export class ImportControl {
  private readonly host: ImportHost;
  private readonly controller = new AbortController();
  private pausing: { readonly until: Promise<void>; readonly end: () => void } | null = null;
  private last: ImportProgress | null = null;
  private freeBytes: number | null = null;
  private lookedAt = -Infinity;
  /** The dataset that is on the list while it arrives. */
  private listed: string | null = null;

  constructor(host: ImportHost) {
    this.host = host;
    this.look();
  }

  get options(): ImportOptions & { readonly signal: AbortSignal } {
    return {
      signal: this.controller.signal,
      whilePaused: () => this.pausing?.until ?? Promise.resolve(),
      onProgress: (progress) => {
        this.last = progress;
        this.look();
        this.say();
      },
      onListed: ({ id }) => {
        this.listed = id;
        this.host.onListed(id);
      },
    };
  }

  /** Whether it was cancelled. */
  get cancelled(): boolean {
    return this.controller.signal.aborted;
  }

  get listedDataset(): string | null {
    return this.listed;
  }

  /** From the next batch of images on. */
  pause(): void {
    if (this.pausing) return;
    let end: () => void = () => undefined;
    const until = new Promise<void>((resolve) => (end = resolve));
    this.pausing = { until, end };
    this.say();
  }

  resume(): void {
    this.pausing?.end();
    this.pausing = null;
    this.say();
  }

  cancel(): void {
    this.controller.abort();
    this.pausing?.end();
    this.pausing = null;
  }

  private look(): void {
    if (performance.now() - this.lookedAt < LOOK_EVERY_MS) return;
    this.lookedAt = performance.now();
    this.host.freeBytes().then(
      (bytes) => {
        this.freeBytes = bytes;
      },
      // What cannot be told is not shown; a store that is really full says so itself.
      () => {
        this.freeBytes = null;
      },
    );
  }

  private say(): void {
    if (!this.last) return;
    const { dataset, bytesDone, bytesTotal, imagesDone, imagesTotal, imagesPerSecond, etaMs, skipped } = this.last;
    this.host.emit({
      kind: 'import-progress', name: dataset, bytesDone, bytesTotal, imagesDone, imagesTotal, imagesPerSecond, etaMs, skipped,
      paused: this.pausing !== null, freeBytes: this.freeBytes,
    });
  }
}
