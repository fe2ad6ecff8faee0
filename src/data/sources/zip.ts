/** A zip archive as a source: the original Tiny-ImageNet, or any tree with one folder a class. */
import { LabError } from '../../core/errors.ts';
import { sha256 } from '../sha256.ts';
import type { ByteSource, Split } from '../types.ts';
import { readZipContents } from '../zip/contents.ts';
import { readZipDirectory, type ZipEntry } from '../zip/directory.ts';
import { labelByFolders } from './class-folders.ts';
import type { Fault, ImageSource, SourceBatch, SourceImage, Stored } from './image-source.ts';
import type { Labelled } from './labels.ts';
import { labelTinyImageNet } from './tiny-imagenet.ts';

const MAX_TEXT_BYTES = 16 * 1024 * 1024;
/** JPEG, PNG, WebP and GIF hardly deflate, so that an archive of images that unpacks to many times its size is a bomb. */
const SUSPICIOUS_TOTAL_BYTES = 1024 * 1024 * 1024;
const SUSPICIOUS_RATIO = 20;

/**
 * @throws LabError as `readZipDirectory`; 'file-format' where there are no images in folders; 'file-damaged' where one of Tiny-ImageNet's
 *   texts cannot be read; 'file-limit' for an archive that announces far more than images can hold
 */
export async function zipSource(file: ByteSource): Promise<ImageSource> {
  const directory = await readZipDirectory(file);
  const { entries } = directory;
  const labels = (await labelTinyImageNet(entries, (entry) => readText(file, entry), file.name)) ?? labelByFolders(entries);
  if (!labels) {
    throw new LabError(
      'file-format',
      `${file.name}: not a Tiny-ImageNet archive: wnids.txt and train/ not found; nor are there folders of images (${entries.length} entries${entries[0] ? `, the first: ${entries[0].name}` : ''}).`,
      'Choose tiny-imagenet-200.zip, or a zip with one folder of images a class.',
    );
  }
  const { labelled, ...parts } = labels;
  const announced = labelled.reduce((sum, { item }) => sum + item.sizeBytes, 0);
  if (announced > SUSPICIOUS_TOTAL_BYTES && announced > SUSPICIOUS_RATIO * file.size) {
    throw new LabError(
      'file-limit',
      `${file.name}: its images would unpack to ${announced} bytes, ${Math.round(announced / file.size)} times the archive's ${file.size}.`,
      'Images do not compress like that: the archive is damaged or meant to do harm.',
    );
  }
  const ordered = orderForStoring(labelled);
  const isNamed = parts.kind === 'tiny-imagenet' || parts.name !== 'Folder of images';
  const ownName = file.name.replace(/\.zip$/i, '');
  return {
    ...parts,
    ...(isNamed ? {} : { name: ownName, slug: ownName }),
    source: file.name,
    fingerprint: await sha256(directory.bytes),
    channels: 3,
    encoding: 'compressed',
    rawShape: null,
    bytesTotal: ordered.reduce((sum, { item }) => sum + item.packedBytes, 0),
    imagesTotal: ordered.length,
    read: (stored, signal) => readInOrder(file, ordered, stored, signal),
  };
}

async function readText(file: ByteSource, entry: ZipEntry): Promise<string> {
  if (entry.sizeBytes > MAX_TEXT_BYTES) {
    throw new LabError('file-limit', `${file.name}: ${entry.name} has ${entry.sizeBytes} bytes, the limit is ${MAX_TEXT_BYTES}.`, 'Choose the archive as it was downloaded.');
  }
  for await (const contents of readZipContents(file, [entry])) {
    for (const content of contents) {
      if ('bytes' in content) return new TextDecoder().decode(content.bytes);
      throw new LabError('file-damaged', `${file.name}: ${entry.name} cannot be read: ${content.fault}.`, 'Download the archive again; nothing of it was stored.');
    }
  }
  throw new Error(`no contents for ${entry.name}`);
}

/**
 * Test images first, as they lie in the file, then class by class: when the room runs out in the middle, the classes so far are complete.
 */
function orderForStoring(images: readonly Labelled<ZipEntry>[]): Labelled<ZipEntry>[] {
  const firstOffset = new Map<string, number>();
  for (const { classId, item } of images) firstOffset.set(classId, Math.min(item.offset, firstOffset.get(classId) ?? Infinity));
  const rank = ({ classId, split }: Labelled<ZipEntry>): number => (split === 'test' ? -1 : firstOffset.get(classId)!);
  return images.toSorted((a, b) => rank(a) - rank(b) || a.item.offset - b.item.offset);
}

async function* readInOrder(
  file: ByteSource,
  images: readonly Labelled<ZipEntry>[],
  stored: Stored,
  signal: AbortSignal | undefined,
): AsyncGenerator<SourceBatch> {
  const key = ({ classId, split }: Labelled<ZipEntry>): string => `${split}/${classId}`;
  const remaining = new Map<string, number>();
  for (const image of images) remaining.set(key(image), (remaining.get(key(image)) ?? 0) + 1);
  let bytesDone = 0;
  const done = (image: Labelled<ZipEntry>, finished: { classId: string; split: Split }[]): void => {
    bytesDone += image.item.packedBytes;
    const left = remaining.get(key(image))! - 1;
    remaining.set(key(image), left);
    if (left === 0) finished.push({ classId: image.classId, split: image.split });
  };

  const missing = new Map<ZipEntry, Labelled<ZipEntry>>();
  const finishedBefore: { classId: string; split: Split }[] = [];
  for (const image of images) {
    if (stored.has(image.classId, image.split, image.imageName, image.item.crc)) done(image, finishedBefore);
    else missing.set(image.item, image);
  }
  if (missing.size < images.length) yield { images: [], faults: [], finished: finishedBefore, bytesDone };

  for await (const contents of readZipContents(file, [...missing.keys()], signal)) {
    const batch: SourceImage[] = [];
    const faults: Fault[] = [];
    const finished: { classId: string; split: Split }[] = [];
    for (const content of contents) {
      const image = missing.get(content.entry)!;
      done(image, finished);
      const { name, crc } = content.entry;
      if ('fault' in content) faults.push({ name, reason: content.fault });
      else batch.push({ classId: image.classId, split: image.split, name: image.imageName, tag: crc, bytes: content.bytes, label: name });
    }
    yield { images: batch, faults, finished, bytesDone };
  }
}
