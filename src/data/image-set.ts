/**
 * A task's images as bytes that batches are gathered from: decoded once into one array where they fit under a cap, else decoded
 * again whenever asked for, with as many kept as fit.
 */
import { LabError } from '../core/errors.ts';
import { fitPixels } from './fit.ts';
import type { ClassInfo, DatasetReader, ImageDecoder, ImageSet, SkipReport, Split, StoredImages, TaskData } from './types.ts';

/** Decoded bytes a set may hold; a 64-pixel task of 50 × 550 images takes 338 MB. */
export const DEFAULT_CAP_BYTES = 512 * 1024 * 1024;
/** Compressed images handed to the decoder at a time. */
const DECODE_BATCH = 128;
const MAX_SKIP_ENTRIES = 200;

/** A class of a task and where its images are read. */
export interface ClassSource {
  readonly reader: DatasetReader;
  readonly classId: string;
}

export interface LoadOptions {
  /** Width and height the model takes. */
  readonly size: number;
  /** Channels the model takes: grey becomes three equal ones, colour becomes luma. */
  readonly channels: 1 | 3;
  readonly decoder: ImageDecoder;
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
  /** For training and test images each; {@link DEFAULT_CAP_BYTES} unless given. */
  readonly capBytes?: number;
}

/**
 * Reads and decodes a task's classes; a class's position is its label. Images that cannot be decoded are left out, counted and named
 * in `skipped`. Gives the event loop a turn between classes.
 *
 * @throws LabError 'data-missing', 'data-mismatch' (from the readers), 'class-too-small' where nothing of a class can be decoded,
 *   or the signal's reason
 */
export async function loadTask(classes: readonly ClassSource[], options: LoadOptions): Promise<TaskData> {
  const infos = infosOf(classes);
  const total = infos.reduce((sum, info) => sum + info.trainCount + info.testCount, 0);
  let done = 0;
  const onImages = (count: number): void => {
    done += count;
    options.onProgress?.(done, total);
  };
  const skipped = new Skips();
  const train = await loadSplit(classes, infos, 'train', options, skipped, onImages);
  const test = await loadSplit(classes, infos, 'test', options, skipped, onImages);
  return {
    classes: infos,
    train,
    test,
    get skipped() {
      return skipped.report();
    },
  };
}

/** The first `limit` training images of each class, for measuring without labels: no test images are needed. @throws as {@link loadTask} */
export function loadFirstImages(classes: readonly ClassSource[], limit: number, options: LoadOptions): Promise<ImageSet> {
  const limited = classes.map(({ reader, classId }) => ({ reader: firstImages(reader, limit), classId }));
  return loadSplit(limited, infosOf(limited), 'train', options, new Skips(), () => undefined);
}

function firstImages(reader: DatasetReader, limit: number): DatasetReader {
  const classes = reader.info.classes.map((info) => ({ ...info, trainCount: Math.min(limit, info.trainCount) }));
  return {
    info: { ...reader.info, classes },
    async readClass(classId, split) {
      const images = await reader.readClass(classId, split, limit);
      return { ...images, offsets: images.offsets.subarray(0, limit + 1) };
    },
  };
}

function infosOf(classes: readonly ClassSource[]): ClassInfo[] {
  return classes.map(({ reader, classId }) => {
    const info = reader.info.classes.find((c) => c.id === classId);
    if (!info) throw new LabError('data-missing', `“${reader.info.name}” has no class “${classId}”.`, 'Choose from its classes, or import the dataset that has it.');
    return info;
  });
}

function loadSplit(
  classes: readonly ClassSource[],
  infos: readonly ClassInfo[],
  split: Split,
  options: LoadOptions,
  skipped: Skips,
  onImages: (count: number) => void,
): Promise<ImageSet> {
  const counts = infos.map((info) => (split === 'train' ? info.trainCount : info.testCount));
  const bytes = counts.reduce((sum, count) => sum + count, 0) * options.size * options.size * options.channels;
  return bytes <= (options.capBytes ?? DEFAULT_CAP_BYTES)
    ? decodeAll(classes, split, counts, options, skipped, onImages)
    : decodeOnDemand(classes, split, options, skipped, onImages);
}

/** The images of `set` at `indices`, in that order, without copying a pixel. */
export function subset(set: ImageSet, indices: ArrayLike<number>): ImageSet {
  const own = Uint32Array.from(indices);
  return {
    length: own.length,
    shape: set.shape,
    labels: Uint16Array.from(own, (index) => set.labels[index]!),
    gather: (wanted, out) => set.gather(Uint32Array.from(wanted, (index) => own[index]!), out),
    locate: (index) => set.locate(own[index]!),
  };
}

/** Undecodable images, each counted once. */
class Skips {
  /** By place: images of different splits or datasets may share a name. */
  readonly #entries = new Map<string, { readonly name: string; readonly reason: string }>();

