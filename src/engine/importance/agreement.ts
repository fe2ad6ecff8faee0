/** How far two importances agree: scale, ranks, and which weights they hold for the most important. On the host, in float64. */
import type { Agreement } from '../../core/dialects.ts';

/** A key has a float32's 32 bits and an index of 21 in a float64's 53: sorting numbers is many times faster than sorting by a rule. */
const INDEX_BITS = 21;
const MOST = 2 ** INDEX_BITS;

/**
 * @param first, second the same weights in the same order, finite and ≥ 0; beyond 2,097,152 weights every so many-th is taken for
 *   ranks and overlap, all for the sums
 */
export function agreement(first: Float32Array, second: Float32Array): Agreement {
  if (first.length !== second.length || first.length === 0) throw new Error(`${first.length} weights cannot be compared with ${second.length}`);
  let sumFirst = 0;
  let sumSecond = 0;
  let product = 0;
  let square = 0;
  for (let i = 0; i < first.length; i++) {
    sumFirst += first[i]!;
    sumSecond += second[i]!;
    product += first[i]! * second[i]!;
    square += first[i]! * first[i]!;
  }
  const [a, b] = [ascending(thinned(first)), ascending(thinned(second))];
  return { scale: sumSecond / sumFirst, leastSquares: product / square, spearman: correlation(ranks(a), ranks(b)), topOverlap: overlap(a.order, b.order) };
}

interface Sorted {
  readonly values: Float32Array;
  /** Positions of `values` from the smallest value to the largest; of equal ones the first comes first. */
  readonly order: Uint32Array;
}

function thinned(values: Float32Array): Float32Array {
  const stride = Math.ceil(values.length / MOST);
  return stride === 1 ? values : Float32Array.from({ length: Math.floor(values.length / stride) }, (_, i) => values[i * stride]!);
}

function ascending(values: Float32Array): Sorted {
  // Adding 0 makes −0 into 0, whose bits sort first; the bits of positive floats sort as the floats do.
  const bits = new Uint32Array(values.map((value) => value + 0).buffer);
  const keys = Float64Array.from(bits, (bit, i) => bit * MOST + i).sort();
  return { values, order: Uint32Array.from(keys, (key) => key % MOST) };
}

/** Rank of each weight, from 0; equal ones share the mean of theirs. */
function ranks({ values, order }: Sorted): Float64Array {
  const out = new Float64Array(order.length);
  for (let start = 0; start < order.length; ) {
    let end = start + 1;
    while (end < order.length && values[order[end]!] === values[order[start]!]) end++;
    for (let i = start; i < end; i++) out[order[i]!] = (start + end - 1) / 2;
    start = end;
  }
  return out;
}

/** Pearson's correlation; null where one does not vary. */
function correlation(a: Float64Array, b: Float64Array): number | null {
  // Mean ranks keep the sum of ranks, so both means are the middle.
  const middle = (a.length - 1) / 2;
  let product = 0;
  let squareA = 0;
  let squareB = 0;
  for (let i = 0; i < a.length; i++) {
    product += (a[i]! - middle) * (b[i]! - middle);
    squareA += (a[i]! - middle) ** 2;
    squareB += (b[i]! - middle) ** 2;
  }
  return squareA === 0 || squareB === 0 ? null : product / Math.sqrt(squareA * squareB);
}

/** Share of the top tenth (at least one) of the first that is in the top tenth of the second. */
function overlap(a: Uint32Array, b: Uint32Array): number {
  const count = Math.max(1, Math.floor(a.length / 10));
  const top = new Set(a.subarray(a.length - count));
  return b.subarray(b.length - count).reduce((shared, index) => shared + (top.has(index) ? 1 : 0), 0) / count;
}
