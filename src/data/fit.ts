/**
 * Fitting decoded images to the square a model takes: the shorter side is resized to `size` (where it differs), then the middle is
 * cut out. Done here and not by the platform, so that page and runner train on the same pixels; they are those of torchvision's
 * `Resize(size)` and `CenterCrop(size)` on Pillow's pictures.
 */
import { resample, triangleFilter } from '../core/resample.ts';

/**
 * @param source       HWC bytes, `channels` of them a pixel (1 or 3)
 * @param out          receives size · size · outChannels bytes from `offset` on
 * @param outChannels  3 from 1 repeats the grey value; 1 from 3 takes ITU-R 601 luma as Pillow does
 */
export function fitPixels(
  source: Uint8Array,
  width: number,
  height: number,
  channels: number,
  size: number,
  out: Uint8Array,
  offset: number,
  outChannels: number,
): void {
  const square = width === size && height === size ? source : resizeAndCrop(source, width, height, channels, size);
  const pixels = size * size;
  if (channels === outChannels) {
    out.set(square.subarray(0, pixels * channels), offset);
  } else if (channels === 1) {
    for (let i = 0; i < pixels; i++) out.fill(square[i]!, offset + i * outChannels, offset + (i + 1) * outChannels);
  } else {
    for (let i = 0, p = 0; i < pixels; i++, p += 3) {
      out[offset + i] = (square[p]! * 19595 + square[p + 1]! * 38470 + square[p + 2]! * 7471 + 0x8000) >>> 16;
    }
  }
}

function resizeAndCrop(source: Uint8Array, width: number, height: number, channels: number, size: number): Uint8Array {
  const shorter = Math.min(width, height);
  const filter = (side: number): ReturnType<typeof triangleFilter> => {
    const whole = side === shorter ? size : Math.floor((size * side) / shorter);
    return triangleFilter(side, whole, halfToEven(whole - size), size);
  };
  return resample(source, width, channels, filter(width), filter(height));
}

/** Half of a whole number, rounded as Python does. */
function halfToEven(n: number): number {
  const below = Math.floor(n / 2);
  return n % 2 === 1 && below % 2 === 1 ? below + 1 : below;
}
