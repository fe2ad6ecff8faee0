/** Files as they are dropped on the page or named on the command line: what are they, and which source reads them? */
import { LabError } from '../core/errors.ts';
import { requireAllClasses } from './class-choice.ts';
import { describeContent, matches } from './file-kind.ts';
import { importImages, type ImportOptions, type ImportReport } from './import-images.ts';
import type { ImageStore } from './image-store.ts';
import { folderSource } from './sources/folder.ts';
import { isIdxFile, takeIdxFiles } from './sources/idx.ts';
import { baseName, isImageName, isLeftover } from './sources/paths.ts';
import { zipSource } from './sources/zip.ts';
import type { ByteSource } from './types.ts';

export interface GivenFile {
  /** Relative to what was dropped, or the file's name. */
  readonly path: string;
  readonly source: ByteSource;
}

const HEAD_BYTES = 600;

/**
 * Imports one dataset from files: a zip, MNIST's IDX files, Parquet files, or images in folders.
 * @throws LabError saying what the files are where they are none of these; see `importImages` for the rest
 */
export async function importFiles(files: readonly GivenFile[], store: ImageStore, options: ImportOptions = {}): Promise<ImportReport> {
  const given = files.filter(({ path }) => !isLeftover(path));
  if (given.length === 0) throw new LabError('file-format', 'No files were given.', 'Choose a zip, MNIST files, or a folder of images.');
  // A folder of a hundred thousand images is told by its names; only few files are opened to see what they are.
  const unclear = given.filter(({ path }) => !isImageName(path));
  const heads = unclear.length <= 16 ? await Promise.all(unclear.map(async (file) => ({ ...file, head: await file.source.slice(0, HEAD_BYTES) }))) : [];

  const idx = heads.filter(({ path, head }) => isIdxFile(path, head));
  const zips = heads.filter(({ path, head }) => matches(head, 'PK') || /\.zip$/i.test(path));
  if (zips.length > 1) {
    throw new LabError('file-format', `${zips.length} zip archives at once: ${zips.map(({ path }) => baseName(path)).join(', ')}.`, 'Import them one after another.');
  }
  const parquet = heads.filter(({ path, head }) => matches(head, 'PAR1') || /\.parquet$/i.test(path));
  if (parquet.length > 0 && parquet.length === given.length) {
    // The Parquet reader is only fetched where it is needed.
    const { parquetSource } = await import('./sources/parquet.ts');
    return importImages(store, await parquetSource(parquet.map(({ source }) => source), options.classes), options);
  }
  requireAllClasses(options.classes);
  if (idx.length > 0 && idx.length === given.length) return importIdx(idx, store, options);
  if (zips[0] && given.length === 1) return importImages(store, await zipSource(zips[0].source), options);

  const [only] = heads;
  if (only && given.length === 1) {
    const name = baseName(only.path);
    if (only.head.length === 0) throw new LabError('file-empty', `${name}: the file is empty.`, 'Download it again, or choose another file.');
    throw new LabError(
      'file-format',
      `${name}: this is ${describeContent(only.head)}, which the lab cannot import.`,
      'Choose tiny-imagenet-200.zip, MNIST’s IDX files, Parquet files, or a folder with one sub-folder of images a class.',
    );
  }
  return importImages(store, await folderSource(given), options);
}

async function importIdx(files: readonly GivenFile[], store: ImageStore, options: ImportOptions): Promise<ImportReport> {
  const startedMs = performance.now();
  const outcome = await takeIdxFiles(files.map(({ path, source }) => ({ ...source, name: path, slice: (a: number, b: number) => source.slice(a, b) })), store.blobs);
  if (outcome.kind === 'waiting') {
    return { dataset: null, alreadyStored: false, resumedImages: 0, incomplete: null, note: outcome.note, elapsedMs: performance.now() - startedMs };
  }
  const report = await importImages(store, outcome.source, options);
  if (outcome.pendingKeys.length > 0) await store.blobs.delete(outcome.pendingKeys);
  return report;
}
