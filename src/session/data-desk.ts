/** Datasets as the page handles them: the built-in one and those that were imported, with progress and reports as events. */
import { toErrorData, LabError } from '../core/errors.ts';
import type { DatasetContents, DatasetSummary, StoredImage, UnfinishedImport } from '../core/dataset-summary.ts';
import type { LabEvent, Thumbnail } from '../core/protocol.ts';
import { addClasses, parseClassChoice } from '../data/class-choice.ts';
import { loadFirstImages } from '../data/image-set.ts';
import { importFiles, type GivenFile } from '../data/import-files.ts';
import type { ImportOptions, ImportReport } from '../data/import-images.ts';
import { DEFAULT_ADDRESS, importUrl } from '../data/import-url.ts';
import type { ImageStore } from '../data/image-store.ts';
import { BUILTIN_ID, builtinReader } from '../data/procedural.ts';
import type { DatasetInfo, DatasetReader, ImageDecoder, Split, StoredImages } from '../data/types.ts';
import type { Datasets } from './dataset-tasks.ts';
import { ImportControl } from './import-control.ts';
import { toRgba } from './task-report.ts';

/** What the host says of its storage. */
export interface StorageState {
  readonly usedBytes: number | null;
  readonly quotaBytes: number | null;
  /** It will not be evicted when room runs out. */
  readonly persistent: boolean;
}

export interface DeskPlatform {
  readonly images: ImageStore;
  readonly decoder: ImageDecoder;
  emit(event: LabEvent): void;
  storageState(): Promise<StorageState>;
  askToPersist(): Promise<unknown>;
}

export class DataDesk implements Datasets {
  private readonly platform: DeskPlatform;
  private readonly builtin = builtinReader();
  private importing: ImportControl | null = null;

  constructor(platform: DeskPlatform) {
    this.platform = platform;
  }

  async list(): Promise<readonly DatasetInfo[]> {
    return [this.builtin.info, ...(await this.platform.images.list())];
  }

  async reader(id: string): Promise<DatasetReader> {
    return id === BUILTIN_ID ? this.builtin : this.platform.images.reader(id);
  }

  /** Sends the catalogue. */
  async announce(): Promise<void> {
    const [quota, datasets, unfinished] = await Promise.all([this.platform.storageState(), this.list(), this.unfinished()]);
    this.platform.emit({ kind: 'datasets', datasets: datasets.map(summary), unfinished, ...quota });
  }

  /**
   * @param classes of Parquet, how many of the first or which (`parseClassChoice`); all unless given
   * @returns the dataset, or null where nothing came of it: cancelled, refused (as an event), or waiting for more files
   */
  async importFiles(files: readonly GivenFile[], name: string | null, classes = ''): Promise<DatasetInfo | null> {
    const more = { classes: parseClassChoice(classes), ...(name === null ? {} : { name }) };
    return this.import(async (options) => importFiles(files, this.platform.images, { ...options, ...more }));
  }

  /**
   * Streams a dataset from one or several addresses; nothing given stands for the hub's Tiny-ImageNet. One that comes task by task is
   * on the list as soon as its first task is there.
   * @param classes as {@link importFiles}
   * @returns as {@link importFiles}
   */
  async importUrl(text: string, classes = ''): Promise<DatasetInfo | null> {
    const address = addClasses(text.trim() === '' ? DEFAULT_ADDRESS : text.trim(), classes);
    return this.import(async (options) => importUrl(address, this.platform.images, options));
  }

  /** Removes what imports left behind that nobody goes on with. */
  async cleanUp(): Promise<void> {
    await this.platform.images.cleanUp();
  }

  cancel(): void {
    this.importing?.cancel();
  }

  pause(): void {
    this.importing?.pause();
  }

  resume(): void {
    this.importing?.resume();
  }

  /** Drops what an interrupted import stored; one that runs is left alone. */
  async discard(unfinished: string): Promise<void> {
    await this.platform.images.discard(unfinished);
    await this.announce();
  }

  async delete(dataset: string): Promise<void> {
    if (dataset === BUILTIN_ID) throw new LabError('config-conflict', 'The built-in dataset takes no room and cannot be deleted.', 'Delete another.');
    // One that is arriving here is taken back by its import.
    if (this.importing?.listedDataset === dataset) return this.cancel();
    await this.platform.images.remove(dataset);
    await this.announce();
  }

  async rename(dataset: string, name: string): Promise<void> {
    await this.platform.images.rename(dataset, name);
    await this.announce();
  }

  async thumbnails(dataset: string, classId: string, count: number, size: number): Promise<readonly Thumbnail[]> {
    return (await this.classImages(dataset, classId, 'train', 0, count, size)).map(({ image }) => image);
  }

