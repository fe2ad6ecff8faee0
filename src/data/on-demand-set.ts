import { decodeSome, imageCount } from './decode-images.ts';
import { checked, noneDecodable, requireImages, unlessAborted, type SplitLoad } from './split-load.ts';
import { StoredClasses } from './stored-classes.ts';
import type { ImageSet, StoredImages } from './types.ts';

/**
 * Decodes what a batch asks for, from stored bytes that are kept while they fit under the cap and read again where they do not. The
 * first images decoded stay until the cap is full too: an epoch visits every image once in random order, and for that pattern keeping
 * any fixed part saves as much as is possible, while dropping the least recently used would drop what comes next.
 */
export async function decodeOnDemand({ classes, split, options, skipped, onImages }: SplitLoad, cap: number): Promise<ImageSet> {
  const { size, channels, signal } = options;
  const stride = size * size * channels;
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
