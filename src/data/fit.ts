/**
 * Fitting decoded images to the square a model takes: the shorter side is resized to `size` (where it differs), then the middle is
 * cut out. Done here and not by the platform, so that page and runner train on the same pixels.
 *
 * Resizing is separable with a triangle filter whose support grows with the reduction (what Pillow calls BILINEAR and torchvision
 * antialiased bilinear), pixel centres at ½.
 */

/** For every output position the first input position and its weights, which sum to 1. */
interface Filter {
  readonly first: Int32Array;
  readonly weights: readonly Float64Array[];
}

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
  const fullWidth = Math.max(size, Math.round((width * size) / shorter));
  const fullHeight = Math.max(size, Math.round((height * size) / shorter));
  // Only what the crop keeps is computed.
  const columns = triangleFilter(width, fullWidth, Math.floor((fullWidth - size) / 2), size);
  const rows = triangleFilter(height, fullHeight, Math.floor((fullHeight - size) / 2), size);

  const firstRow = rows.first[0]!;
  const endRow = rows.first[size - 1]! + rows.weights[size - 1]!.length;
  const narrow = new Float32Array((endRow - firstRow) * size * channels);
  for (let y = firstRow; y < endRow; y++) {
    const line = y * width * channels;
    let at = (y - firstRow) * size * channels;
    for (let x = 0; x < size; x++) {
      const weights = columns.weights[x]!;
      const from = line + columns.first[x]! * channels;
      for (let c = 0; c < channels; c++) {
        let sum = 0;
        for (let k = 0; k < weights.length; k++) sum += weights[k]! * source[from + k * channels + c]!;
        narrow[at++] = sum;
      }
    }
  }

  const result = new Uint8Array(size * size * channels);
  const lineLength = size * channels;
  for (let y = 0; y < size; y++) {
    const weights = rows.weights[y]!;
    const from = (rows.first[y]! - firstRow) * lineLength;
    for (let i = 0; i < lineLength; i++) {
      let sum = 0.5;
      for (let k = 0; k < weights.length; k++) sum += weights[k]! * narrow[from + k * lineLength + i]!;
      result[y * lineLength + i] = sum;
    }
  }
  return result;
}

/** Weights of outputs `skip` … `skip + count − 1` when `from` samples become `to`. */
function triangleFilter(from: number, to: number, skip: number, count: number): Filter {
  const scale = from / to;
  const support = Math.max(1, scale);
  const first = new Int32Array(count);
  const weights = Array.from({ length: count }, (_, i) => {
    const centre = (skip + i + 0.5) * scale;
    const start = Math.max(0, Math.floor(centre - support + 0.5));
    const end = Math.min(from, Math.floor(centre + support + 0.5));
    first[i] = start;
    const taps = Float64Array.from({ length: end - start }, (_unused, k) => Math.max(0, 1 - Math.abs(start + k + 0.5 - centre) / support));
    const sum = taps.reduce((total, tap) => total + tap, 0);
    return taps.map((tap) => tap / sum);
  });
  return { first, weights };
}
