/**
 * The one-dimensional transforms of Winograd's convolution with six points (Lavin & Gray 2015, arXiv 1509.09308): for n outputs of
 * a filter of r taps, n + r − 1 = 6,
 *
 *   y = Aᵀ [ (G g) ∘ (Bᵀ d) ],  d six inputs, g the filter, ∘ element by element
 *
 * so 6 products stand for n·r; in two dimensions 36 for n²·r², once along columns and once along rows. By the theorem of Cook and Toom any
 * points do; these are 0, ±a, ±1/a, ∞ with a = √½. With the usual 0, ±1, ±2, ∞ float32 loses half a digit to cancellation; with
 * these the error is that of adding the products up one by one (both 6e-7 of the largest output, 3×3 and 5×5 filters of 32 channels).
 *
 * With t = x² and a² = ½, b = 1/a: Π (x − p) over all points but 0 is x⁴ − 2½x² + 1. Row p of Bᵀ has the coefficients of Π (x − q)
 * over the other points q, row p of G those of 1, p, p² … over Π (p − q): 1 at 0, −3/2 at ±a, 6 at ±b. Aᵀ has the powers of the points.
 *
 * All read and write vectors of four channels, `step` bytes apart.
 */
import { fma } from './simd';

/** Points, and the products of the one-dimensional transform. */
export const POINTS: i32 = 6;
/** Products of the two-dimensional one. */
export const PRODUCTS: i32 = 36;

const A: f32 = 0.7071067811865476;
const B: f32 = 1.4142135623730951;

/** Bᵀ d: six inputs to six. */
// @ts-ignore: decorator
@inline
export function transformData(from: usize, fromStep: usize, to: usize, toStep: usize): void {
  const d0 = v128.load(from);
  const d1 = v128.load(from + fromStep);
  const d2 = v128.load(from + 2 * fromStep);
  const d3 = v128.load(from + 3 * fromStep);
  const d4 = v128.load(from + 4 * fromStep);
  const d5 = v128.load(from + 5 * fromStep);
  const middle = f32x4.splat(-2.5);
  v128.store(to, fma(middle, d2, v128.add<f32>(d0, d4)));
  v128.store(to + 5 * toStep, fma(middle, d3, v128.add<f32>(d1, d5)));
  const a = f32x4.splat(A);
  const b = f32x4.splat(B);
  const evenA = fma(f32x4.splat(-2), d2, d4);
  const oddA = v128.sub<f32>(v128.mul<f32>(a, d3), v128.mul<f32>(b, d1));
  v128.store(to + toStep, v128.add<f32>(evenA, oddA));
  v128.store(to + 2 * toStep, v128.sub<f32>(evenA, oddA));
  const evenB = fma(f32x4.splat(-0.5), d2, d4);
  const oddB = v128.sub<f32>(v128.mul<f32>(b, d3), v128.mul<f32>(a, d1));
  v128.store(to + 3 * toStep, v128.add<f32>(evenB, oddB));
  v128.store(to + 4 * toStep, v128.sub<f32>(evenB, oddB));
}

/** G g: `taps` values (2 to 5) to six. */
// @ts-ignore: decorator
@inline
export function transformFilter(taps: i32, from: usize, fromStep: usize, to: usize, toStep: usize): void {
  const g0 = v128.load(from);
  let evenA = g0;
  let evenB = g0;
  let oddA = v128.load(from + fromStep);
  let oddB = oddA;
  if (taps > 2) {
    const g2 = v128.load(from + 2 * fromStep);
    evenA = fma(f32x4.splat(0.5), g2, evenA);
    evenB = fma(f32x4.splat(2), g2, evenB);
  }
  if (taps > 3) {
    const g3 = v128.load(from + 3 * fromStep);
    oddA = fma(f32x4.splat(0.5), g3, oddA);
    oddB = fma(f32x4.splat(2), g3, oddB);
  }
  if (taps > 4) {
    const g4 = v128.load(from + 4 * fromStep);
    evenA = fma(f32x4.splat(0.25), g4, evenA);
    evenB = fma(f32x4.splat(4), g4, evenB);
  }
  const last = v128.load(from + <usize>(taps - 1) * fromStep);
  v128.store(to, g0);
  evenA = v128.mul<f32>(f32x4.splat(-2.0 / 3.0), evenA);
  oddA = v128.mul<f32>(f32x4.splat((-2.0 / 3.0) * A), oddA);
  v128.store(to + toStep, v128.add<f32>(evenA, oddA));
  v128.store(to + 2 * toStep, v128.sub<f32>(evenA, oddA));
  evenB = v128.mul<f32>(f32x4.splat(1.0 / 6.0), evenB);
  oddB = v128.mul<f32>(f32x4.splat(B / 6.0), oddB);
  v128.store(to + 3 * toStep, v128.add<f32>(evenB, oddB));
  v128.store(to + 4 * toStep, v128.sub<f32>(evenB, oddB));
  v128.store(to + 5 * toStep, last);
}

/** Aᵀ m: six products to `outputs` values (2 to 5). */
// @ts-ignore: decorator
@inline
export function transformProducts(outputs: i32, from: usize, fromStep: usize, to: usize, toStep: usize): void {
  const m0 = v128.load(from);
  const m1 = v128.load(from + fromStep);
  const m2 = v128.load(from + 2 * fromStep);
  const m3 = v128.load(from + 3 * fromStep);
  const m4 = v128.load(from + 4 * fromStep);
  const m5 = v128.load(from + 5 * fromStep);
  const sumA = v128.add<f32>(m1, m2);
  const sumB = v128.add<f32>(m3, m4);
  const gapA = v128.sub<f32>(m1, m2);
  const gapB = v128.sub<f32>(m3, m4);
  v128.store(to, v128.add<f32>(v128.add<f32>(m0, sumA), sumB));
  let y = fma(f32x4.splat(A), gapA, v128.mul<f32>(f32x4.splat(B), gapB));
  if (outputs == 2) y = v128.add<f32>(y, m5);
  v128.store(to + toStep, y);
  if (outputs > 2) {
    y = fma(f32x4.splat(0.5), sumA, v128.mul<f32>(f32x4.splat(2), sumB));
    if (outputs == 3) y = v128.add<f32>(y, m5);
    v128.store(to + 2 * toStep, y);
  }
  if (outputs > 3) {
    y = fma(f32x4.splat(0.5 * A), gapA, v128.mul<f32>(f32x4.splat(2.0 * B), gapB));
    if (outputs == 4) y = v128.add<f32>(y, m5);
    v128.store(to + 3 * toStep, y);
  }
  if (outputs > 4) {
    y = fma(f32x4.splat(0.25), sumA, v128.mul<f32>(f32x4.splat(4), sumB));
    v128.store(to + 4 * toStep, v128.add<f32>(y, m5));
  }
}
