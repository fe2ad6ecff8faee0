/**
 * Gradient of the weights of a convolution with stride 1 in Winograd's form (`winograd-transforms.ts`), reduced over images as in
 * `filter-gradient.ts`. dw of an image is the correlation of x with dy, so with tiles of dy for the filter and the filter's taps for the outputs:
 *
 *   dw = Aᵀ [ Σ_tiles (G dy Gᵀ) ∘ (Bᵀ x B) ] A
 *
 * The sum over tiles is one matrix product for each of the 36, [Ci, tiles] · [tiles, Co]; Aᵀ · A comes once for all images where they are
 * summed, once an image where each image's gradient counts.
 *
 * Panels of eight output channels are shared out among threads, which transform x each for itself; images are always
 * added in order.
 */
import { ASSIGN, join, SUM } from './reduction';
import { partStart } from './simd';
import { columnsTile } from './tiles';
import { blockBytes, inputScratch, productBytes, TiledImages, transformTiles } from './winograd-input';
import { POINTS, PRODUCTS, transformFilter, transformProducts } from './winograd-transforms';

// @ts-ignore: decorator
@unmanaged
class WinogradGradientJob extends TiledImages {
  dy: usize;
  /** Zeros when the job begins. */
  dw: usize;
  perImage: i32;
  /** Per thread: a tile on its way, offsets of a block's tiles, a padded image, a block's tiles of x and of dy, the sums of the products. */
  scratch: usize;
  scratchBytes: usize;
}

/** Bytes for a tile before and between its two transforms (25 and 30 vectors at most). */
const TILE_BYTES: usize = 1024;

export function winogradFilterGradient(address: usize, part: i32, parts: i32, lane: i32): void {
  const job = changetype<WinogradGradientJob>(address);
  const panels = job.channelsOut >> 3;
  const first = partStart(panels, part, parts) << 3;
  const columns = (partStart(panels, part + 1, parts) << 3) - first;
  if (columns <= 0) return;
  const tile = job.scratch + <usize>lane * job.scratchBytes;
  const offsets = tile + TILE_BYTES;
  const tiles = job.block * job.tileColumns;
  const image = offsets + ((<usize>tiles << 2) + 15 & ~15);
  const inputs = image + inputScratch(job);
  const gradients = inputs + blockBytes(job, job.channels);
  const sums = gradients + blockBytes(job, columns);
  for (let t = 0; t < tiles; t++) store<u32>(offsets + (<usize>t << 2), <u32>(t * job.channels) << 2);
  const rows = job.images * job.tileRows;
  // Plain sums need no pause between images.
  const round = job.perImage == SUM ? rows : job.tileRows;
  for (let start = 0; start < rows; start += round) {
    const past = start + round;
    for (let row = start; row < past; row += job.block) {
      const end = min(past, row + job.block);
      transformTiles(job, row, end, image, row == start, inputs);
      if (job.filter == 3) transformGradients(job, 4, row, end, first, columns, tile, gradients);
      else transformGradients(job, 2, row, end, first, columns, tile, gradients);
      multiply(job, (end - row) * job.tileColumns, columns, inputs, offsets, gradients, row == start ? ASSIGN : SUM, sums);
    }
    if (job.filter == 3) addGradient(job, 3, first, columns, sums, tile);
    else addGradient(job, 5, first, columns, sums, tile);
  }
}

/** Bytes from one product's sums to the next's: a cache line more than they take, lest all 36 fall into one set of the cache. */
// @ts-ignore: decorator
@inline
function sumBytes(channels: i32, columns: i32): usize {
  return (<usize>(channels * columns) << 2) + 64;
}

