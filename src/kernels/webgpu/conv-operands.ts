/**
 * The operands that make a convolution a product (`gemm.ts`), read from images and filters where they lie: no im2col in memory.
 *
 * Extents, stride and padding are baked into the WGSL, so that the divisions that turn a flat index into coordinates are by constants;
 * the number of images is not, it only bounds `params.rows` or `params.depth`. A coordinate outside the image is −2³⁰ or becomes a
 * huge unsigned number: one comparison tells.
 */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { windowedSize } from '../geometry.ts';
import type { ConvGeometry } from '../ops.ts';
import { blockOf, eachOfFour, mapped, type GemmOperand, type PerElement } from './gemm-operand.ts';

/** One convolution's extents: images [·, height, width, channelsIn] and [·, outHeight, outWidth, channelsOut]. */
export interface ConvExtents extends ConvGeometry {
  readonly height: number;
  readonly width: number;
  readonly channelsIn: number;
  readonly filterHeight: number;
  readonly filterWidth: number;
  readonly channelsOut: number;
  readonly outHeight: number;
  readonly outWidth: number;
}

/** Extents from the shape of the input [N,H,W,Ci] and of the filter [KH,KW,Ci,Co]. */
export function convExtents(inputShape: readonly number[], filterShape: readonly number[], { stride, pad }: ConvGeometry): ConvExtents {
  const [, height, width, channelsIn] = inputShape as [number, number, number, number];
  const [filterHeight, filterWidth, , channelsOut] = filterShape as [number, number, number, number];
  const outHeight = windowedSize(height, filterHeight, stride, pad);
  const outWidth = windowedSize(width, filterWidth, stride, pad);
  return { stride, pad, height, width, channelsIn, filterHeight, filterWidth, channelsOut, outHeight, outWidth };
}

/** Forward A: rows are output positions (n, p, q), depth is (u, v, i): x[n, p·s+u−pad, q·s+v−pad, i]. */
export function patches(x: TensorInfo, extents: ConvExtents): GemmOperand {
  const { stride, pad, height, width, channelsIn, filterWidth, outHeight, outWidth } = extents;
  const wide = channelsIn % 4 === 0;
  const inside = (i: number) => `y[${i}] < ${height}u && x[${i}] < ${width}u`;
  return {
    tensor: x,
    element: wide ? 'vec4<f32>' : 'f32',
    order: wide ? 'depth by four' : 'depth',
    key: `patches-${extentsKey(extents)}`,
    source: (side) => `
struct Place_${side} { image: vec4<u32>, top: vec4<i32>, left: vec4<i32> }
fn prepare_${side}(outer: u32) -> Place_${side} {
  let row = vec4<u32>(outer) + vec4<u32>(0u, 1u, 2u, 3u);
  let position = row % ${outHeight * outWidth}u;
  let inside = row < vec4<u32>(params.rows);
  return Place_${side}(
    row / ${outHeight * outWidth}u * ${height * width * channelsIn}u,
    select(vec4<i32>(-1073741824), vec4<i32>(position / ${outWidth}u * ${stride}u) - ${pad}, inside),
    vec4<i32>(position % ${outWidth}u * ${stride}u) - ${pad},
  );
}
fn load_${side}(place: Place_${side}, depth: u32) -> ${loaded(wide)} {
  let channel = depth % ${channelsIn}u;
  let tap = depth / ${channelsIn}u;
  let y = vec4<u32>(place.top + i32(tap / ${filterWidth}u));
  let x = vec4<u32>(place.left + i32(tap % ${filterWidth}u));
  let at = place.image + (y * ${width}u + x) * ${channelsIn}u + channel;
  ${readPlaces(side, wide, inside)}
}`,
  };
}

/** Input gradient A: rows are input positions (n, r, c), depth is (u, v, o): dy[n, (r+pad−u)/s, (c+pad−v)/s, o], 0 where s does not divide. */
export function upstreamPatches(dy: TensorInfo, extents: ConvExtents): GemmOperand {
  const { stride, pad, height, width, channelsOut, filterWidth, outHeight, outWidth } = extents;
  const wide = channelsOut % 4 === 0;
  const divisible = (axis: string, i: number) => (stride === 1 ? '' : ` && ${axis}[${i}] % ${stride}u == 0u`);
  const inside = (i: number) => `y[${i}] < ${outHeight}u && x[${i}] < ${outWidth}u${divisible('strided_y', i)}${divisible('strided_x', i)}`;
  return {
    tensor: dy,
    element: wide ? 'vec4<f32>' : 'f32',
    order: wide ? 'depth by four' : 'depth',
    key: `upstreamPatches-${extentsKey(extents)}`,
    source: (side) => `
struct Place_${side} { image: vec4<u32>, bottom: vec4<i32>, right: vec4<i32> }
fn prepare_${side}(outer: u32) -> Place_${side} {
  let row = vec4<u32>(outer) + vec4<u32>(0u, 1u, 2u, 3u);
  let position = row % ${height * width}u;
  let inside = row < vec4<u32>(params.rows);
  return Place_${side}(
    row / ${height * width}u * ${outHeight * outWidth * channelsOut}u,
    select(vec4<i32>(-1073741824), vec4<i32>(position / ${width}u) + ${pad}, inside),
    vec4<i32>(position % ${width}u) + ${pad},
  );
}
fn load_${side}(place: Place_${side}, depth: u32) -> ${loaded(wide)} {
  let channel = depth % ${channelsOut}u;
  let tap = depth / ${channelsOut}u;
  let strided_y = vec4<u32>(place.bottom - i32(tap / ${filterWidth}u));
  let strided_x = vec4<u32>(place.right - i32(tap % ${filterWidth}u));
  let y = strided_y / ${stride}u;
  let x = strided_x / ${stride}u;
  let at = place.image + (y * ${outWidth}u + x) * ${channelsOut}u + channel;
  ${readPlaces(side, wide, inside)}
}`,
  };
}

