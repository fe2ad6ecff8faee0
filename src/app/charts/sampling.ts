/** Choosing which points of a long curve to draw. Export never samples; drawing does. */

/** Indices to draw, ascending, written into `out`; returns how many. */
export interface Sampler {
  (ys: ArrayLike<number>, start: number, end: number, buckets: number, out: number[]): number;
}

/**
 * First, minimum, maximum and last of each bucket, so that spikes stay and lines meet at bucket edges.
 *
 * @param ys      values; NaN is skipped
 * @param start   first index, included
 * @param end     last index, excluded
 * @param buckets about the width in pixels; at most 4 indices come out of each
 * @param out     receives indices, ascending, without repetition; its previous content is overwritten
 * @returns number of indices written
 */
export const sampleMinMax: Sampler = (ys, start, end, buckets, out) => {
  const count = end - start;
  let written = 0;
  const emit = (index: number): void => {
    if (written === 0 || out[written - 1]! < index) out[written++] = index;
  };
  if (count <= buckets * 2) {
    for (let i = start; i < end; i++) if (!Number.isNaN(ys[i])) emit(i);
    return written;
  }
  for (let bucket = 0; bucket < buckets; bucket++) {
    const from = start + Math.floor((count * bucket) / buckets);
    const to = start + Math.floor((count * (bucket + 1)) / buckets);
    let first = -1;
    let last = -1;
    let low = -1;
    let high = -1;
    for (let i = from; i < to; i++) {
      const y = ys[i]!;
      if (Number.isNaN(y)) continue;
      if (first < 0) first = i;
      last = i;
      if (low < 0 || y < ys[low]!) low = i;
      if (high < 0 || y > ys[high]!) high = i;
    }
    if (first < 0) continue;
    emit(first);
    emit(Math.min(low, high));
    emit(Math.max(low, high));
    emit(last);
  }
  return written;
};

/** Exponential moving average with debiasing (as TensorBoard's); weight 0 leaves the values as they are. NaN passes through. */
export function smooth(values: ArrayLike<number>, weight: number): readonly number[] {
  return new GrowingAverage(weight).of(values, null);
}

/** {@link smooth} for a column that grows: what was averaged before is not gone over again. */
export class GrowingAverage {
  readonly #weight: number;
  readonly #out: number[] = [];
  #average = 0;
  #mass = 0;
  #revision: unknown = null;

  constructor(weight: number) {
    this.#weight = weight;
  }

  /**
   * @param values   the column; where it is shorter than last time it is taken as another
   * @param revision another value where entries that were there have changed
   * @returns one average a value; the same array each time, extended
   */
  of(values: ArrayLike<number>, revision: unknown): readonly number[] {
    const out = this.#out;
    if (revision !== this.#revision || values.length < out.length) {
      out.length = 0;
      this.#average = 0;
      this.#mass = 0;
      this.#revision = revision;
    }
    const weight = this.#weight;
    for (let i = out.length; i < values.length; i++) {
      const value = values[i]!;
      if (!Number.isNaN(value)) {
        this.#average = weight * this.#average + (1 - weight) * value;
        this.#mass = weight * this.#mass + (1 - weight);
      }
      out.push(Number.isNaN(value) ? value : this.#average / this.#mass);
    }
    return out;
  }
}
