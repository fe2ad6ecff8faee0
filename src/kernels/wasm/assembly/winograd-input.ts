/** The inputs of Winograd's products: tiles of 6 × 6 that overlap by the filter's size − 1, transformed. */
import { padImage } from './images';
import { POINTS, PRODUCTS, transformData } from './winograd-transforms';

/** What both kernels of Winograd's form know of their images; the first fields of their jobs. */
// @ts-ignore: decorator
@unmanaged
export class TiledImages {
  x: usize;
  height: i32;
  width: i32;
  channels: i32;
  channelsOut: i32;
  /** Of the convolution's output. */
  rows: i32;
  columns: i32;
  images: i32;
  pad: i32;
  filter: i32;
  /** Tiles along a column and along a row of one image, each of 7 − filter outputs squared. */
  tileRows: i32;
  tileColumns: i32;
  /** Rows of tiles worked on at a time. */
  block: i32;
}

/** Outputs along a tile's edge. */
// @ts-ignore: decorator
@inline
export function tileSize(job: TiledImages): i32 {
  return POINTS + 1 - job.filter;
}

// @ts-ignore: decorator
@inline
function paddedWidth(job: TiledImages): i32 {
  return job.tileColumns * tileSize(job) + job.filter - 1;
}

// @ts-ignore: decorator
@inline
function paddedBytes(job: TiledImages): usize {
  return <usize>((job.tileRows * tileSize(job) + job.filter - 1) * paddedWidth(job) * job.channels) << 2;
}

/** Bytes that {@link transformTiles} needs to itself. */
export function inputScratch(job: TiledImages): usize {
  return paddedBytes(job) + <usize>(POINTS * paddedWidth(job)) * 16;
}

/** Bytes from one product's values to the next's: [tiles of a block, channels], and a cache line, lest all 36 fall into one set. */
// @ts-ignore: decorator
@inline
export function productBytes(job: TiledImages, channels: i32): usize {
  return (<usize>(job.block * job.tileColumns * channels) << 2) + 64;
}

/**
 * Transforms tile rows `first` … `end` − 1 of all images' (image after image) to `to`: [36, tiles, channels].
 *
 * @param scratch  {@link inputScratch} bytes, where the last image stays between calls
 * @param fresh    nothing is there yet
 */
export function transformTiles(job: TiledImages, first: i32, end: i32, scratch: usize, fresh: bool, to: usize): void {
  const width = paddedWidth(job);
  const channels = job.channels;
  const pixel = <usize>channels << 2;
  const rowBytes = <usize>width * pixel;
  const step = tileSize(job);
  const product = productBytes(job, channels);
  const band = scratch + paddedBytes(job);
  const bandRow = <usize>width * 16;
  for (let row = first; row < end; row++) {
    const image = row / job.tileRows;
    const tileRow = row - image * job.tileRows;
    if (tileRow == 0 || (fresh && row == first)) {
      padImage(
        job.x + <usize>(image * job.height * job.width) * pixel,
        job.height,
        job.width,
        channels,
        scratch,
        job.tileRows * step + job.filter - 1,
        width,
        job.pad,
        job.pad,
        1,
      );
    }
    const window = scratch + <usize>(tileRow * step) * rowBytes;
    for (let c = 0; c < channels; c += 4) {
      // Columns first, once for all tiles of the row.
      for (let column = 0; column < width; column++) {
        transformData(window + <usize>column * pixel + (<usize>c << 2), rowBytes, band + <usize>column * 16, bandRow);
      }
      let tile = to + <usize>((row - first) * job.tileColumns) * pixel + (<usize>c << 2);
      for (let column = 0; column < job.tileColumns; column++) {
        const from = band + <usize>(column * step) * 16;
        for (let i = 0; i < POINTS; i++) {
          transformData(from + <usize>i * bandRow, 16, tile + <usize>(i * POINTS) * product, product);
        }
        tile += pixel;
      }
    }
  }
}

/** Bytes of a block's transformed tiles. */
// @ts-ignore: decorator
@inline
export function blockBytes(job: TiledImages, channels: i32): usize {
  return <usize>PRODUCTS * productBytes(job, channels);
}
