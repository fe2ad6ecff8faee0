/**
 * Bilinear resampling to the bit as Pillow does it, which torchvision's `Resize` uses on pictures: a triangle filter whose support grows
 * with the reduction, pixel centres at ½, columns first, then rows, each rounded to a byte. Weights are integers, so pixels are the same
 * on every device.
 */

/** Weights are multiples of 2⁻²². */
export const WEIGHT_BITS = 22;
const HALF = 1 << (WEIGHT_BITS - 1);

/** For every output position the first input position and the weights from there on, which sum to about 2²². */
export interface Filter {
  readonly first: Int32Array;
  readonly weights: readonly Int32Array[];
}

/** The filter of outputs `skip` … `skip + count − 1` when `from` samples become `to`. */
export function triangleFilter(from: number, to: number, skip = 0, count = to): Filter {
  const scale = from / to;
  const support = Math.max(1, scale);
  const perSupport = 1 / support;
  const first = new Int32Array(count);
  const weights = Array.from({ length: count }, (_, i) => {
    const centre = (skip + i + 0.5) * scale;
    const start = Math.max(0, Math.trunc(centre - support + 0.5));
    const end = Math.min(from, Math.trunc(centre + support + 0.5));
    first[i] = start;
    const taps = Float64Array.from({ length: end - start }, (_unused, k) => Math.max(0, 1 - Math.abs((k + start - centre + 0.5) * perSupport)));
    const sum = taps.reduce((total, tap) => total + tap, 0);
    return Int32Array.from(taps, (tap) => Math.floor(0.5 + (tap / sum) * (1 << WEIGHT_BITS)));
  });
  return { first, weights };
}

/**
 * @param source  HWC bytes, rows of `width` pixels
 * @param columns of the output, over the source's columns
 * @param rows    of the output, over the source's rows
 * @returns HWC bytes, rows × columns
 */
export function resample(source: Uint8Array, width: number, channels: number, columns: Filter, rows: Filter): Uint8Array {
  const lineLength = columns.first.length * channels;
  const firstRow = rows.first[0] ?? 0;
  const endRow = (rows.first.at(-1) ?? 0) + (rows.weights.at(-1)?.length ?? 0);
  // Only the rows that the output looks at.
  const narrow = new Uint8ClampedArray((endRow - firstRow) * lineLength);
  for (let y = firstRow, at = 0; y < endRow; y++) {
    const line = y * width * channels;
    for (let x = 0; x < columns.first.length; x++) {
      const weights = columns.weights[x]!;
      const from = line + columns.first[x]! * channels;
      for (let c = 0; c < channels; c++) {
        let sum = HALF;
        for (let k = 0; k < weights.length; k++) sum += weights[k]! * source[from + k * channels + c]!;
        narrow[at++] = sum >> WEIGHT_BITS;
      }
    }
  }
  const result = new Uint8ClampedArray(rows.first.length * lineLength);
  for (let y = 0; y < rows.first.length; y++) {
    const weights = rows.weights[y]!;
    const from = (rows.first[y]! - firstRow) * lineLength;
    for (let i = 0; i < lineLength; i++) {
      let sum = HALF;
      for (let k = 0; k < weights.length; k++) sum += weights[k]! * narrow[from + k * lineLength + i]!;
      result[y * lineLength + i] = sum >> WEIGHT_BITS;
    }
  }
  return new Uint8Array(result.buffer);
}

/** Every batch wants the same few, and making them took 0.2 ms of each. */
const knownTaps = new Map<string, Int32Array>();

/**
 * The filter of an enlargement as kernels take it: per output position two input positions and their weights. Where one is looked at
 * alone, as at the ends, the other has weight 0.
 *
 * @param from at most `to`
 * @returns [to, 4] int32, to be read only
 */
export function enlargingTaps(from: number, to: number): Int32Array {
  const key = `${from} ${to}`;
  const taps = knownTaps.get(key) ?? makeTaps(from, to);
  knownTaps.set(key, taps);
  return taps;
}

function makeTaps(from: number, to: number): Int32Array {
  if (from > to) throw new Error(`${from} samples are not enlarged to ${to}`);
  const { first, weights } = triangleFilter(from, to);
  const taps = new Int32Array(4 * to);
  for (let i = 0; i < to; i++) {
    const [a = 0, b = 0] = weights[i]!;
    taps.set([first[i]!, Math.min(first[i]! + 1, from - 1), a, b], 4 * i);
  }
  return taps;
}
