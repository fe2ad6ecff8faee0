/**
 * A task's images as bytes that batches are gathered from: decoded once into one array where they fit under a cap, else decoded
 * again whenever asked for, with as many kept as fit.
 */
import { LabError } from '../core/errors.ts';
import { areSquares } from './decode-images.ts';
import { decodeAll } from './decoded-set.ts';
import { decodeOnDemand } from './on-demand-set.ts';
import { Skips } from './skips.ts';
import { unlessAborted, type ClassSource, type LoadOptions, type SplitLoad } from './split-load.ts';
import type { ClassInfo, DatasetReader, ImageSet, TaskData } from './types.ts';

/** Decoded bytes a set may hold, and as many stored ones where it decodes on demand; a 64-pixel task of 50 × 550 images takes 338 MB. */
export const DEFAULT_CAP_BYTES = 512 * 1024 * 1024;

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
  const train = await loadSplit({ classes, split: 'train', options, skipped, onImages }, infos);
  const test = await loadSplit({ classes, split: 'test', options, skipped, onImages }, infos);
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
  return loadSplit({ classes: limited, split: 'train', options, skipped: new Skips(), onImages: () => undefined }, infosOf(limited));
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

async function loadSplit(asked: SplitLoad, infos: readonly ClassInfo[]): Promise<ImageSet> {
  const load = { ...asked, options: { ...asked.options, size: await sideOf(asked) } };
  const { split, options } = load;
  const cap = options.capBytes ?? DEFAULT_CAP_BYTES;
  const counts = infos.map((info) => (split === 'train' ? info.trainCount : info.testCount));
  const bytes = counts.reduce((sum, count) => sum + count, 0) * options.size * options.size * options.channels;
  return bytes <= cap ? decodeAll(load, counts) : decodeOnDemand(load, cap);
}

/** The side that images get: their own where it is smaller and they may keep it, else the one asked for. */
async function sideOf({ classes, split, options: { size, channels, mayStaySmall, signal } }: SplitLoad): Promise<number> {
  const own = classes[0]?.reader.info.imageSize ?? size;
  // Luma is taken of the enlarged picture, so colour cannot wait where it is not wanted.
  const fitting = classes.every(({ reader: { info } }) => info.imageSize === own && info.channels <= channels);
  if (!mayStaySmall || own >= size || !fitting) return size;
  for (const { reader, classId } of classes) {
    // Of a dataset that is still arriving, or whose images differ, these may all the same be of one size.
    if (!reader.info.uniform && !areSquares(await unlessAborted(reader.readClass(classId, split), signal), own)) return size;
  }
  return own;
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
