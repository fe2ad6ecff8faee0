/** What the kernels share: four float32 at a time, and the ends of arrays that four do not divide. */

/** a·b + c; one rounding in the relaxed build (fused), two in the plain one. */
// @ts-ignore: decorator
@inline
export function fma(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return v128.relaxed_madd<f32>(a, b, c);
  else return v128.add<f32>(v128.mul<f32>(a, b), c);
}

/** max(0, x), and NaN where x is NaN: a network that diverged must not look alive. */
// @ts-ignore: decorator
@inline
export function relu(x: v128): v128 {
  return v128.pmax<f32>(x, f32x4.splat(0));
}

/** The first `count` of four values, zeros after; reads no further. */
export function loadPart(from: usize, count: i32): v128 {
  let value = f32x4.splat(0);
  if (count > 0) value = f32x4.replace_lane(value, 0, load<f32>(from));
  if (count > 1) value = f32x4.replace_lane(value, 1, load<f32>(from, 4));
  if (count > 2) value = f32x4.replace_lane(value, 2, load<f32>(from, 8));
  if (count > 3) value = f32x4.replace_lane(value, 3, load<f32>(from, 12));
  return value;
}

/** Writes the first `count` of four values and no further. */
export function storePart(to: usize, value: v128, count: i32): void {
  if (count > 0) store<f32>(to, f32x4.extract_lane(value, 0));
  if (count > 1) store<f32>(to, f32x4.extract_lane(value, 1), 4);
  if (count > 2) store<f32>(to, f32x4.extract_lane(value, 2), 8);
  if (count > 3) store<f32>(to, f32x4.extract_lane(value, 3), 12);
}

/** Four values, or what is left of them. */
// @ts-ignore: decorator
@inline
export function loadUpTo(from: usize, count: i32): v128 {
  return count >= 4 ? v128.load(from) : loadPart(from, count);
}

// @ts-ignore: decorator
@inline
export function storeUpTo(to: usize, value: v128, count: i32): void {
  if (count >= 4) v128.store(to, value);
  else storePart(to, value, count);
}

/** Where part `part` of `parts` begins among `count` items (and where the part before it ends). */
// @ts-ignore: decorator
@inline
export function partStart(count: i32, part: i32, parts: i32): i32 {
  return <i32>((<i64>count * part) / parts);
}