  add({ reader, classId }: ClassSource, split: Split, images: StoredImages, position: number, error: LabError): void {
    const name = images.names[position] ?? `${reader.info.name}, ${classId}, ${split} image ${position + 1}`;
    this.#entries.set(JSON.stringify([reader.info.id, classId, split, position]), { name, reason: error.message });
  }

  report(): SkipReport {
    return { count: this.#entries.size, ignored: 0, entries: [...this.#entries.values()].slice(0, MAX_SKIP_ENTRIES) };
  }
}

const imageCount = (images: StoredImages): number => images.offsets.length - 1;
const imageBytes = (images: StoredImages, k: number): Uint8Array => images.bytes.subarray(images.offsets[k], images.offsets[k + 1]);

/**
 * Decodes images `positions` of one class into `out` one after another.
 * @returns per image null, or why it is not there
 */
async function decodeSome(
  images: StoredImages,
  positions: readonly number[],
  { size, channels, decoder }: LoadOptions,
  out: Uint8Array,
): Promise<readonly (LabError | null)[]> {
  const stride = size * size * channels;
  if (images.encoding === 'raw-u8') {
    const [height, width, rawChannels] = images.rawShape ?? [0, 0, 0];
    positions.forEach((k, i) => fitPixels(imageBytes(images, k), width, height, rawChannels, size, out, i * stride, channels));
    return positions.map(() => null);
  }
  const rgb = channels === 3 ? out : new Uint8Array(positions.length * size * size * 3);
  const outcomes = await decodeMany(decoder, positions.map((k) => imageBytes(images, k)), size, rgb);
  if (channels === 1) {
    positions.forEach((_, i) => fitPixels(rgb.subarray(i * stride * 3, (i + 1) * stride * 3), size, size, 3, size, out, i * stride, 1));
  }
  return outcomes;
}

async function decodeMany(decoder: ImageDecoder, images: readonly Uint8Array[], size: number, out: Uint8Array): Promise<readonly (LabError | null)[]> {
  if (decoder.decodeMany) return decoder.decodeMany(images, size, out);
  return Promise.all(
    images.map(async (bytes, i) => {
      try {
        out.set((await decoder.decode(bytes, size)).rgb, i * size * size * 3);
        return null;
      } catch (error) {
        if (error instanceof LabError && error.code === 'image-invalid') return error;
        throw error;
      }
    }),
  );
}

/** Classes of a dataset that is still arriving may take long. */
function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return work;
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(signal.reason as Error);
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}

/** Lets messages (pause, stop) in between stretches of work that never waits for anything. */
const turnOfEventLoop = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

async function decodeAll(
  classes: readonly ClassSource[],
  split: Split,
  counts: readonly number[],
  options: LoadOptions,
  skipped: Skips,
  onImages: (count: number) => void,
): Promise<ImageSet> {
  const { size, channels, signal } = options;
  const stride = size * size * channels;
  const total = counts.reduce((sum, count) => sum + count, 0);
  const pixels = new Uint8Array(total * stride);
  const labels = new Uint16Array(total);
  const positions = new Uint32Array(total);
  let length = 0;
  for (const [label, source] of classes.entries()) {
    const images = await unlessAborted(source.reader.readClass(source.classId, split), signal);
    const before = length;
    for (let start = 0; start < imageCount(images); start += DECODE_BATCH) {
      signal?.throwIfAborted();
      const batch = Array.from({ length: Math.min(DECODE_BATCH, imageCount(images) - start) }, (_, i) => start + i);
      const at = length * stride;
      const outcomes = await decodeSome(images, batch, options, pixels.subarray(at, at + batch.length * stride));
      for (const [i, failure] of outcomes.entries()) {
        if (failure) {
          skipped.add(source, split, images, start + i, failure);
          continue;
        }
        // Close the gap a bad image has left.
        const from = at + i * stride;
        if (from !== length * stride) pixels.copyWithin(length * stride, from, from + stride);
        labels[length] = label;
        positions[length] = start + i;
        length++;
      }
      onImages(batch.length);
    }
    requireImages(source, split, imageCount(images), length - before);
    await turnOfEventLoop();
  }
  return {
    length,
    shape: [size, size, channels],
    labels: labels.subarray(0, length),
    gather(indices, out) {
      for (let i = 0; i < indices.length; i++) {
        const from = checked(indices[i], length) * stride;
        out.set(pixels.subarray(from, from + stride), i * stride);
      }
    },
    locate: (index) => ({ classId: classes[labels[checked(index, length)]!]!.classId, split, position: positions[index]! }),
  };
}

/**
 * Decodes what a batch asks for, from stored bytes that are kept while they fit under the cap and read again where they do not. The
 * first images decoded stay until the cap is full too: an epoch visits every image once in random order, and for that pattern keeping
 * any fixed part saves as much as is possible, while dropping the least recently used would drop what comes next.
 */
