/** A zip archive as a source: the original Tiny-ImageNet, or any tree with one folder a class. */
import { LabError } from '../../core/errors.ts';
import { sha256 } from '../sha256.ts';
import type { ByteSource, Split } from '../types.ts';
import { readZipContents, type EntrySequence } from '../zip/contents.ts';
import { readZipDirectory } from '../zip/directory.ts';
import type { EntryList, ZipEntry } from '../zip/entry-list.ts';
import { labelByFolders } from './class-folders.ts';
import type { Fault, ImageSource, SourceBatch, SourceImage, Stored } from './image-source.ts';
import type { LabelledImages } from './labels.ts';
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
  const labels = (await labelTinyImageNet(entries, (entry) => readText(file, entries.at(entry)), file.name)) ?? labelByFolders(entries);
  if (!labels) {
    throw new LabError(
      'file-format',
      `${file.name}: not a Tiny-ImageNet archive: wnids.txt and train/ not found; nor are there folders of images (${entries.length} entries${entries.length > 0 ? `, the first: ${entries.name(0)}` : ''}).`,
      'Choose tiny-imagenet-200.zip, or a zip with one folder of images a class.',
    );
  }
  const { images, ...parts } = labels;
  const facts = { announced: 0, packed: 0 };
  for (let k = 0; k < images.length; k++) {
    const { sizeBytes, packedBytes } = entries.at(images.file(k));
    facts.announced += sizeBytes;
    facts.packed += packedBytes;
  }
  const { announced, packed } = facts;
  if (announced > SUSPICIOUS_TOTAL_BYTES && announced > SUSPICIOUS_RATIO * file.size) {
    throw new LabError(
      'file-limit',
      `${file.name}: its images would unpack to ${announced} bytes, ${Math.round(announced / file.size)} times the archive's ${file.size}.`,
      'Images do not compress like that: the archive is damaged or meant to do harm.',
    );
  }
  orderForStoring(images, entries);
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
    bytesTotal: packed,
    imagesTotal: images.length,
    read: (stored, signal) => readInOrder(file, entries, images, stored, signal),
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
function orderForStoring(images: LabelledImages, entries: EntryList): void {
  const offsets = Float64Array.from({ length: images.length }, (_, k) => entries.at(images.file(k)).offset);
  const firstOffset = new Map<number, number>();
  for (const [k, offset] of offsets.entries()) firstOffset.set(images.group(k), Math.min(offset, firstOffset.get(images.group(k)) ?? Infinity));
  const ranks = offsets.map((_, k) => (images.split(k) === 'test' ? -1 : firstOffset.get(images.group(k))!));
  images.arrange(Uint32Array.from(offsets.keys()).sort((a, b) => ranks[a]! - ranks[b]! || offsets[a]! - offsets[b]!));
}

async function* readInOrder(
  file: ByteSource,
  entries: EntryList,
  images: LabelledImages,
  stored: Stored,
  signal: AbortSignal | undefined,
): AsyncGenerator<SourceBatch> {
  const remaining = new Map<number, number>();
  for (let k = 0; k < images.length; k++) remaining.set(images.group(k), (remaining.get(images.group(k)) ?? 0) + 1);
  let bytesDone = 0;
  const done = (k: number, entry: ZipEntry, finished: { classId: string; split: Split }[]): void => {
    bytesDone += entry.packedBytes;
    const left = remaining.get(images.group(k))! - 1;
    remaining.set(images.group(k), left);
    if (left === 0) finished.push({ classId: images.classId(k), split: images.split(k) });
  };

  const missing = new Uint32Array(images.length);
  let count = 0;
  const finishedBefore: { classId: string; split: Split }[] = [];
  for (let k = 0; k < images.length; k++) {
    const entry = entries.at(images.file(k));
    if (stored.has(images.classId(k), images.split(k), images.imageName(k), entry.crc)) done(k, entry, finishedBefore);
    else missing[count++] = k;
  }
  if (count < images.length) yield { images: [], faults: [], finished: finishedBefore, bytesDone };

  const sequence: EntrySequence = { length: count, at: (index) => entries.at(images.file(missing[index]!)) };
  for await (const contents of readZipContents(file, sequence, signal)) {
    const batch: SourceImage[] = [];
    const faults: Fault[] = [];
    const finished: { classId: string; split: Split }[] = [];
    for (const content of contents) {
      const k = missing[content.index]!;
      const { name, crc } = content.entry;
      done(k, content.entry, finished);
      if ('fault' in content) faults.push({ name, reason: content.fault });
      else batch.push({ classId: images.classId(k), split: images.split(k), name: images.imageName(k), tag: crc, bytes: content.bytes, label: name });
    }
    yield { images: batch, faults, finished, bytesDone };
  }
}
