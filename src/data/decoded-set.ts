import { decodeSome, imageCount } from './decode-images.ts';
import { checked, requireImages, unlessAborted, type SplitLoad } from './split-load.ts';
import type { ImageSet } from './types.ts';

/** Compressed images handed to the decoder at a time. */
const DECODE_BATCH = 128;

/** Lets messages (pause, stop) in between stretches of work that never waits for anything. */
const turnOfEventLoop = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

/** Decodes all images once, into one array. @param counts images per class as its reader says, at the least */
export async function decodeAll({ classes, split, options, skipped, onImages }: SplitLoad, counts: readonly number[]): Promise<ImageSet> {
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
