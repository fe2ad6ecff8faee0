/** Stored images of one class to bytes of the size and channels that the model takes. */
import { LabError } from '../core/errors.ts';
import { fitPixels } from './fit.ts';
import { inspectImage } from './image-format.ts';
import type { LoadOptions } from './split-load.ts';
import type { ImageDecoder, StoredImages } from './types.ts';

export const imageCount = (images: StoredImages): number => images.offsets.length - 1;
const imageBytes = (images: StoredImages, k: number): Uint8Array => images.bytes.subarray(images.offsets[k], images.offsets[k + 1]);

/** Whether all images are squares of this side, as their headers say. */
export function areSquares(images: StoredImages, side: number): boolean {
  if (images.encoding === 'raw-u8') return images.rawShape?.[0] === side && images.rawShape[1] === side;
  return Array.from({ length: imageCount(images) }, (_, k) => k).every((k) => {
    const facts = inspectImage(imageBytes(images, k));
    return typeof facts !== 'string' && facts.width === side && facts.height === side;
  });
}

/**
 * Decodes images `positions` of one class into `out` one after another.
 * @returns per image null, or why it is not there
 */
export async function decodeSome(
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
