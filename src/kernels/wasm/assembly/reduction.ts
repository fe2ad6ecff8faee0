/** How a tile or an image's sum g joins what is there: the values of PerImage in `ops.ts`, and plain assignment. */

export const SUM: i32 = 0;
export const ABS: i32 = 1;
export const SQUARE: i32 = 2;
export const ASSIGN: i32 = 3;

/** there + g, there + |g|, there + g², or g. */
// @ts-ignore: decorator
@inline
export function join(mode: i32, there: v128, g: v128): v128 {
  if (mode == ASSIGN) return g;
  if (mode == ABS) return v128.add<f32>(there, v128.abs<f32>(g));
  if (mode == SQUARE) return v128.add<f32>(there, v128.mul<f32>(g, g));
  return v128.add<f32>(there, g);
}
