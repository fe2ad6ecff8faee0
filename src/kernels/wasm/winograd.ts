/** When and how convolutions run in Winograd's form (`assembly/winograd-transforms.ts`): the jobs of its kernels. */
import type { PerImage } from '../ops.ts';
import { aligned, REDUCTION, type WasmRuntime } from './runtime.ts';

type Shape4D = readonly [number, number, number, number];

/** A convolution with stride 1: x [N, H, W, Ci], filter K×K, output [rows, columns, Co]. */
export interface UnitConvolution {
  readonly x: Shape4D;
  readonly filter: number;
  readonly channelsOut: number;
  readonly pad: number;
  readonly output: readonly [rows: number, columns: number];
}

const PRODUCTS = 36;
/** Transformed tiles held at a time: about half of a core's second cache. */
const BLOCK_BYTES = 512 * 1024;
/** Scratch of `winogradFilter`, and of the others beside what depends on the shape (the TILE_BYTES of each). */
const FILTER_BYTES = 2048;
const TILE_BYTES = 1024;
/** What the transforms of a tile cost, in products of one channel with one channel: measured. */
const TRANSFORM_COST = 320;
/** The same for joining one image's gradient to the sum. */
const JOIN_COST = 650;

/** Whether Winograd's form is the faster one for a convolution. */
export function winogradPays({ stride, filter: [height, width, channels, channelsOut], output }: {
  readonly stride: number;
  readonly filter: Shape4D;
  readonly output: readonly [rows: number, columns: number];
}, eachImage = false): boolean {
  if (stride !== 1 || height !== width || (height !== 3 && height !== 5) || channels % 8 !== 0 || channelsOut % 8 !== 0) return false;
  const [tileRows, tileColumns] = tilesOf(height, output);
  const perTile = PRODUCTS + TRANSFORM_COST * (1 / channels + 1 / channelsOut);
  return tileRows * tileColumns * perTile + (eachImage ? JOIN_COST : 0) < output[0] * output[1] * height * width;
}

/** Multiply-adds of an image's products in Winograd's form, its transforms not counted. */
export function winogradMultiplyAdds(filter: Shape4D, output: readonly [rows: number, columns: number]): number {
  const [size, , channels, channelsOut] = filter;
  const [tileRows, tileColumns] = tilesOf(size, output);
  return tileRows * tileColumns * PRODUCTS * channels * channelsOut;
}

/** `assembly/winograd-convolution.ts`. Addresses of x, w, bias (0 for none) and y. */
export function winogradConvolve(
  runtime: WasmRuntime,
  convolution: UnitConvolution,
  [x, w, bias, y]: readonly [number, number, number, number],
  { relu, mirrored }: { readonly relu: boolean; readonly mirrored: boolean },
): void {
  const { filter, channelsOut, x: [images, , , channels] } = convolution;
  const [tileRows, tileColumns] = tilesOf(filter, convolution.output);
  const block = blockOf(convolution, images * tileRows);
  const work = images * tileRows * tileColumns * PRODUCTS * channels * channelsOut;
  const parts = Math.min(images * tileRows, runtime.partsFor(work));
  const filterParts = Math.min(channelsOut / 8, runtime.partsFor(PRODUCTS * channels * channelsOut));
  const filterBytes = blockBytes(channels, channelsOut);
  const scratchBytes = aligned(
    TILE_BYTES + inputScratch(convolution) + blockBytes(block * tileColumns, channels) + blockBytes(block * tileColumns, channelsOut),
  );
  const u = runtime.scratch(filterBytes + Math.max(runtime.lanes(parts) * scratchBytes, runtime.lanes(filterParts) * FILTER_BYTES));
  const scratch = u + filterBytes;
  runtime.run('winogradFilter', [w, u, filter, channels, channelsOut, mirrored, scratch, FILTER_BYTES], filterParts);
  runtime.run('winogradConvolution', [x, ...tiled(convolution, block), u, bias, y, relu, scratch, scratchBytes], parts);
}

/** `assembly/winograd-filter-gradient.ts`. Addresses of x, dy and dw. */
export function winogradFilterGradient(
  runtime: WasmRuntime,
  convolution: UnitConvolution,
  [x, dy, dw]: readonly [number, number, number],
  perImage: PerImage,
): void {
  const { filter, channelsOut, x: [images, , , channels] } = convolution;
  const [tileRows, tileColumns] = tilesOf(filter, convolution.output);
  const panels = channelsOut / 8;
  const parts = Math.min(panels, runtime.partsFor(images * tileRows * tileColumns * PRODUCTS * channels * channelsOut, 1));
  const columns = 8 * Math.ceil(panels / parts);
  const block = blockOf(convolution, perImage === 'sum' ? images * tileRows : tileRows);
  const tiles = block * tileColumns;
  const scratchBytes = aligned(
    TILE_BYTES + aligned(4 * tiles) + inputScratch(convolution) + blockBytes(tiles, channels) + blockBytes(tiles, columns)
      + blockBytes(channels, columns),
  );
  const scratch = runtime.scratch(runtime.lanes(parts) * scratchBytes);
  runtime.run(
    'winogradFilterGradient',
    [x, ...tiled(convolution, block), dy, dw, REDUCTION[perImage], scratch, scratchBytes],
    parts,
  );
}

/** The fields of TiledImages after x. */
function tiled({ x: [images, height, width, channels], filter, channelsOut, pad, output }: UnitConvolution, block: number): number[] {
  return [height, width, channels, channelsOut, ...output, images, pad, filter, ...tilesOf(filter, output), block];
}

function tilesOf(filter: number, [rows, columns]: readonly [number, number]): [number, number] {
  const size = 7 - filter;
  return [Math.ceil(rows / size), Math.ceil(columns / size)];
}

/** Rows of tiles at a time. */
function blockOf({ x: [, , , channels], filter, channelsOut, output }: UnitConvolution, rows: number): number {
  const rowBytes = 4 * PRODUCTS * tilesOf(filter, output)[1] * (channels + channelsOut);
  return Math.max(1, Math.min(rows, Math.round(BLOCK_BYTES / rowBytes)));
}

/** `inputScratch` in `assembly/winograd-input.ts`. */
function inputScratch({ x: [, , , channels], filter, output }: UnitConvolution): number {
  const [height, width] = tilesOf(filter, output).map((tiles) => tiles * (7 - filter) + filter - 1) as [number, number];
  return 4 * height * width * channels + 6 * 16 * width;
}

/** 36 matrices, a cache line after each: `blockBytes` in `assembly/winograd-input.ts`, and the filters and sums likewise. */
function blockBytes(rows: number, columns: number): number {
  return PRODUCTS * (4 * rows * columns + 64);
}
