/** Datasets as the page handles them: the built-in one and those that were imported, with progress and reports as events. */
import { toErrorData, LabError } from '../core/errors.ts';
import type { DatasetSummary, LabEvent, Thumbnail } from '../core/protocol.ts';
import { loadTask } from '../data/image-set.ts';
import { importFiles, type GivenFile } from '../data/import-files.ts';
import type { ImportReport } from '../data/import-images.ts';
import { DEFAULT_ADDRESS, importUrl } from '../data/import-url.ts';
import type { ImageStore } from '../data/image-store.ts';
import { BUILTIN_ID, builtinReader } from '../data/procedural.ts';
import type { DatasetInfo, DatasetReader, ImageDecoder, ImportProgress } from '../data/types.ts';
import type { Datasets } from './dataset-tasks.ts';
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
  private importing: AbortController | null = null;

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
    const quota = await this.platform.storageState();
    this.platform.emit({ kind: 'datasets', datasets: (await this.list()).map(summary), ...quota });
  }

  /** @returns the dataset, or null where nothing came of it: cancelled, refused (as an event), or waiting for more files */
  async importFiles(files: readonly GivenFile[], name: string | null): Promise<DatasetInfo | null> {
    return this.import(async (options) => importFiles(files, this.platform.images, name === null ? options : { ...options, name }));
  }

  /**
   * Streams a dataset from one or several addresses; nothing given stands for the hub's Tiny-ImageNet. One that comes task by task is
   * on the list as soon as its first task is there.
   * @returns as {@link importFiles}
   */
  async importUrl(text: string): Promise<DatasetInfo | null> {
    const onListed = (): void => {
      this.announce().catch((error: unknown) => this.platform.emit({ kind: 'error', error: toErrorData(error) }));
    };
    return this.import(async (options) => importUrl(text.trim() === '' ? DEFAULT_ADDRESS : text, this.platform.images, { ...options, onListed }));
  }

  /** Removes what imports left behind that nobody goes on with. */
  async cleanUp(): Promise<void> {
    await this.platform.images.cleanUp();
  }

  cancel(): void {
    this.importing?.abort();
  }

  async delete(dataset: string): Promise<void> {
    if (dataset === BUILTIN_ID) throw new LabError('config-conflict', 'The built-in dataset takes no room and cannot be deleted.', 'Delete another.');
    await this.platform.images.remove(dataset);
    await this.announce();
  }

  async rename(dataset: string, name: string): Promise<void> {
    await this.platform.images.rename(dataset, name);
    await this.announce();
  }

  async thumbnails(dataset: string, classId: string, count: number, size: number): Promise<readonly Thumbnail[]> {
    const reader = await this.reader(dataset);
    const images = await reader.readClass(classId, 'train', count);
    const limited: DatasetReader = {
      info: { ...reader.info, classes: [{ id: classId, name: classId, trainCount: images.offsets.length - 1, testCount: images.offsets.length - 1 }] },
      readClass: async () => images,
    };
    const { train } = await loadTask([{ reader: limited, classId }], { size, channels: 3, decoder: this.platform.decoder });
    const shown = Math.min(count, train.length);
    const bytes = new Uint8Array(shown * size * size * 3);
    await train.gather(Array.from({ length: shown }, (_, k) => k), bytes);
    const area = size * size * 3;
    return Array.from({ length: shown }, (_, k) => ({ width: size, height: size, rgba: toRgba(bytes.subarray(k * area, (k + 1) * area), 3) }));
  }

  /** Runs one import at a time, with its progress, report or failure as events. Cancelling is no failure. */
  private async import(work: (options: { signal: AbortSignal; onProgress: (progress: ImportProgress) => void }) => Promise<ImportReport>): Promise<DatasetInfo | null> {
    if (this.importing) throw new LabError('run-state', 'Another import is running.', 'Wait for it, or cancel it.');
    const controller = new AbortController();
    this.importing = controller;
    try {
      await this.platform.askToPersist();
      const report = await work({ signal: controller.signal, onProgress: (progress) => this.platform.emit(progressEvent(progress)) });
      await this.announce();
      for (const text of notes(report)) this.platform.emit({ kind: 'notice', text });
      if (report.dataset) this.platform.emit(doneEvent(report.dataset, report.elapsedMs));
      else this.platform.emit({ kind: 'import-failed', error: null });
      if (report.incomplete) this.platform.emit({ kind: 'error', error: report.incomplete });
      return report.dataset;
    } catch (error) {
      this.platform.emit({ kind: 'import-failed', error: controller.signal.aborted ? null : toErrorData(error) });
      return null;
    } finally {
      this.importing = null;
    }
  }
}

function summary(info: DatasetInfo): DatasetSummary {
  const { id, name, kind, source, imageSize, classes, sizeBytes, importedAt, skipped } = info;
  return {
    id, name, kind, source, imageSize, sizeBytes,
    classCount: classes.length,
    trainCount: classes.reduce((sum, { trainCount }) => sum + trainCount, 0),
    testCount: classes.reduce((sum, { testCount }) => sum + testCount, 0),
    importedAt: importedAt ?? null,
    skippedCount: skipped.count,
  };
}

function progressEvent(progress: ImportProgress): LabEvent {
  const { dataset, bytesDone, bytesTotal, imagesDone, imagesTotal, imagesPerSecond, etaMs, skipped } = progress;
  return { kind: 'import-progress', name: dataset, bytesDone, bytesTotal, imagesDone, imagesTotal, imagesPerSecond, etaMs, skipped };
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
