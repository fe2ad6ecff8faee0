/** The tenth of all weights that matter most to a task, as one bit a weight, and how such sets of several tasks overlap. */
import type { ImportanceOverlap } from '../../core/importance-summary.ts';
import type { Params } from '../model/params.ts';

/** Share of the weights that a set holds. */
const SHARE = 0.1;
const BINS = 1 << 16;

/** Bit k of the k-th weight, parameters in the map's order and entries in the engine's. */
export type TopSet = Uint32Array;

/**
 * Weights at or above the 90 % quantile of Ω over all parameters, exactly; ties at the border belong to it, zeros never.
 * Reads each parameter twice, one at a time, so that no second copy of Ω is ever held.
 */
export async function topTenth(omega: Params): Promise<TopSet> {
  // Floats ≥ 0 sort like their bits, so the upper half of the bits is a histogram that cuts at most one bin.
  const histogram = new Uint32Array(BINS);
  let count = 0;
  for (const value of omega.values()) {
    const bits = bitsOf((await value.data()) as Float32Array);
    count += bits.length;
    for (let i = 0; i < bits.length; i++) histogram[bits[i]! >>> 16]! += 1;
  }
  let wanted = Math.round(count * SHARE);
  let bin = BINS - 1;
  while (bin > 0 && histogram[bin]! < wanted) wanted -= histogram[bin--]!;
  const set = new Uint32Array(Math.ceil(count / 32));
  const border: { readonly at: number; readonly bits: number }[] = [];
  let offset = 0;
  for (const value of omega.values()) {
    const bits = bitsOf((await value.data()) as Float32Array);
    for (let i = 0; i < bits.length; i++) {
      const own = bits[i]! >>> 16;
      if (own > bin) set[(offset + i) >>> 5]! |= 1 << ((offset + i) & 31);
      else if (own === bin && bits[i] !== 0) border.push({ at: offset + i, bits: bits[i]! });
    }
    offset += bits.length;
  }
  const threshold = border.map((entry) => entry.bits).sort((a, b) => b - a)[Math.max(0, wanted - 1)] ?? Infinity;
  for (const { at, bits } of border) if (wanted > 0 && bits >= threshold) set[at >>> 5]! |= 1 << (at & 31);
  return set;
}

/**
 * @param sets   one a finished task; null where it is not known
 * @param counts weights of each parameter, in the sets' order
 */
export function overlapOf(sets: readonly (TopSet | null)[], counts: readonly number[]): ImportanceOverlap {
  const known = sets.filter((set) => set !== null);
  const total = counts.reduce((a, b) => a + b, 0);
  const served = new Array<number>(known.length + 1).fill(0);
  let offset = 0;
  const sharedByLayer = counts.map((count) => {
    let shared = 0;
    for (let k = offset; k < offset + count; k++) {
      let members = 0;
      for (const set of known) members += (set[k >>> 5]! >>> (k & 31)) & 1;
      served[members]! += 1;
      if (members > 1) shared += 1;
    }
    offset += count;
    return count === 0 ? 0 : shared / count;
  });
  if (offset !== total) throw new Error('the counts do not add up');
  return { jaccard: sets.map((a) => sets.map((b) => (a && b ? jaccard(a, b) : null))), served, sharedByLayer };
}

/** |A ∩ B| / |A ∪ B|; 1 for two empty sets. */
function jaccard(a: TopSet, b: TopSet): number {
  let both = 0;
  let either = 0;
  for (let i = 0; i < a.length; i++) {
    both += ones(a[i]! & b[i]!);
    either += ones(a[i]! | b[i]!);
  }
  return either === 0 ? 1 : both / either;
}

/** Number of ones in 32 bits. */
function ones(bits: number): number {
  let x = bits - ((bits >>> 1) & 0x55555555);
  x = (x & 0x33333333) + ((x >>> 2) & 0x33333333);
  return Math.imul((x + (x >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

function bitsOf(values: Float32Array): Uint32Array {
  return new Uint32Array(values.buffer, values.byteOffset, values.length);
}