async function decodeOnDemand(
  classes: readonly ClassSource[],
  split: Split,
  options: LoadOptions,
  skipped: Skips,
  onImages: (count: number) => void,
): Promise<ImageSet> {
  const { size, channels, signal } = options;
  const stride = size * size * channels;
  const cap = options.capBytes ?? DEFAULT_CAP_BYTES;
  const stored = new StoredClasses(classes, split, cap);
  const counts: number[] = [];
  for (const [label, source] of classes.entries()) {
    signal?.throwIfAborted();
    const count = imageCount(await unlessAborted(stored.get(label), signal));
    requireImages(source, split, count, count);
    counts.push(count);
    onImages(count);
  }
  const labels = Uint16Array.from(counts.flatMap((count, label) => new Array<number>(count).fill(label)));
  const starts = counts.map((_, label) => counts.slice(0, label).reduce((sum, count) => sum + count, 0));
  const positionOf = (index: number): number => index - starts[labels[index]!]!;
  const kept = new Map<number, Uint8Array>();
  const maxKept = Math.floor(cap / stride);

  /** Image `index`, or, where it turns out to be undecodable, the next one of its class that is not. */
  const decodeOne = async (images: StoredImages, index: number): Promise<Uint8Array> => {
    const source = classes[labels[index]!]!;
    const count = imageCount(images);
    const pixels = new Uint8Array(stride);
    for (let step = 0; step < count; step++) {
      const position = (positionOf(index) + step) % count;
      const [failure] = await decodeSome(images, [position], options, pixels);
      if (!failure) return pixels;
      skipped.add(source, split, images, position, failure);
    }
    throw noneDecodable(source, split, count);
  };

  return {
    length: labels.length,
    shape: [size, size, channels],
    labels,
    async gather(indices, out) {
      /** Slots of the batch by image, by class, so that a class that has to be read is read once. */
      const missing = new Map<number, Map<number, number[]>>();
      for (let i = 0; i < indices.length; i++) {
        const index = checked(indices[i], labels.length);
        const pixels = kept.get(index);
        if (pixels) {
          out.set(pixels, i * stride);
          continue;
        }
        const ofClass = missing.get(labels[index]!) ?? new Map<number, number[]>();
        missing.set(labels[index]!, ofClass.set(index, [...(ofClass.get(index) ?? []), i]));
      }
      for (const [label, wanted] of missing) {
        const images = await stored.get(label);
        await Promise.all(
          [...wanted].map(async ([index, slots]) => {
            const pixels = await decodeOne(images, index);
            for (const slot of slots) out.set(pixels, slot * stride);
            if (kept.size < maxKept) kept.set(index, pixels);
          }),
        );
      }
    },
    locate: (index) => ({ classId: classes[labels[checked(index, labels.length)]!]!.classId, split, position: positionOf(index) }),
  };
}

/** Stored images by class, the most recently used of them kept as far as they fit under a cap. */
class StoredClasses {
  readonly #classes: readonly ClassSource[];
  readonly #split: Split;
  readonly #cap: number;
  readonly #kept = new Map<number, StoredImages>();
  #keptBytes = 0;

  constructor(classes: readonly ClassSource[], split: Split, cap: number) {
    this.#classes = classes;
    this.#split = split;
    this.#cap = cap;
  }

  async get(label: number): Promise<StoredImages> {
    const { reader, classId } = this.#classes[label]!;
    const found = this.#kept.get(label) ?? (await reader.readClass(classId, this.#split));
    // Asked for again meanwhile, it may be there by now.
    if (!this.#kept.delete(label)) this.#keptBytes += found.bytes.length;
    this.#kept.set(label, found);
    for (const [oldest, images] of this.#kept) {
      if (this.#keptBytes <= this.#cap || this.#kept.size === 1) break;
      this.#kept.delete(oldest);
      this.#keptBytes -= images.bytes.length;
    }
    return found;
  }
}

function checked(index: number | undefined, length: number): number {
  if (index === undefined || !(index >= 0 && index < length)) throw new Error(`image ${index} of ${length}`);
  return index;
}

function requireImages(source: ClassSource, split: Split, stored: number, usable: number): void {
  if (usable > 0) return;
  if (stored > 0) throw noneDecodable(source, split, stored);
  const { reader, classId } = source;
  throw new LabError('class-too-small', `Class “${classId}” of “${reader.info.name}” has no ${splitName(split)} images.`, LEAVE_OUT);
}

const LEAVE_OUT = 'Leave the class out by splitting by hand, or import its images again.';
const splitName = (split: Split): string => (split === 'train' ? 'training' : 'test');

function noneDecodable({ reader, classId }: ClassSource, split: Split, stored: number): LabError {
  return new LabError('class-too-small', `None of the ${stored} ${splitName(split)} images of class “${classId}” of “${reader.info.name}” can be decoded.`, LEAVE_OUT);
}
