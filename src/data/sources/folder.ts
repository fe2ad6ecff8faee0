/** Dropped or picked files, with their paths, as a source: a Tiny-ImageNet folder, or any with one sub-folder a class. */
import { LabError } from '../../core/errors.ts';
import { sha256 } from '../sha256.ts';
import type { ByteSource, Split } from '../types.ts';
import { labelByFolders } from './class-folders.ts';
import type { Fault, ImageSource, SourceBatch, SourceImage, Stored } from './image-source.ts';
import type { LabelledImages } from './labels.ts';
import { isImageName } from './paths.ts';
import { labelTinyImageNet } from './tiny-imagenet.ts';

/** A photograph of a hundred million pixels fits. */
const MAX_FILE_BYTES = 64 * 1024 * 1024;
/** Files read side by side. */
const READ_BATCH = 64;

/** A file of a dropped folder; `path` is relative to what was dropped. */
export interface FolderFile {
  readonly path: string;
  readonly source: ByteSource;
}

interface LabelledFile extends FolderFile {
  readonly classId: string;
  readonly split: Split;
  readonly imageName: string;
}

/** @throws LabError 'file-format' where no image lies in a folder of its own class */
export async function folderSource(files: readonly FolderFile[]): Promise<ImageSource> {
  const paths = { length: files.length, path: (i: number) => files[i]!.path.replaceAll('\\', '/').replace(/^\.?\//, ''), name: (i: number) => files[i]!.path };
  const text = async (file: number): Promise<string> => new TextDecoder().decode(await files[file]!.source.slice(0, files[file]!.source.size));
  const labels = (await labelTinyImageNet(paths, text, 'The folder')) ?? labelByFolders(paths);
  if (!labels) {
    const images = files.filter(({ path }) => isImageName(path));
    throw new LabError(
      'file-format',
      images.length === 0
        ? `No images among ${files.length === 1 ? files[0]!.path : `the ${files.length} files (first: ${files[0]?.path})`}.`
        : `${images[0]!.path}${images.length > 1 ? ` and ${images.length - 1} more images are` : ' is'} in no class folder.`,
      'A folder of images has one sub-folder a class, with JPEG, PNG, WebP or GIF files in it.',
    );
  }
  const { images: labelled, ...parts } = labels;
  const ordered = inOrder(files, labelled);
  const listing = ordered.map((image) => `${image.split}/${image.classId}/${image.imageName}:${image.source.size}`).join('\n');
  return {
    ...parts,
    source: files[0]!.path.includes('/') ? files[0]!.path.split('/').find((step) => step !== '')! : `${files.length} files`,
    fingerprint: await sha256(new TextEncoder().encode(listing)),
    channels: 3,
    encoding: 'compressed',
    rawShape: null,
    bytesTotal: ordered.reduce((sum, image) => sum + image.source.size, 0),
    imagesTotal: ordered.length,
    read: (stored, signal) => readFiles(ordered, stored, signal),
  };
}

/** By split, class and name, however they were dropped. */
function inOrder(files: readonly FolderFile[], images: LabelledImages): LabelledFile[] {
  const labelled = Array.from({ length: images.length }, (_, k): LabelledFile => {
    const { path, source } = files[images.file(k)]!;
    return { path, source, classId: images.classId(k), split: images.split(k), imageName: images.imageName(k) };
  });
  return labelled.sort((a, b) => compare(a.split, b.split) || compare(a.classId, b.classId) || compare(a.imageName, b.imageName));
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

async function* readFiles(
  files: readonly LabelledFile[],
  stored: Stored,
  signal: AbortSignal | undefined,
): AsyncGenerator<SourceBatch> {
  let bytesDone = 0;
  for (let start = 0; start < files.length; start += READ_BATCH) {
    signal?.throwIfAborted();
    const batch = files.slice(start, start + READ_BATCH);
    const outcomes = await Promise.all(
      batch.map(async ({ path, source, classId, split, imageName }): Promise<SourceImage | Fault | null> => {
        const { size } = source;
        if (stored.has(classId, split, imageName, size >>> 0)) return null;
        if (size > MAX_FILE_BYTES) return { name: path, reason: `it has ${size} bytes, the limit for one image is ${MAX_FILE_BYTES}` };
        const bytes = await source.slice(0, size);
        if (bytes.length !== size) return { name: path, reason: `it should have ${size} bytes, ${bytes.length} could be read` };
        return { classId, split, name: imageName, tag: size >>> 0, bytes, label: path };
      }),
    );
    const next = files[start + READ_BATCH];
    const last = batch.at(-1)!;
    bytesDone += batch.reduce((sum, { source }) => sum + source.size, 0);
    // Sorted by split and class: whatever the next batch does not go on with is finished.
    const keys = new Map(batch.map(({ classId, split }) => [`${split}/${classId}`, { classId, split }]));
    if (next && next.classId === last.classId && next.split === last.split) keys.delete(`${last.split}/${last.classId}`);
    yield {
      images: outcomes.filter((outcome): outcome is SourceImage => outcome !== null && 'bytes' in outcome),
      faults: outcomes.filter((outcome): outcome is Fault => outcome !== null && 'reason' in outcome),
      finished: [...keys.values()],
      bytesDone,
    };
  }
}
