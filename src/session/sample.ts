import { permutation, type Random } from '../core/random.ts';

export function everyIndex(length: number): Uint32Array {
  return Uint32Array.from({ length }, (_, k) => k);
}

/** At most `count` of 0 … length − 1, drawn without replacement, in ascending order. */
export function sample(length: number, count: number, random: Random): Uint32Array {
  return count >= length ? everyIndex(length) : permutation(length, random).subarray(0, count).toSorted();
}