/** Input gradient B: columns are input channels i, depth is (u, v, o): w[u, v, i, o]. */
export function filterByInputChannel(w: TensorInfo, { channelsIn, channelsOut }: ConvExtents): GemmOperand {
  const wide = channelsOut % 4 === 0;
  const inside = (i: number) => `place.outer + ${i}u < ${channelsIn}u`;
  return {
    tensor: w,
    element: wide ? 'vec4<f32>' : 'f32',
    order: wide ? 'depth by four' : 'depth',
    key: `filterByInputChannel-${channelsIn}-${channelsOut}`,
    source: (side) => `
struct Place_${side} { outer: u32 }
fn prepare_${side}(outer: u32) -> Place_${side} { return Place_${side}(outer); }
fn load_${side}(place: Place_${side}, depth: u32) -> ${loaded(wide)} {
  let first = (depth / ${channelsOut}u * ${channelsIn}u + place.outer) * ${channelsOut}u + depth % ${channelsOut}u;
  let at = vec4<u32>(first) + vec4<u32>(0u, ${channelsOut}u, ${2 * channelsOut}u, ${3 * channelsOut}u);
  ${readPlaces(side, wide, inside)}
}`,
  };
}

/**
 * Filter gradient A: rows are taps (u, v, i), depth is output positions (n, p, q): map(x[n, p·s+u−pad, q·s+v−pad, i]).
 * Where four channels stay within one tap they are read as one vector.
 */
export function transposedPatches(x: TensorInfo, extents: ConvExtents, map: PerElement): GemmOperand {
  const { stride, pad, height, width, channelsIn, filterWidth, outHeight, outWidth } = extents;
  const wide = channelsIn % 4 === 0;
  const lanes = wide ? 'i32' : 'vec4<i32>';
  const unsigned = wide ? 'u32' : 'vec4<u32>';
  const load = (side: string): string =>
    wide
      ? `if (y < ${height}u && x < ${width}u) { value = ${side}[at / 4u]; }`
      : eachOfFour((i) => `if (y[${i}] < ${height}u && x[${i}] < ${width}u) { value[${i}] = ${side}[at[${i}]]; }`);
  return {
    tensor: x,
    element: wide ? 'vec4<f32>' : 'f32',
    order: 'outer',
    key: `transposedPatches-${extentsKey(extents)}-${map}`,
    source: (side) => `
struct Place_${side} { top: ${lanes}, left: ${lanes}, channel: ${unsigned} }
fn prepare_${side}(outer: u32) -> Place_${side} {
  let row = ${wide ? 'outer' : 'vec4<u32>(outer) + vec4<u32>(0u, 1u, 2u, 3u)'};
  let tap = row / ${channelsIn}u;
  let inside = row < ${unsigned}(params.rows);
  return Place_${side}(
    select(${lanes}(-1073741824), ${lanes}(tap / ${filterWidth}u) - ${pad}, inside),
    ${lanes}(tap % ${filterWidth}u) - ${pad},
    row % ${channelsIn}u,
  );
}
fn load_${side}(place: Place_${side}, depth: u32) -> vec4<f32> {
  let image = depth / ${outHeight * outWidth}u;
  let position = depth % ${outHeight * outWidth}u;
  let y = ${unsigned}(place.top + i32(position / ${outWidth}u * ${stride}u));
  let x = ${unsigned}(place.left + i32(position % ${outWidth}u * ${stride}u));
  let at = ((image * ${height}u + y) * ${width}u + x) * ${channelsIn}u + place.channel;
  var value = vec4<f32>();
  ${load(side)}
  return ${mapped('value', map)};
}`,
  };
}

/** What a load of four outer indices gives. */
function loaded(wide: boolean): string {
  return wide ? 'mat4x4<f32>' : 'vec4<f32>';
}

/** Reads the four places `at`, or four floats at each. */
function readPlaces(side: string, wide: boolean, inside: (i: number) => string): string {
  if (wide) return blockOf(inside, (i) => `${side}[at[${i}] / 4u]`);
  return `var value = vec4<f32>();
  ${eachOfFour((i) => `if (${inside(i)}) { value[${i}] = ${side}[at[${i}]]; }`)}
  return value;`;
}

function extentsKey(extents: ConvExtents): string {
  const { height, width, channelsIn, filterHeight, filterWidth, channelsOut, stride, pad } = extents;
  return `${height}x${width}x${channelsIn}-${filterHeight}x${filterWidth}x${channelsOut}-s${stride}p${pad}`;
}
