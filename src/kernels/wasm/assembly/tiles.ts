/**
 * The inner loops of every product: C[4, 8] = A[4, K] · B[K, 8], eight vector sums held in registers.
 *
 * Each step of k loads two vectors of B and four single values of A, and makes eight multiply-adds: 14 of the 15 vector
 * registers that V8 hands out, so nothing spills; larger tiles do. Two steps are written out, which saves pointer arithmetic, with a way out
 * between them: without it V8 moves the loads of both to the front, and spills. Measured in Node 20 on a core that can do 58
 * GFLOP/s: 52 so, 45 step by step, 34 without the way out, 28 with a tile of 6×8.
 *
 * B is packed: for each k its eight columns side by side, zeros where there are fewer (`pack.ts`). A is read where it lies:
 * by rows (values of one row adjacent) or by columns (values of four rows adjacent), so convolutions need no im2col.
 */
import { join } from './reduction';
import { fma, loadPart, relu, storePart } from './simd';

/**
 * Tile of up to four rows of A, each a pointer to its first value. K runs over `segments` runs of `length` adjacent values,
 * with `skip` bytes between them: for a convolution the rows of the filter's window, for a plain product one run.
 *
 * @param bias eight values that the sums start from
 * @param c    first of the tile's values, rows `stride` bytes apart, the first `columns` of each written
 */
export function rowsTile(
  rows: i32,
  a0: usize,
  a1: usize,
  a2: usize,
  a3: usize,
  segments: i32,
  skip: usize,
  length: i32,
  b: usize,
  bias: usize,
  withRelu: i32,
  c: usize,
  stride: usize,
  columns: i32,
): void {
  if (rows == 4) rowsBody(4, a0, a1, a2, a3, segments, skip, length, b, bias, withRelu, c, stride, columns);
  else if (rows == 3) rowsBody(3, a0, a1, a2, a3, segments, skip, length, b, bias, withRelu, c, stride, columns);
  else if (rows == 2) rowsBody(2, a0, a1, a2, a3, segments, skip, length, b, bias, withRelu, c, stride, columns);
  else rowsBody(1, a0, a1, a2, a3, segments, skip, length, b, bias, withRelu, c, stride, columns);
}

// @ts-ignore: decorator
@inline
function rowsBody(
  rows: i32,
  a0: usize,
  a1: usize,
  a2: usize,
  a3: usize,
  segments: i32,
  skip: usize,
  length: i32,
  b: usize,
  bias: usize,
  withRelu: i32,
  c: usize,
  stride: usize,
  columns: i32,
): void {
  let c00 = v128.load(bias);
  let c01 = v128.load(bias, 16);
  let c10 = c00;
  let c11 = c01;
  let c20 = c00;
  let c21 = c01;
  let c30 = c00;
  let c31 = c01;
  for (let segment = segments; segment > 0; segment--) {
    let k = length;
    while (true) {
      const b0 = v128.load(b);
      const b1 = v128.load(b, 16);
      const x0 = v128.load32_splat(a0);
      c00 = fma(x0, b0, c00);
      c01 = fma(x0, b1, c01);
      if (rows > 1) {
        const x1 = v128.load32_splat(a1);
        c10 = fma(x1, b0, c10);
        c11 = fma(x1, b1, c11);
      }
      if (rows > 2) {
        const x2 = v128.load32_splat(a2);
        c20 = fma(x2, b0, c20);
        c21 = fma(x2, b1, c21);
      }
      if (rows > 3) {
        const x3 = v128.load32_splat(a3);
        c30 = fma(x3, b0, c30);
        c31 = fma(x3, b1, c31);
      }
      if (k == 1) break;
      const next0 = v128.load(b, 32);
      const next1 = v128.load(b, 48);
      const y0 = v128.load32_splat(a0, 4);
      c00 = fma(y0, next0, c00);
      c01 = fma(y0, next1, c01);
      if (rows > 1) {
        const y1 = v128.load32_splat(a1, 4);
        c10 = fma(y1, next0, c10);
        c11 = fma(y1, next1, c11);
      }
      if (rows > 2) {
        const y2 = v128.load32_splat(a2, 4);
        c20 = fma(y2, next0, c20);
        c21 = fma(y2, next1, c21);
      }
      if (rows > 3) {
        const y3 = v128.load32_splat(a3, 4);
        c30 = fma(y3, next0, c30);
        c31 = fma(y3, next1, c31);
      }
      a0 += 8;
      if (rows > 1) a1 += 8;
      if (rows > 2) a2 += 8;
      if (rows > 3) a3 += 8;
      b += 64;
      k -= 2;
      if (k == 0) break;
    }
    // An odd run leaves by the first way, one value short.
    const odd = <usize>k << 2;
    a0 += skip + odd;
    if (rows > 1) a1 += skip + odd;
    if (rows > 2) a2 += skip + odd;
    if (rows > 3) a3 += skip + odd;
    b += odd << 3;
  }
  if (withRelu) {
    c00 = relu(c00);
    c01 = relu(c01);
    c10 = relu(c10);
    c11 = relu(c11);
    c20 = relu(c20);
    c21 = relu(c21);
    c30 = relu(c30);
    c31 = relu(c31);
  }
  storeRow(c, c00, c01, columns);
  if (rows > 1) storeRow(c + stride, c10, c11, columns);
  if (rows > 2) storeRow(c + 2 * stride, c20, c21, columns);
  if (rows > 3) storeRow(c + 3 * stride, c30, c31, columns);
}

