/**
 * MNIST as IDX files: images and labels, training ("train-") and test ("t10k-") set, gzipped or not, together or one by one. What
 * arrives without its counterpart is checked and kept until the rest comes.
 */
import { LabError } from '../../core/errors.ts';
import { checkIdxPair, readIdxImages, readIdxLabels, type IdxImages } from '../../formats/idx.ts';
import { baseName } from './paths.ts';
import { sha256 } from '../sha256.ts';
import type { BlobStore, ByteSource, Split } from '../types.ts';
import type { ImageSource, SourceBatch, SourceImage } from './image-source.ts';
import { isHeldOut } from './labels.ts';

type Role = 'images' | 'labels';
/** 'other': files whose names say neither; they are one set of their own. */
type Part = 'train' | 't10k' | 'other';

interface IdxFile {
  readonly part: Part;
  readonly role: Role;
  readonly name: string;
  /** As it came: small, and checked again when it is used. */
  readonly bytes: Uint8Array;
}

const PENDING_PREFIX = 'pending/idx/';
/** MNIST's largest file has 10 MB gzipped and 47 MB plain. */
const MAX_FILE_BYTES = 512 * 1024 * 1024;

/** Whether a file is one of MNIST's, by its name or first bytes. */
export function isIdxFile(path: string, head: Uint8Array): boolean {
  const name = baseName(path);
  if (/\bidx[13]-ubyte|[-.]idx[13]\b|-ubyte(\.gz)?$/i.test(name)) return true;
  return head.length >= 4 && head[0] === 0 && head[1] === 0 && head[2] === 8 && (head[3] === 1 || head[3] === 3);
}

export type IdxOutcome =
  | { readonly kind: 'ready'; readonly source: ImageSource; readonly pendingKeys: readonly string[] }
  /** Kept; `note` says what is still wanted. */
  | { readonly kind: 'waiting'; readonly note: string };

/**
 * Takes IDX files, together with what was kept of earlier ones.
 * @throws LabError as `formats/idx.ts` ('file-empty', 'file-format', 'file-truncated', 'file-damaged', 'data-mismatch'); then nothing of these
 *   files is kept
 */
export async function takeIdxFiles(files: readonly ByteSource[], blobs: BlobStore): Promise<IdxOutcome> {
  const given = await Promise.all(files.map(load));
  const byKey = new Map<string, IdxFile>();
  for (const key of (await blobs.keys()).filter((k) => k.startsWith(PENDING_PREFIX))) byKey.set(key, (await blobs.get(key)) as IdxFile);
  const pendingKeys = [...byKey.keys()];
  for (const file of given) byKey.set(keyOf(file), file);

  const images = new Map<string, IdxImages>();
  const labels = new Map<string, Uint8Array>();
  for (const [key, file] of byKey) {
    if (file.role === 'images') images.set(key, await readIdxImages(streamOf(file.bytes), file.name));
    else labels.set(key, await readIdxLabels(streamOf(file.bytes), file.name));
  }
  const pair = (part: Part): IdxSet | null => {
    const imagesKey = `${PENDING_PREFIX}${part}/images`;
    const labelsKey = `${PENDING_PREFIX}${part}/labels`;
    const set = images.get(imagesKey);
    const ids = labels.get(labelsKey);
    if (!set || !ids) return null;
    checkIdxPair(set, ids, byKey.get(labelsKey)!.name);
    return { images: set, labels: ids };
  };
  const [train, test, other] = [pair('train'), pair('t10k'), pair('other')];
  const names = given.map((file) => file.name).join(', ');
  if (other) return ready({ all: other }, names, pendingKeys.filter((key) => key.includes('/other/')));
  if (train && test) return ready({ train, test }, 'MNIST files', pendingKeys.filter((key) => !key.includes('/other/')));

  await blobs.setMany(given.map((file) => [keyOf(file), file] as const));
  return { kind: 'waiting', note: `${names}: kept. ${stillWanted(byKey)}` };
}

const keyOf = (file: IdxFile): string => `${PENDING_PREFIX}${file.part}/${file.role}`;

