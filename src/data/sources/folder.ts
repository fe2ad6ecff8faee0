/** Dropped or picked files, with their paths, as a source: a Tiny-ImageNet folder, or any with one sub-folder a class. */
import { LabError } from '../../core/errors.ts';
import { sha256 } from '../sha256.ts';
import type { ByteSource } from '../types.ts';
import { labelByFolders } from './class-folders.ts';
import type { Fault, ImageSource, SourceBatch, SourceImage, Stored } from './image-source.ts';
import type { Labelled, PathItem } from './labels.ts';
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

interface FolderItem extends PathItem {
  readonly source: ByteSource;
}

/** @throws LabError 'file-format' where no image lies in a folder of its own class */
export async function folderSource(files: readonly FolderFile[]): Promise<ImageSource> {
  const items = files.map(({ path, source }): FolderItem => ({ path: path.replaceAll('\\', '/').replace(/^\.?\//, ''), name: path, source }));
  const text = async (item: FolderItem): Promise<string> => new TextDecoder().decode(await item.source.slice(0, item.source.size));
  const labels = (await labelTinyImageNet(items, text, 'The folder')) ?? labelByFolders(items);
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
  const { labelled, ...parts } = labels;
  const ordered = labelled.toSorted((a, b) => compare(a.split, b.split) || compare(a.classId, b.classId) || compare(a.imageName, b.imageName));
  const listing = ordered.map((image) => `${image.split}/${image.classId}/${image.imageName}:${image.item.source.size}`).join('\n');
  return {
    ...parts,
    source: files[0]!.path.includes('/') ? files[0]!.path.split('/').find((step) => step !== '')! : `${files.length} files`,
    fingerprint: await sha256(new TextEncoder().encode(listing)),
    channels: 3,
    encoding: 'compressed',
    rawShape: null,
    bytesTotal: ordered.reduce((sum, image) => sum + image.item.source.size, 0),
    imagesTotal: ordered.length,
    read: (stored, signal) => readFiles(ordered, stored, signal),
  };
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

async function* readFiles(
  files: readonly Labelled<FolderItem>[],
  stored: Stored,
  signal: AbortSignal | undefined,
): AsyncGenerator<SourceBatch> {
  let bytesDone = 0;
  for (let start = 0; start < files.length; start += READ_BATCH) {
    signal?.throwIfAborted();
    const batch = files.slice(start, start + READ_BATCH);
    const outcomes = await Promise.all(
      batch.map(async ({ item, classId, split, imageName }): Promise<SourceImage | Fault | null> => {
        const { size } = item.source;
        if (stored.has(classId, split, imageName, size >>> 0)) return null;
        if (size > MAX_FILE_BYTES) return { name: item.name, reason: `it has ${size} bytes, the limit for one image is ${MAX_FILE_BYTES}` };
        const bytes = await item.source.slice(0, size);
        if (bytes.length !== size) return { name: item.name, reason: `it should have ${size} bytes, ${bytes.length} could be read` };
        return { classId, split, name: imageName, tag: size >>> 0, bytes, label: item.name };
      }),
    );
    const next = files[start + READ_BATCH];
    const last = batch.at(-1)!;
    bytesDone += batch.reduce((sum, { item }) => sum + item.source.size, 0);
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
