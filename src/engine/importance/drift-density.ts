/** How far weights moved against how strongly they were held: what protection looks like, weight by weight. */
import { abs, sub, tidy } from '@tensorflow/tfjs-core';
import type { DriftDensity } from '../../core/importance-summary.ts';
import type { Params } from '../model/params.ts';

const STEP = Math.log10(2);
const EXPONENT_BIAS = 127;
const EXPONENTS = 256;
/** Buckets along each axis at most: twelve decades. */
const MOST = 40;

/**
 * @param omega    Ω while the task was trained
 * @param anchor   θ*, where its training began
 * @param backbone θ now
 * @returns one a parameter that has an Ω, all on the same axes
 */
export async function driftDensity(omega: Params, anchor: Params, backbone: Params): Promise<DriftDensity[]> {
  const raw: { readonly name: string; readonly counts: Uint32Array; readonly free: number; readonly still: number }[] = [];
  for (const [name, importance] of omega) {
    const [theta, before] = [backbone.get(name), anchor.get(name)];
    if (!theta || !before) continue;
    const drift = tidy(() => abs(sub(theta, before)));
    const [held, moved] = [exponentsOf((await importance.data()) as Float32Array), exponentsOf((await drift.data()) as Float32Array)];
    drift.dispose();
    const counts = new Uint32Array(EXPONENTS * EXPONENTS);
    let free = 0;
    let still = 0;
    for (let i = 0; i < held.length; i++) {
      const [column, row] = [exponent(held[i]!), exponent(moved[i]!)];
      if (column === 0) free += 1;
      else if (row === 0) still += 1;
      else counts[column * EXPONENTS + row]! += 1;
    }
    raw.push({ name, counts, free, still });
  }
  const columns = reach(raw.map(({ counts }) => counts), (index) => index >>> 8);
  const rows = reach(raw.map(({ counts }) => counts), (index) => index & 0xff);
  return raw.map(({ name, counts, free, still }) => ({
    name, free, still, step: STEP,
    omegaMin: (columns.first - EXPONENT_BIAS) * STEP,
    driftMin: (rows.first - EXPONENT_BIAS) * STEP,
    columns: columns.count,
    rows: rows.count,
    counts: trimmed(counts, columns, rows),
  }));
}

interface Reach {
  readonly first: number;
  readonly count: number;
}

/** The exponents that occur, at most the {@link MOST} greatest. */
function reach(all: readonly Uint32Array[], axis: (index: number) => number): Reach {
  let low = EXPONENTS;
  let high = 0;
  for (const counts of all) {
    for (let index = 0; index < counts.length; index++) {
      if (counts[index] === 0) continue;
      low = Math.min(low, axis(index));
      high = Math.max(high, axis(index));
    }
  }
  if (low > high) return { first: EXPONENT_BIAS, count: 1 };
  const first = Math.max(low, high - MOST + 1);
  return { first, count: high - first + 1 };
}

function trimmed(counts: Uint32Array, columns: Reach, rows: Reach): number[] {
  const out = new Array<number>(columns.count * rows.count).fill(0);
  counts.forEach((count, index) => {
    if (count === 0) return;
    const column = Math.max(0, (index >>> 8) - columns.first);
    const row = Math.max(0, (index & 0xff) - rows.first);
    out[column * rows.count + row]! += count;
  });
  return out;
}

function exponentsOf(values: Float32Array): Uint32Array {
  return new Uint32Array(values.buffer, values.byteOffset, values.length);
}

/** Biased exponent of a float ≥ 0; 0 for zero and what is too small for a normal number. */
function exponent(bits: number): number {
  return (bits >>> 23) & 0xff;
}
