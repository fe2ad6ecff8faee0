/**
 * C [M, N] = op(A) · op(B), op transposing where asked; a dense layer's bias and ReLU on the way where A is not transposed.
 *
 * B is packed a few panels at a time, just before they are used: cheap beside the product even for the 32 rows of a batch. A is read in
 * place: rows of A by `rowsTile`, rows of Aᵀ (adjacent in A's rows) by `columnsTile`.
 *
 * Panels of eight columns are shared out among threads.
 */
import { packColumns, packRows, panelBytes } from './pack';
import { ASSIGN } from './reduction';
import { partStart } from './simd';
import { columnsTile, rowsTile } from './tiles';

// @ts-ignore: decorator
@unmanaged
class ProductJob {
  a: usize;
  b: usize;
  c: usize;
  m: i32;
  n: i32;
  k: i32;
  transposeA: i32;
  transposeB: i32;
  /** N values, or 0 for none. */
  bias: usize;
  relu: i32;
  /** Panels packed at a time. */
  chunk: i32;
  /** Per thread: bias rounded up to whole panels, offsets of A's rows, packed panels. */
  scratch: usize;
  scratchBytes: usize;
}

export function product(address: usize, part: i32, parts: i32, lane: i32): void {
  const job = changetype<ProductJob>(address);
  const k = job.k;
  const n = job.n;
  const panels = (n + 7) >> 3;
  const bias = job.scratch + <usize>lane * job.scratchBytes;
  const offsets = bias + (<usize>panels << 5);
  const packed = offsets + ((<usize>k << 2) + 15 & ~15);
  memory.fill(bias, 0, <usize>panels << 5);
  if (job.bias) memory.copy(bias, job.bias, <usize>n << 2);
  if (job.transposeA) {
    for (let l = 0; l < k; l++) store<u32>(offsets + (<usize>l << 2), (<u32>l * job.m) << 2);
  }
  const end = partStart(panels, part + 1, parts);
  for (let panel = partStart(panels, part, parts); panel < end; panel += job.chunk) {
    const column = panel << 3;
    const columns = min(n, min(end, panel + job.chunk) << 3) - column;
    packPanels(job, column, columns, packed);
    const tiles = (job.m + 3) >> 2;
    for (let tile = 0; tile < tiles; tile++) {
      const m = partStart(job.m, tile, tiles);
      multiplyRows(job, m, partStart(job.m, tile + 1, tiles) - m, column, columns, bias, offsets, packed);
    }
  }
}

/** Rows m … m + rows − 1 of C, at most four, in the columns of the packed panels. */
function multiplyRows(
  job: ProductJob,
  m: i32,
  rows: i32,
  column: i32,
  columns: i32,
  bias: usize,
  offsets: usize,
  packed: usize,
): void {
  const k = job.k;
  const rowBytes = <usize>job.n << 2;
  const aRow = <usize>k << 2;
  const a = job.transposeA ? job.a + (<usize>m << 2) : job.a + <usize>m * aRow;
  const c = job.c + <usize>m * rowBytes + (<usize>column << 2);
  for (let j = 0; j < columns; j += 8) {
    const b = packed + <usize>(j >> 3) * panelBytes(k);
    const to = c + (<usize>j << 2);
    if (job.transposeA) columnsTile(rows, a, 0, 1, offsets, k, b, ASSIGN, to, rowBytes, columns - j);
    else {
      const start = bias + (<usize>(column + j) << 2);
      rowsTile(rows, a, a + aRow, a + 2 * aRow, a + 3 * aRow, 1, 0, k, b, start, job.relu, to, rowBytes, columns - j);
    }
  }
}

function packPanels(job: ProductJob, column: i32, columns: i32, to: usize): void {
  const k = job.k;
  if (!job.transposeB) {
    packColumns(job.b + (<usize>column << 2), <usize>job.n << 2, k, columns, to);
    return;
  }
  for (let j = 0; j < columns; j += 8) {
    packRows(job.b + (<usize>((column + j) * k) << 2), <usize>k << 2, k, columns - j, to);
    to += panelBytes(k);
  }
}