  /** @throws LabError 'data-missing' */
  async contents(dataset: string): Promise<DatasetContents> {
    const { classes, skipped } = (await this.reader(dataset)).info;
    return { classes, skipped: skipped.count, skippedEntries: skipped.entries, ignored: skipped.ignored };
  }

  /** Images of a class from number `from` on, decoded; those that do not decode are left out. @throws LabError 'data-missing' */
  async classImages(dataset: string, classId: string, split: Split, from: number, count: number, size: number): Promise<readonly StoredImage[]> {
    const reader = await this.reader(dataset);
    const all = await reader.readClass(classId, split, from + count);
    const images: StoredImages = { ...all, offsets: all.offsets.subarray(from), names: all.names.slice(from) };
    const shown = images.offsets.length - 1;
    if (shown <= 0) return [];
    const own = { id: classId, name: classId, trainCount: shown, testCount: shown };
    const part: DatasetReader = { info: { ...reader.info, classes: [own] }, readClass: async () => images };
    const set = await loadFirstImages([{ reader: part, classId }], shown, { size, channels: 3, decoder: this.platform.decoder });
    const area = size * size * 3;
    const bytes = new Uint8Array(set.length * area);
    await set.gather(Array.from({ length: set.length }, (_, k) => k), bytes);
    return Array.from({ length: set.length }, (_, k) => ({
      name: images.names[set.locate(k).position] ?? '',
      image: { width: size, height: size, rgba: toRgba(bytes.subarray(k * area, (k + 1) * area), 3) },
    }));
  }

  private async unfinished(): Promise<UnfinishedImport[]> {
    return (await this.platform.images.interrupted()).map(({ storage, name, source, startedAt, imagesStored, address }) => ({ id: storage, name, source, startedAt, imagesStored, address }));
  }

  private async freeBytes(): Promise<number | null> {
    const { usedBytes, quotaBytes } = await this.platform.storageState();
    return usedBytes === null || quotaBytes === null ? null : Math.max(0, quotaBytes - usedBytes);
  }

  /** Runs one import at a time, with its progress, report or failure as events. Cancelling is no failure. */
  private async import(work: (options: ImportOptions & { readonly signal: AbortSignal }) => Promise<ImportReport>): Promise<DatasetInfo | null> {
    if (this.importing) throw new LabError('run-state', 'Another import is running.', 'Wait for it, or cancel it.');
    const control = new ImportControl({
      freeBytes: () => this.freeBytes(),
      emit: (event) => this.platform.emit(event),
      onListed: (dataset) => {
        this.announce().then(
          () => this.platform.emit({ kind: 'import-listed', dataset }),
          (error: unknown) => this.platform.emit({ kind: 'error', error: toErrorData(error) }),
        );
      },
    });
    this.importing = control;
    try {
      await this.platform.askToPersist();
      const report = await work(control.options);
      await this.announce();
      for (const text of notes(report)) this.platform.emit({ kind: 'notice', text });
      if (report.dataset) this.platform.emit(doneEvent(report.dataset, report.elapsedMs));
      else this.platform.emit({ kind: 'import-failed', error: null });
      if (report.incomplete) this.platform.emit({ kind: 'error', error: report.incomplete });
      return report.dataset;
    } catch (error) {
      this.platform.emit({ kind: 'import-failed', error: control.cancelled ? null : toErrorData(error) });
      // What arrived may be gone on with, and what was on the list while it arrived is on it no more.
      await this.announce();
      return null;
    } finally {
      this.importing = null;
    }
  }
}

function summary(info: DatasetInfo): DatasetSummary {
  const { id, name, kind, source, imageSize, classes, sizeBytes, importedAt, skipped, tasks, arriving } = info;
  return {
    id, name, kind, source, imageSize, sizeBytes,
    classCount: classes.length,
    trainCount: classes.reduce((sum, { trainCount }) => sum + trainCount, 0),
    testCount: classes.reduce((sum, { testCount }) => sum + testCount, 0),
    importedAt: importedAt ?? null,
    skippedCount: skipped.count,
    tasks: tasks ?? null,
    arriving: arriving ?? false,
  };
}

function doneEvent(info: DatasetInfo, elapsedMs: number): LabEvent {
  const { id, name, classCount, trainCount, testCount } = summary(info);
  const { ignored, count, entries } = info.skipped;
  return { kind: 'import-done', dataset: id, name, classCount, trainCount, testCount, ignored, skipped: count, skippedEntries: entries, elapsedMs };
}

function notes({ dataset, alreadyStored, resumedImages, note }: ImportReport): string[] {
  return [
    ...(alreadyStored && dataset ? [`“${dataset.name}” was imported before; nothing had to be done.`] : []),
    ...(resumedImages > 0 ? [`Went on from an interrupted import: ${resumedImages} images were there already.`] : []),
    ...(note === null ? [] : [note]),
  ];
}
