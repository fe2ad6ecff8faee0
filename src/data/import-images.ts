/**
 * One import from beginning to end: reading, checking, storing, with progress; stopped, it leaves no trace; interrupted by a reload,
 * it goes on when the same source is given again.
 */
import { LabError, type LabErrorData } from '../core/errors.ts';
import type { ClassChoice } from './class-choice.ts';
import { inspectImage } from './image-format.ts';
import { importLock, type ImageStore } from './image-store.ts';
import type { Fault, ImageSource } from './sources/image-source.ts';
import { StoreWriter, type DatasetFacts } from './store-writer.ts';
import type { DatasetInfo, ImportProgress, SkipReport } from './types.ts';

export interface ImportOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: ImportProgress) => void;
  /** Instead of the source's own. */
  readonly name?: string;
  /** Kept with an interrupted import: what to import again. */
  readonly address?: string;
  /** Of Parquet: only these are read. */
  readonly classes?: ClassChoice | null;
  /** Told when a dataset that is still arriving can be trained on: its first task is there. */
  readonly onListed?: (dataset: DatasetInfo) => void;
  /** Awaited between batches: pending while the import is paused. */
  readonly whilePaused?: () => Promise<void>;
}

export interface ImportReport {
  /** As it is stored, with what was skipped; null where the files wait for others (MNIST images without their labels). */
  readonly dataset: DatasetInfo | null;
  /** The very same source had been imported before; nothing was done. */
  readonly alreadyStored: boolean;
  /** Images that an interrupted import of the same source had stored already. */
  readonly resumedImages: number;
  /** Why only complete classes up to some point were stored, where the room ran out. */
  readonly incomplete: LabErrorData | null;
  /** Something to tell besides, in a sentence. */
  readonly note: string | null;
  readonly elapsedMs: number;
}

const MAX_SKIP_ENTRIES = 200;

/**
 * @throws LabError of the source or 'storage-full' (fewer than two classes fitted), 'file-damaged' where no image could be stored, or the
 *   signal's reason. The store then is as it was before; only after 'network' the images that arrived stay, for going on later.
 */
export function importImages(store: ImageStore, source: ImageSource, options: ImportOptions = {}): Promise<ImportReport> {
  return store.locks.exclusive(importLock(source.fingerprint), async () => {
    const startedMs = performance.now();
    const known = await store.findByFingerprint(source.fingerprint);
    if (known) {
      return { dataset: known.info, alreadyStored: true, resumedImages: 0, incomplete: null, note: null, elapsedMs: performance.now() - startedMs };
    }
    const writer = await StoreWriter.open(store, {
      fingerprint: source.fingerprint, name: options.name ?? source.name, source: source.source,
      ...(options.address === undefined ? {} : { address: options.address }),
    });
    const run = new ImportRun(writer, source, options, startedMs);
    try {
      return await run.all();
    } catch (error) {
      if (error instanceof LabError && error.code === 'network') await writer.withdraw();
      else await writer.abandon();
      throw error;
    }
  });
}

class ImportRun {
  readonly #writer: StoreWriter;
  readonly #source: ImageSource;
  readonly #options: ImportOptions;
  readonly #startedMs: number;
  readonly #resumed: number;
  readonly #entries: Fault[] = [];
  #skipped = 0;
  #imagesDone: number;
  #bytesDone = 0;
  #bytesResumed: number | null = null;
  #isAnnounced = false;
  /** Not counted as time that the import took. */
  #pausedMs = 0;
  /** Splits finished and written, per class. */
  readonly #complete = new Map<string, number>();