function stillWanted(byKey: ReadonlyMap<string, IdxFile>): string {
  const has = (part: Part, role: Role): boolean => byKey.has(`${PENDING_PREFIX}${part}/${role}`);
  const isOther = [...byKey.values()].every((file) => file.part === 'other');
  const wanted = isOther
    ? [has('other', 'images') ? 'the labels file' : 'the images file']
    : (['train', 't10k'] as const).flatMap((part) => (['images', 'labels'] as const).flatMap((role) => (has(part, role) ? [] : [`${part}-${role}`])));
  return `Still needed for MNIST: ${wanted.join(', ')}.`;
}

async function load(source: ByteSource): Promise<IdxFile> {
  const name = baseName(source.name);
  if (source.size === 0) throw new LabError('file-empty', `${name}: the file is empty.`, 'Download it again.');
  if (source.size > MAX_FILE_BYTES) {
    throw new LabError('file-limit', `${name}: ${source.size} bytes, the limit for an IDX file is ${MAX_FILE_BYTES}.`, 'Choose the MNIST files as they were downloaded.');
  }
  const bytes = await source.slice(0, source.size);
  const part: Part = /^train\b|^train[-_]/i.test(name) ? 'train' : /^(t10k|test)\b|^(t10k|test)[-_]/i.test(name) ? 't10k' : 'other';
  const role: Role = /label|idx1/i.test(name) || (!/image|idx3/i.test(name) && bytes[3] === 1) ? 'labels' : 'images';
  return { part, role, name, bytes };
}

function streamOf(bytes: Uint8Array): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      controller.enqueue(bytes);
      controller.close();
    },
  });
}

interface IdxSet {
  readonly images: IdxImages;
  readonly labels: Uint8Array;
}

async function ready(sets: { readonly train: IdxSet; readonly test: IdxSet } | { readonly all: IdxSet }, source: string, pendingKeys: readonly string[]): Promise<IdxOutcome> {
  const named: readonly (readonly [Split | null, IdxSet])[] = 'all' in sets ? [[null, sets.all]] : [['train', sets.train], ['test', sets.test]];
  const [, first] = named[0]!;
  const { height, width } = first.images;
  for (const [, { images }] of named) {
    if (images.height === height && images.width === width) continue;
    throw new LabError(
      'data-mismatch',
      `The training images have ${width} × ${height} pixels, the test images ${images.width} × ${images.height}.`,
      'Choose the images files of the same set.',
    );
  }
  const ids = [...new Set(named.flatMap(([, set]) => [...set.labels]))].sort((a, b) => a - b);
  const total = named.reduce((sum, [, set]) => sum + set.labels.length, 0);
  const hashes = await Promise.all(named.flatMap(([, set]) => [sha256(set.images.pixels), sha256(set.labels)]));
  return {
    kind: 'ready',
    pendingKeys,
    source: {
      kind: 'mnist',
      slug: 'mnist',
      name: total < 70_000 ? `MNIST (${total} images)` : 'MNIST',
      source,
      fingerprint: await sha256(new TextEncoder().encode(hashes.join())),
      classes: ids.map((id) => ({ id: String(id), name: String(id) })),
      channels: 1,
      encoding: 'raw-u8',
      rawShape: [height, width, 1],
      bytesTotal: total * height * width,
      imagesTotal: total,
      ignored: 0,
      faults: [],
      read: (_stored, signal) => readClasses(named, ids, signal),
    },
  };
}

async function* readClasses(
  sets: readonly (readonly [Split | null, IdxSet])[],
  ids: readonly number[],
  signal: AbortSignal | undefined,
): AsyncGenerator<SourceBatch> {
  let bytesDone = 0;
  for (const id of ids) {
    signal?.throwIfAborted();
    const images: SourceImage[] = [];
    const classId = String(id);
    for (const [split, { images: all, labels }] of sets) {
      const size = all.height * all.width;
      const positions = Array.from(labels.keys()).filter((k) => labels[k] === id);
      positions.forEach((k, i) => {
        const own = split ?? (isHeldOut(i, positions.length) ? 'test' : 'train');
        images.push({ classId, split: own, name: null, label: `image ${k + 1}`, tag: k, bytes: all.pixels.subarray(k * size, (k + 1) * size) });
      });
    }
    bytesDone += images.reduce((sum, image) => sum + image.bytes.length, 0);
    yield { images, faults: [], finished: [{ classId, split: 'train' }, { classId, split: 'test' }], bytesDone };
  }
}
