import { mix32 } from '../core/random.ts';

/**
 * Bits that decide whether element `index` is kept: mix32(index · 0x9E3779B1 + seed), all modulo 2³².
 * Kept when the bits are ≥ {@link dropThreshold}. WGSL and AssemblyScript versions must match bit for bit.
 */
export function dropoutBits(seed: number, index: number): number {
  return mix32((Math.imul(index, 0x9e3779b1) + (seed >>> 0)) >>> 0);
}

/** rate · 2³², the number below which an element is dropped. */
export function dropThreshold(rate: number): number {
  return Math.floor(rate * 0x100000000) >>> 0;
}