/**
 * Tile of up to four adjacent columns of A: for each of `length` k the four values at a + offsets[k] (bytes, uint32).
 * The sums join what is at c as `mode` says (`reduction.ts`); then the same again for the other images, each `nextImage` bytes
 * after the last in A and `length` rows after it in B.
 */
export function columnsTile(
  rows: i32,
  a: usize,
  nextImage: usize,
  images: i32,
  offsets: usize,
  length: i32,
  b: usize,
  mode: i32,
  c: usize,
  stride: usize,
  columns: i32,
): void {
  if (rows == 4) columnsBody(4, a, nextImage, images, offsets, length, b, mode, c, stride, columns);
  else if (rows == 3) columnsBody(3, a, nextImage, images, offsets, length, b, mode, c, stride, columns);
  else if (rows == 2) columnsBody(2, a, nextImage, images, offsets, length, b, mode, c, stride, columns);
  else columnsBody(1, a, nextImage, images, offsets, length, b, mode, c, stride, columns);
}

// @ts-ignore: decorator
@inline
function columnsBody(
  rows: i32,
  a: usize,
  nextImage: usize,
  images: i32,
  offsets: usize,
  length: i32,
  b: usize,
  mode: i32,
  c: usize,
  stride: usize,
  columns: i32,
): void {
  for (; images > 0; images--) {
    let c00 = f32x4.splat(0);
    let c01 = c00;
    let c10 = c00;
    let c11 = c00;
    let c20 = c00;
    let c21 = c00;
    let c30 = c00;
    let c31 = c00;
    let offset = offsets;
    let k = length;
    while (true) {
      const at = a + load<u32>(offset);
      const b0 = v128.load(b);
      const b1 = v128.load(b, 16);
      const x0 = v128.load32_splat(at);
      c00 = fma(x0, b0, c00);
      c01 = fma(x0, b1, c01);
      if (rows > 1) {
        const x1 = v128.load32_splat(at, 4);
        c10 = fma(x1, b0, c10);
        c11 = fma(x1, b1, c11);
      }
      if (rows > 2) {
        const x2 = v128.load32_splat(at, 8);
        c20 = fma(x2, b0, c20);
        c21 = fma(x2, b1, c21);
      }
      if (rows > 3) {
        const x3 = v128.load32_splat(at, 12);
        c30 = fma(x3, b0, c30);
        c31 = fma(x3, b1, c31);
      }
      if (k == 1) break;
      const nextAt = a + load<u32>(offset, 4);
      const next0 = v128.load(b, 32);
      const next1 = v128.load(b, 48);
      const y0 = v128.load32_splat(nextAt);
      c00 = fma(y0, next0, c00);
      c01 = fma(y0, next1, c01);
      if (rows > 1) {
        const y1 = v128.load32_splat(nextAt, 4);
        c10 = fma(y1, next0, c10);
        c11 = fma(y1, next1, c11);
      }
      if (rows > 2) {
        const y2 = v128.load32_splat(nextAt, 8);
        c20 = fma(y2, next0, c20);
        c21 = fma(y2, next1, c21);
      }
      if (rows > 3) {
        const y3 = v128.load32_splat(nextAt, 12);
        c30 = fma(y3, next0, c30);
        c31 = fma(y3, next1, c31);
      }
      offset += 8;
      b += 64;
      k -= 2;
      if (k == 0) break;
    }
    // An odd length leaves by the first way, one row short.
    b += <usize>k << 5;
    joinRow(mode, c, c00, c01, columns);
    if (rows > 1) joinRow(mode, c + stride, c10, c11, columns);
    if (rows > 2) joinRow(mode, c + 2 * stride, c20, c21, columns);
    if (rows > 3) joinRow(mode, c + 3 * stride, c30, c31, columns);
    a += nextImage;
  }
}

function storeRow(to: usize, first: v128, second: v128, columns: i32): void {
  if (columns >= 8) {
    v128.store(to, first);
    v128.store(to, second, 16);
  } else {
    storePart(to, first, columns);
    storePart(to + 16, second, columns - 4);
  }
}

// @ts-ignore: decorator
@inline
function joinRow(mode: i32, to: usize, first: v128, second: v128, columns: i32): void {
  if (columns >= 8) {
    v128.store(to, join(mode, v128.load(to), first));
    v128.store(to, join(mode, v128.load(to, 16), second), 16);
  } else {
    joinPart(mode, to, first, second, columns);
  }
}

function joinPart(mode: i32, to: usize, first: v128, second: v128, columns: i32): void {
  storePart(to, join(mode, loadPart(to, columns), first), columns);
  storePart(to + 16, join(mode, loadPart(to + 16, columns - 4), second), columns - 4);
}
