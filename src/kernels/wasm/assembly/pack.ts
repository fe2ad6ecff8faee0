/**
 * Packing: B [K, N] laid out as the tiles read it, panel after panel of eight columns, in a panel k after k.
 * Columns past N are zeros.
 */
import { loadPart, loadUpTo } from './simd';

/** Bytes of one packed panel of K rows. */
// @ts-ignore: decorator
@inline
export function panelBytes(length: i32): usize {
  return <usize>length * 32;
}

/**
 * Panels of a B whose rows are adjacent values.
 *
 * @param from    first value of the first panel's first row; rows `stride` bytes apart
 * @param length  K
 * @param columns how many columns there are from `from` on: the panels are ⌈columns / 8⌉
 */
export function packColumns(from: usize, stride: usize, length: i32, columns: i32, to: usize): void {
  const bytes = panelBytes(length);
  for (let k = 0; k < length; k++) {
    let panel = to;
    let column = 0;
    for (; column + 8 <= columns; column += 8) {
      const at = from + (<usize>column << 2);
      v128.store(panel, v128.load(at));
      v128.store(panel, v128.load(at, 16), 16);
      panel += bytes;
    }
    if (column < columns) {
      const at = from + (<usize>column << 2);
      v128.store(panel, loadUpTo(at, columns - column));
      v128.store(panel, loadPart(at + 16, columns - column - 4), 16);
    }
    from += stride;
    to += 32;
  }
}

/**
 * One panel of a B whose columns are adjacent values (Bᵀ is stored): up to eight runs of `length`, `stride` bytes apart.
 */
export function packRows(from: usize, stride: usize, length: i32, columns: i32, to: usize): void {
  for (let column = 0; column < 8; column += 4) {
    const run = from + <usize>column * stride;
    if (columns - column >= 4) transposeRuns(run, stride, length, to);
    else gatherRuns(run, stride, length, columns - column, to);
    to += 16;
  }
}

/** Four full runs, four values of each at a time. */
function transposeRuns(from: usize, stride: usize, length: i32, to: usize): void {
  let k = 0;
  for (; k + 4 <= length; k += 4) {
    const r0 = v128.load(from);
    const r1 = v128.load(from + stride);
    const r2 = v128.load(from + 2 * stride);
    const r3 = v128.load(from + 3 * stride);
    const low01 = v128.shuffle<f32>(r0, r1, 0, 4, 1, 5);
    const high01 = v128.shuffle<f32>(r0, r1, 2, 6, 3, 7);
    const low23 = v128.shuffle<f32>(r2, r3, 0, 4, 1, 5);
    const high23 = v128.shuffle<f32>(r2, r3, 2, 6, 3, 7);
    v128.store(to, v128.shuffle<f64>(low01, low23, 0, 2));
    v128.store(to, v128.shuffle<f64>(low01, low23, 1, 3), 32);
    v128.store(to, v128.shuffle<f64>(high01, high23, 0, 2), 64);
    v128.store(to, v128.shuffle<f64>(high01, high23, 1, 3), 96);
    from += 16;
    to += 128;
  }
  gatherRuns(from, stride, length - k, 4, to);
}

/** Up to four runs, value by value. */
function gatherRuns(from: usize, stride: usize, length: i32, runs: i32, to: usize): void {
  for (let k = 0; k < length; k++) {
    for (let run = 0; run < 4; run++) {
      store<f32>(to + (<usize>run << 2), run < runs ? load<f32>(from + <usize>run * stride) : 0);
    }
    from += 4;
    to += 32;
  }
}
