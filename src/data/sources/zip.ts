/** A zip archive as a source: the original Tiny-ImageNet, or any tree with one folder a class. */
import { LabError } from '../../core/errors.ts';
import { sha256 } from '../sha256.ts';
import type { ByteSource, Split } from '../types.ts';
import { readZipContents } from '../zip/contents.ts';
import { readZipDirectory, type ZipEntry } from '../zip/directory.ts';
import { labelByFolders } from './class-folders.ts';
import type { Fault, ImageSource, SourceBatch, SourceImage, Stored } from './image-source.ts';
import { labelTinyImageNet } from './tiny-imagenet.ts';

interface LabelledEntry extends ZipEntry {
  readonly classId: string;
  readonly split: Split;
  readonly imageName: string;
}

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
  const ordered = orderForStoring(labelled.map(({ item, classId, split, imageName }) => ({ ...item, classId, split, imageName })));
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
    bytesTotal: ordered.reduce((sum, entry) => sum + entry.packedBytes, 0),
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
function orderForStoring(entries: readonly LabelledEntry[]): LabelledEntry[] {
  const firstOffset = new Map<string, number>();
  for (const { classId, offset } of entries) firstOffset.set(classId, Math.min(offset, firstOffset.get(classId) ?? Infinity));
  const rank = (entry: LabelledEntry): number => (entry.split === 'test' ? -1 : firstOffset.get(entry.classId)!);
  return entries.toSorted((a, b) => rank(a) - rank(b) || a.offset - b.offset);
}

async function* readInOrder(
  file: ByteSource,
  entries: readonly LabelledEntry[],
  stored: Stored,
  signal: AbortSignal | undefined,
): AsyncGenerator<SourceBatch> {
  const key = (entry: LabelledEntry): string => `${entry.split}/${entry.classId}`;
  const remaining = new Map<string, number>();
  for (const entry of entries) remaining.set(key(entry), (remaining.get(key(entry)) ?? 0) + 1);
  let bytesDone = 0;
  const done = (entry: LabelledEntry, finished: { classId: string; split: Split }[]): void => {
    bytesDone += entry.packedBytes;
    const left = remaining.get(key(entry))! - 1;
    remaining.set(key(entry), left);
    if (left === 0) finished.push({ classId: entry.classId, split: entry.split });
  };

  const missing: LabelledEntry[] = [];
  const finishedBefore: { classId: string; split: Split }[] = [];
  for (const entry of entries) {
    if (stored.has(entry.classId, entry.split, entry.imageName, entry.crc)) done(entry, finishedBefore);
    else missing.push(entry);
  }
  if (missing.length < entries.length) yield { images: [], faults: [], finished: finishedBefore, bytesDone };

  for await (const contents of readZipContents(file, missing, signal)) {
    const images: SourceImage[] = [];
    const faults: Fault[] = [];
    const finished: { classId: string; split: Split }[] = [];
    for (const content of contents) {
      const { entry } = content;
      done(entry, finished);
      if ('fault' in content) faults.push({ name: entry.name, reason: content.fault });
      else images.push({ classId: entry.classId, split: entry.split, name: entry.imageName, tag: entry.crc, bytes: content.bytes, label: entry.name });
    }
    yield { images, faults, finished, bytesDone };
  }
}
