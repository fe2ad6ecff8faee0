/**
 * Convolution with stride 1 in Winograd's form (`winograd-transforms.ts`), for filters of 3×3 and 5×5 and channels in eights:
 *
 *   y = Aᵀ [ Σ_i (G w_i Gᵀ) ∘ (Bᵀ x_i B) ] A + b
 *
 * over tiles of 4×4 outputs (3×3 filter) or 2×2 (5×5): 36 products in place of 144 or 100. The sum over channels i is one matrix product
 * for each of the 36, [tiles, Ci] · [Ci, Co].
 *
 * The gradient with respect to x is the same computation with the filter mirrored and its channels exchanged.
 *
 * First `winogradFilter`, its panels of output channels shared out among threads, then `winogradConvolution`, rows of tiles shared out.
 */
import { partStart, relu } from './simd';
import { rowsTile } from './tiles';
import { blockBytes, inputScratch, productBytes, TiledImages, tileSize, transformTiles } from './winograd-input';
import { POINTS, PRODUCTS, transformFilter, transformProducts } from './winograd-transforms';

// @ts-ignore: decorator
@unmanaged
class WinogradFilterJob {
  /** [K, K, channels, channelsOut], or where mirrored [K, K, channelsOut, channels]. */
  w: usize;
  /** [36, panels of 8 output channels, channels, 8], the 36 `filterBytes` apart. */
  u: usize;
  filter: i32;
  channels: i32;
  channelsOut: i32;
  mirrored: i32;
  /** Per thread, 2 KB. */
  scratch: usize;
  scratchBytes: usize;
}

/** Bytes from one product's filters to the next's: a cache line more than they take, lest all 36 fall into one set of the cache. */
// @ts-ignore: decorator
@inline
function filterBytes(channels: i32, channelsOut: i32): usize {
  return (<usize>(channels * channelsOut) << 2) + 64;
}

export function winogradFilter(address: usize, part: i32, parts: i32, lane: i32): void {
  const job = changetype<WinogradFilterJob>(address);
  if (job.filter == 3) filterBody(job, 3, part, parts, lane);
  else filterBody(job, 5, part, parts, lane);
}

// @ts-ignore: decorator
@inline
function filterBody(job: WinogradFilterJob, size: i32, part: i32, parts: i32, lane: i32): void {
  const channels = job.channels;
  const panels = job.channelsOut >> 3;
  const product = filterBytes(channels, job.channelsOut);
  const taps = job.scratch + <usize>lane * job.scratchBytes;
  const columns = taps + <usize>(size * size) * 16;
  const edge = <usize>size * 16;
  const end = partStart(panels, part + 1, parts) << 3;
  for (let o = partStart(panels, part, parts) << 3; o < end; o += 4) {
    let u = job.u + <usize>((o >> 3) * channels) * 32 + (<usize>(o & 4) << 2);
    for (let i = 0; i < channels; i++) {
      readTaps(job, size, i, o, taps);
      for (let v = 0; v < size; v++) {
        transformFilter(size, taps + <usize>v * 16, edge, columns + <usize>v * 16, edge);
      }
      for (let row = 0; row < POINTS; row++) {
        transformFilter(size, columns + <usize>row * edge, 16, u + <usize>(row * POINTS) * product, product);
      }
      u += 32;
    }
  }
}

/** The filters from channel i to output channels o … o + 3. */
// @ts-ignore: decorator
@inline
function readTaps(job: WinogradFilterJob, size: i32, i: i32, o: i32, to: usize): void {
  const taps = size * size;
  const tapBytes = <usize>(job.channels * job.channelsOut) << 2;
  if (!job.mirrored) {
    let from = job.w + (<usize>(i * job.channelsOut + o) << 2);
    for (let tap = 0; tap < taps; tap++) {
      v128.store(to + <usize>tap * 16, v128.load(from));
      from += tapBytes;
    }
    return;
  }
  const run = <usize>job.channels << 2;
  let from = job.w + <usize>o * run + (<usize>i << 2);
  for (let tap = taps - 1; tap >= 0; tap--) {
    let four = v128.load32_zero(from);
    four = v128.load_lane<f32>(from + run, four, 1);
    four = v128.load_lane<f32>(from + 2 * run, four, 2);
    v128.store(to + <usize>tap * 16, v128.load_lane<f32>(from + 3 * run, four, 3));
    from += tapBytes;
  }
}

