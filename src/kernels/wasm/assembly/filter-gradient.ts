/**
 * Gradient of a convolution's weights, reduced over images:
 *
 *   dw[(u, e), o] += term( Σ_{p,q} x[p·s + u, q·s·Ci + e] · dy[(p, q), o] ),  e = (v, i), term = g, |g| or g² per image
 *
 * For fixed u and position the KW·Ci values of e are adjacent in the padded image, so x is the A of `columnsTile`, read in place;
 * dy is the B, packed. An image's product stays in registers until it joins dw, so exact per-image importance
 * costs one more load, absolute value and store a tile and image.
 *
 * Panels of eight output channels are shared out among threads; images are always added in order, so the
 * result does not depend on the number of threads.
 */
import { padImage } from './images';
import { packColumns, panelBytes } from './pack';
import { SUM } from './reduction';
import { partStart } from './simd';
import { columnsTile } from './tiles';

// @ts-ignore: decorator
@unmanaged
class FilterGradientJob {
  x: usize;
  dy: usize;
  /** Zeros when the job begins. */
  dw: usize;
  images: i32;
  height: i32;
  width: i32;
  channels: i32;
  paddedHeight: i32;
  paddedWidth: i32;
  pad: i32;
  filterHeight: i32;
  filterWidth: i32;
  channelsOut: i32;
  rows: i32;
  columns: i32;
  stride: i32;
  perImage: i32;
  /** Images padded and packed at a time. */
  group: i32;
  /** Per thread: offsets of the group's positions, the group's images padded, the thread's panels of dy. */
  scratch: usize;
  scratchBytes: usize;
}

export function filterGradient(address: usize, part: i32, parts: i32, lane: i32): void {
  const job = changetype<FilterGradientJob>(address);
  const panels = (job.channelsOut + 7) >> 3;
  const first = partStart(panels, part, parts) << 3;
  const columns = min(job.channelsOut, partStart(panels, part + 1, parts) << 3) - first;
  if (columns <= 0) return;
  const positions = job.rows * job.columns;
  const imageBytes = <usize>(job.paddedHeight * job.paddedWidth * job.channels) << 2;
  const offsets = job.scratch + <usize>lane * job.scratchBytes;
  const padded = offsets + ((<usize>(job.group * positions) << 2) + 15 & ~15);
  const packed = padded + <usize>job.group * imageBytes;
  const outBytes = <usize>job.channelsOut << 2;
  writeOffsets(job, imageBytes, offsets);
  for (let image = 0; image < job.images; image += job.group) {
    const images = min(job.group, job.images - image);
    for (let n = 0; n < images; n++) {
      const from = job.x + (<usize>((image + n) * job.height * job.width * job.channels) << 2);
      padImage(
        from,
        job.height,
        job.width,
        job.channels,
        padded + <usize>n * imageBytes,
        job.paddedHeight,
        job.paddedWidth,
        job.pad,
        job.pad,
        1,
      );
    }
    const dy = job.dy + <usize>(image * positions) * outBytes + (<usize>first << 2);
    packColumns(dy, outBytes, images * positions, columns, packed);
    multiplyGroup(job, images, offsets, padded, imageBytes, packed, first, columns);
  }
}

/** Adds a group's gradient to columns `first` … of dw. */
function multiplyGroup(
  job: FilterGradientJob,
  images: i32,
  offsets: usize,
  padded: usize,
  imageBytes: usize,
  packed: usize,
  first: i32,
  columns: i32,
): void {
  const positions = job.rows * job.columns;
  const run = job.filterWidth * job.channels;
  const perImage = job.perImage;
  // Plain sums need no pause between images.
  const length = perImage == SUM ? images * positions : positions;
  const rounds = perImage == SUM ? 1 : images;
  const panel = panelBytes(images * positions);
  const outBytes = <usize>job.channelsOut << 2;
  const rowBytes = <usize>(job.paddedWidth * job.channels) << 2;
  const tiles = (run + 3) >> 2;
  for (let u = 0; u < job.filterHeight; u++) {
    for (let tile = 0; tile < tiles; tile++) {
      const e = partStart(run, tile, tiles);
      const rows = partStart(run, tile + 1, tiles) - e;
      const a = padded + <usize>u * rowBytes + (<usize>e << 2);
      const c = job.dw + <usize>(u * run + e) * outBytes + (<usize>first << 2);
      let b = packed;
      for (let column = 0; column < columns; column += 8) {
        columnsTile(
          rows,
          a,
          imageBytes,
          rounds,
          offsets,
          length,
          b,
          perImage,
          c + (<usize>column << 2),
          outBytes,
          columns - column,
        );
        b += panel;
      }
    }
  }
}

/** Bytes from the group's first window to that of each position of each image. */
function writeOffsets(job: FilterGradientJob, imageBytes: usize, to: usize): void {
  const images = min(job.group, job.images);
  for (let n = 0; n < images; n++) {
    for (let p = 0; p < job.rows; p++) {
      for (let q = 0; q < job.columns; q++) {
        const pixel = (p * job.paddedWidth + q) * job.stride;
        store<u32>(to, <u32>(<usize>n * imageBytes + (<usize>(pixel * job.channels) << 2)));
        to += 4;
      }
    }
  }
}