  constructor(writer: StoreWriter, source: ImageSource, options: ImportOptions, startedMs: number) {
    this.#writer = writer;
    this.#source = source;
    this.#options = options;
    this.#startedMs = startedMs;
    this.#resumed = writer.storedCount;
    this.#imagesDone = this.#resumed;
    source.faults.forEach((fault) => this.#skip(fault));
  }

  async all(): Promise<ImportReport> {
    let incomplete: LabError | null = null;
    try {
      await this.#store();
    } catch (error) {
      if (!(error instanceof LabError && error.code === 'storage-full' && this.#completeClasses().length >= 2)) throw error;
      incomplete = error;
    }
    const classes = incomplete ? this.#completeClasses() : this.#usableClasses();
    if (classes.length === 0) throw this.#nothingStored();
    const facts = this.#facts(classes);
    const dataset = await this.#writer.finish(
      incomplete ? { ...facts, name: `${facts.name}, incomplete` } : facts,
      // Another copy of a file of which something could not be read may be whole.
      incomplete === null && this.#skipped === this.#source.faults.length,
    );
    return {
      dataset,
      alreadyStored: false,
      resumedImages: this.#resumed,
      incomplete: incomplete?.toData() ?? null,
      note: this.#missing(classes),
      elapsedMs: performance.now() - this.#startedMs,
    };
  }

  #facts(classes: ImageSource['classes']): DatasetFacts {
    const { kind, slug, source, channels, encoding, rawShape, finalName, arriving } = this.#source;
    return {
      kind, source, channels, encoding, rawShape,
      slug: this.#options.name ?? slug,
      name: this.#options.name ?? finalName?.(classes.length) ?? this.#source.name,
      classes: classes.map(({ id, name }) => ({ id, name })),
      skipped: this.#report(),
      ...(arriving ? { tasks: arriving.tasks } : {}),
    };
  }

  /** Of a source that says what will come: lists it once its first task is there, then class by class. */
  async #announce(): Promise<void> {
    const { arriving } = this.#source;
    const [first] = arriving?.tasks ?? [];
    if (!arriving || !first?.every((id) => this.#complete.get(id) === 2)) return;
    const arrived = arriving.classes.map(({ id }) => id).filter((id) => this.#complete.get(id) === 2);
    const dataset = await this.#writer.announce(this.#facts(arriving.classes), arriving.classes, arrived);
    if (!this.#isAnnounced) this.#options.onListed?.(dataset);
    this.#isAnnounced = true;
  }

  async #store(): Promise<void> {
    const { signal, whilePaused } = this.#options;
    const writer = this.#writer;
    this.#progress('reading');
    for await (const batch of this.#source.read(writer, signal)) {
      const heldMs = performance.now();
      await whilePaused?.();
      this.#pausedMs += performance.now() - heldMs;
      signal?.throwIfAborted();
      batch.faults.forEach((fault) => this.#skip(fault));
      for (const image of batch.images) {
        const facts = this.#source.encoding === 'compressed' ? inspectImage(image.bytes) : this.#rawFacts();
        if (typeof facts === 'string') this.#skip({ name: image.label, reason: facts });
        else {
          await writer.add({ ...image, width: facts.width, height: facts.height });
          this.#imagesDone++;
        }
      }
      for (const { classId, split } of batch.finished) {
        await writer.flush(classId, split);
        this.#complete.set(classId, (this.#complete.get(classId) ?? 0) + 1);
      }
      if (batch.finished.length > 0) await this.#announce();
      this.#bytesDone = batch.bytesDone;
      // What an interrupted run had done comes first and must not count as speed.
      this.#bytesResumed ??= batch.images.length + batch.faults.length === 0 ? batch.bytesDone : 0;
      this.#progress('reading');
    }
    await writer.flush();
    this.#progress('storing');
  }

  #rawFacts(): { width: number; height: number } {
    const [height, width] = this.#source.rawShape ?? [0, 0, 0];
    return { width, height };
  }

  #skip(fault: Fault): void {
    this.#skipped++;
    if (this.#entries.length < MAX_SKIP_ENTRIES) this.#entries.push(fault);
  }

  #report(): SkipReport {
    return { count: this.#skipped, ignored: this.#source.ignored, entries: this.#entries };
  }

  /** Those with training images: a class without any cannot be in a task, so that its test images are left out with it. */
  #usableClasses(): ImageSource['classes'] {
    return this.#source.classes.filter(({ id, name }) => {
      if (this.#writer.count(id, 'train') > 0) return true;
      for (let k = this.#writer.count(id, 'test'); k > 0; k--) {
        this.#skip({ name: `a test image of class ${name}`, reason: 'its class has no usable training images' });
      }
      return false;
    });
  }

  /** Of classes asked for by name, which there is nothing of. */
  #missing(classes: ImageSource['classes']): string | null {
    const { classes: choice } = this.#options;
    if (choice?.kind !== 'named') return null;
    const missing = choice.ids.filter((wanted) => !classes.some(({ id }) => id === wanted));
    return missing.length === 0 ? null : `${this.#source.source} has no training images of ${missing.join(', ')}.`;
  }

  #completeClasses(): ImageSource['classes'] {
    return this.#source.classes.filter(({ id }) => this.#complete.get(id) === 2 && this.#writer.count(id, 'train') > 0 && this.#writer.count(id, 'test') > 0);
  }

  #nothingStored(): LabError {
    const first = this.#entries[0];
    return new LabError(
      'file-damaged',
      `${this.#source.source}: none of its images could be used${first ? ` (${this.#skipped} skipped; the first, ${first.name}: ${first.reason})` : ''}.`,
      'Check that the file is what you wanted, or download it again.',
    );
  }

  #progress(phase: ImportProgress['phase']): void {
    const { imagesTotal, bytesTotal } = this.#source;
    const seconds = (performance.now() - this.#startedMs - this.#pausedMs) / 1000;
    const bytesRead = this.#bytesDone - (this.#bytesResumed ?? 0);
    const bytesLeft = bytesTotal - this.#bytesDone;
    this.#options.onProgress?.({
      dataset: this.#options.name ?? this.#source.name,
      phase,
      bytesDone: this.#bytesDone,
      bytesTotal,
      imagesDone: this.#imagesDone,
      imagesTotal,
      imagesPerSecond: seconds > 0 ? (this.#imagesDone - this.#resumed) / seconds : 0,
      etaMs: bytesRead > 0 ? (seconds * 1000 * bytesLeft) / bytesRead : null,
      skipped: this.#skipped,
    });
  }
}