// @ts-ignore: decorator
@unmanaged
class WinogradConvolutionJob extends TiledImages {
  /** What {@link winogradFilter} made. */
  u: usize;
  /** Co values, or 0 for none. */
  bias: usize;
  y: usize;
  relu: i32;
  /** Per thread: eight zeros, a tile on its way out, a padded image, a block's tiles before and after the products. */
  scratch: usize;
  scratchBytes: usize;
}

/** Bytes for eight zeros and a tile half transformed (6 × 4 vectors and a row of 4). */
const TILE_BYTES: usize = 512;

export function winogradConvolution(address: usize, part: i32, parts: i32, lane: i32): void {
  const job = changetype<WinogradConvolutionJob>(address);
  const zeros = job.scratch + <usize>lane * job.scratchBytes;
  const image = zeros + TILE_BYTES;
  const inputs = image + inputScratch(job);
  const products = inputs + blockBytes(job, job.channels);
  memory.fill(zeros, 0, 32);
  const rows = job.images * job.tileRows;
  const start = partStart(rows, part, parts);
  const past = partStart(rows, part + 1, parts);
  for (let row = start; row < past; row += job.block) {
    const end = min(past, row + job.block);
    transformTiles(job, row, end, image, row == start, inputs);
    multiply(job, (end - row) * job.tileColumns, inputs, zeros, products);
    if (job.filter == 3) writeTiles(job, 4, row, end, products, zeros + 32);
    else writeTiles(job, 2, row, end, products, zeros + 32);
  }
}

/** The 36 products [tiles, channels] · [channels, channelsOut]. */
function multiply(job: WinogradConvolutionJob, tiles: i32, inputs: usize, zeros: usize, products: usize): void {
  const channels = job.channels;
  const channelsOut = job.channelsOut;
  const panel = <usize>channels * 32;
  const aRow = <usize>channels << 2;
  const cRow = <usize>channelsOut << 2;
  const aStep = productBytes(job, channels);
  const cStep = productBytes(job, channelsOut);
  const bStep = filterBytes(channels, channelsOut);
  let filters = job.u;
  for (let product = 0; product < PRODUCTS; product++) {
    let b = filters;
    for (let o = 0; o < channelsOut; o += 8) {
      let a = inputs;
      let c = products + (<usize>o << 2);
      for (let tile = 0; tile < tiles; tile += 4) {
        rowsTile(min(4, tiles - tile), a, a + aRow, a + 2 * aRow, a + 3 * aRow, 1, 0, channels, b, zeros, 0, c, cRow, 8);
        a += 4 * aRow;
        c += 4 * cRow;
      }
      b += panel;
    }
    inputs += aStep;
    filters += bStep;
    products += cStep;
  }
}

/** Aᵀ · A of a block's products, with bias and ReLU, to where the outputs lie; what a tile has past the image's edge is dropped. */
// @ts-ignore: decorator
@inline
function writeTiles(job: WinogradConvolutionJob, size: i32, first: i32, end: i32, products: usize, scratch: usize): void {
  const channelsOut = job.channelsOut;
  const pixel = <usize>channelsOut << 2;
  const step = productBytes(job, channelsOut);
  const line = scratch + <usize>(POINTS * size) * 16;
  const withRelu = job.relu;
  let tile = products;
  for (let row = first; row < end; row++) {
    const image = row / job.tileRows;
    const top = (row - image * job.tileRows) * size;
    const height = min(size, job.rows - top);
    for (let tileColumn = 0; tileColumn < job.tileColumns; tileColumn++) {
      const left = tileColumn * size;
      const width = min(size, job.columns - left);
      const corner = job.y + <usize>((image * job.rows + top) * job.columns + left) * pixel;
      for (let o = 0; o < channelsOut; o += 4) {
        const at = <usize>o << 2;
        const bias = job.bias ? v128.load(job.bias + at) : f32x4.splat(0);
        for (let column = 0; column < POINTS; column++) {
          const from = tile + <usize>column * step + at;
          transformProducts(size, from, <usize>POINTS * step, scratch + <usize>column * 16, <usize>POINTS * 16);
        }
        for (let r = 0; r < height; r++) {
          transformProducts(size, scratch + <usize>(r * POINTS) * 16, 16, line, 16);
          let to = corner + <usize>(r * job.columns) * pixel + at;
          for (let k = 0; k < width; k++) {
            let y = v128.add<f32>(v128.load(line + <usize>k * 16), bias);
            if (withRelu) y = relu(y);
            v128.store(to, y);
            to += pixel;
          }
        }
      }
      tile += pixel;
    }
  }
}