/** G dy Gᵀ of a block, for columns `first` …: [36, panels, tiles, 8]. */
// @ts-ignore: decorator
@inline
function transformGradients(
  job: WinogradGradientJob,
  size: i32,
  firstRow: i32,
  endRow: i32,
  first: i32,
  columns: i32,
  scratch: usize,
  gradients: usize,
): void {
  const pixel = <usize>job.channelsOut << 2;
  const step = productBytes(job, columns);
  const panel = <usize>((endRow - firstRow) * job.tileColumns) * 32;
  const edge = <usize>size * 16;
  const between = scratch + <usize>(size * size) * 16;
  let tile = gradients;
  for (let row = firstRow; row < endRow; row++) {
    const image = row / job.tileRows;
    const top = (row - image * job.tileRows) * size;
    const height = min(size, job.rows - top);
    for (let tileColumn = 0; tileColumn < job.tileColumns; tileColumn++) {
      const left = tileColumn * size;
      const width = min(size, job.columns - left);
      const corner = job.dy + <usize>((image * job.rows + top) * job.columns + left) * pixel + (<usize>first << 2);
      if (height < size || width < size) memory.fill(scratch, 0, <usize>(size * size) * 16);
      for (let o = 0; o < columns; o += 4) {
        for (let r = 0; r < height; r++) {
          let from = corner + <usize>(r * job.columns) * pixel + (<usize>o << 2);
          const to = scratch + <usize>r * edge;
          for (let k = 0; k < width; k++) {
            v128.store(to + <usize>k * 16, v128.load(from));
            from += pixel;
          }
        }
        for (let k = 0; k < size; k++) {
          transformFilter(size, scratch + <usize>k * 16, edge, between + <usize>k * 16, edge);
        }
        const to = tile + <usize>(o >> 3) * panel + (<usize>(o & 4) << 2);
        for (let r = 0; r < POINTS; r++) {
          transformFilter(size, between + <usize>r * edge, 16, to + <usize>(r * POINTS) * step, step);
        }
      }
      tile += 32;
    }
  }
}

/** Adds a block's 36 products [channels, tiles] · [tiles, columns] to the sums [36, channels, columns], or begins them. */
function multiply(
  job: WinogradGradientJob,
  tiles: i32,
  columns: i32,
  inputs: usize,
  offsets: usize,
  gradients: usize,
  mode: i32,
  sums: usize,
): void {
  const channels = job.channels;
  const aStep = productBytes(job, channels);
  const bStep = productBytes(job, columns);
  const panel = <usize>tiles * 32;
  const rowBytes = <usize>columns << 2;
  const cStep = sumBytes(channels, columns);
  for (let product = 0; product < PRODUCTS; product++) {
    let row = sums;
    for (let i = 0; i < channels; i += 4) {
      let b = gradients;
      for (let o = 0; o < columns; o += 8) {
        const c = row + (<usize>o << 2);
        columnsTile(4, inputs + (<usize>i << 2), 0, 1, offsets, tiles, b, mode, c, rowBytes, 8);
        b += panel;
      }
      row += 4 * rowBytes;
    }
    inputs += aStep;
    gradients += bStep;
    sums += cStep;
  }
}

/** Aᵀ · A of the sums joins columns `first` … of dw. */
// @ts-ignore: decorator
@inline
function addGradient(job: WinogradGradientJob, size: i32, first: i32, columns: i32, sums: usize, scratch: usize): void {
  const channels = job.channels;
  const mode = job.perImage;
  const pixel = <usize>job.channelsOut << 2;
  const step = sumBytes(channels, columns);
  const line = scratch + <usize>(POINTS * size) * 16;
  for (let i = 0; i < channels; i++) {
    for (let o = 0; o < columns; o += 4) {
      const from = sums + (<usize>(i * columns + o) << 2);
      for (let column = 0; column < POINTS; column++) {
        transformProducts(size, from + <usize>column * step, <usize>POINTS * step, scratch + <usize>column * 16, <usize>POINTS * 16);
      }
      for (let u = 0; u < size; u++) {
        transformProducts(size, scratch + <usize>(u * POINTS) * 16, 16, line, 16);
        for (let v = 0; v < size; v++) {
          const to = job.dw + <usize>((u * size + v) * channels + i) * pixel + (<usize>(first + o) << 2);
          v128.store(to, join(mode, v128.load(to), v128.load(line + <usize>v * 16)));
        }
      }
    }
  }
}
