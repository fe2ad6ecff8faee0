/**
 * Convolution as a product without im2col:
 *
 *   y[m, o] = b[o] + Σ_k A[m, k] · W[k, o],  m = (image, p, q), k = (u, v, i)
 *
 * In a zero-padded NHWC image the values A[m, (u, ·, ·)] are KW·Ci adjacent ones, so a row of A is KH runs at known addresses
 * and the tile reads it in place. The weights are packed once a call.
 *
 * The gradient with respect to x is the same computation: dy spread by the stride and padded by K − 1 − pad, the filter mirrored in
 * both directions, its channels exchanged (`mirrored`).
 *
 * Images are shared out among threads; each packs the weights for itself (small beside the work) and keeps a chunk of
 * padded images in its own scratch.
 */
import { padImage } from './images';
import { packColumns, packRows, panelBytes } from './pack';
import { partStart } from './simd';
import { rowsTile } from './tiles';

// @ts-ignore: decorator
@unmanaged
class ConvolutionJob {
  x: usize;
  w: usize;
  /** Co values, or 0 for none. */
  bias: usize;
  y: usize;
  images: i32;
  height: i32;
  width: i32;
  channels: i32;
  paddedHeight: i32;
  paddedWidth: i32;
  top: i32;
  left: i32;
  dilation: i32;
  filterHeight: i32;
  filterWidth: i32;
  channelsOut: i32;
  rows: i32;
  columns: i32;
  stride: i32;
  relu: i32;
  mirrored: i32;
  /** Images padded at a time. */
  chunk: i32;
  /** Per thread: packed weights, bias rounded up to whole panels, row addresses of a block, the chunk. */
  scratch: usize;
  scratchBytes: usize;
}

/** Tiles between which the packed panel stays in the first cache. */
const BLOCK_TILES: i32 = 16;

export function convolution(address: usize, part: i32, parts: i32, lane: i32): void {
  const job = changetype<ConvolutionJob>(address);
  const length = job.filterWidth * job.channels;
  const depth = job.filterHeight * length;
  const panels = (job.channelsOut + 7) >> 3;
  const packed = job.scratch + <usize>lane * job.scratchBytes;
  const bias = packed + <usize>panels * panelBytes(depth);
  const addresses = bias + (<usize>panels << 5);
  const padded = addresses + (<usize>BLOCK_TILES << 4);
  packWeights(job, depth, packed);
  memory.fill(bias, 0, <usize>panels << 5);
  if (job.bias) memory.copy(bias, job.bias, <usize>job.channelsOut << 2);

  const imageBytes = <usize>(job.paddedHeight * job.paddedWidth * job.channels) << 2;
  const positions = job.rows * job.columns;
  const end = partStart(job.images, part + 1, parts);
  for (let image = partStart(job.images, part, parts); image < end; image += job.chunk) {
    const images = min(job.chunk, end - image);
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
        job.top,
        job.left,
        job.dilation,
      );
    }
    const y = job.y + (<usize>(image * positions * job.channelsOut) << 2);
    multiply(job, images * positions, packed, bias, addresses, padded, imageBytes, y);
  }
}

/** The chunk's product: blocks of tiles, for each block every panel, for each panel the block's tiles. */
function multiply(
  job: ConvolutionJob,
  count: i32,
  packed: usize,
  bias: usize,
  addresses: usize,
  padded: usize,
  imageBytes: usize,
  y: usize,
): void {
  const length = job.filterWidth * job.channels;
  const segments = job.filterHeight;
  const skip = <usize>((job.paddedWidth - job.filterWidth) * job.channels) << 2;
  const panel = panelBytes(segments * length);
  const withRelu = job.relu;
  const channelsOut = job.channelsOut;
  const rowBytes = <usize>channelsOut << 2;
  for (let block = 0; block < count; block += 4 * BLOCK_TILES) {
    const blockEnd = min(count, block + 4 * BLOCK_TILES);
    for (let m = block; m < blockEnd; m++) {
      store<u32>(addresses + (<usize>(m - block) << 2), <u32>windowAddress(job, m, padded, imageBytes));
    }
    let b = packed;
    for (let o = 0; o < channelsOut; o += 8) {
      for (let m = block; m < blockEnd; m += 4) {
        const at = addresses + (<usize>(m - block) << 2);
        rowsTile(
          min(4, blockEnd - m),
          load<u32>(at),
          load<u32>(at, 4),
          load<u32>(at, 8),
          load<u32>(at, 12),
          segments,
          skip,
          length,
          b,
          bias + (<usize>o << 2),
          withRelu,
          y + <usize>m * rowBytes + (<usize>o << 2),
          rowBytes,
          channelsOut - o,
        );
      }
      b += panel;
    }
  }
}

/** Where the window of output position m of the chunk begins. */
// @ts-ignore: decorator
@inline
function windowAddress(job: ConvolutionJob, m: i32, padded: usize, imageBytes: usize): usize {
  const positions = job.rows * job.columns;
  const image = m / positions;
  const position = m - image * positions;
  const row = position / job.columns;
  const column = position - row * job.columns;
  const pixel = (row * job.paddedWidth + column) * job.stride;
  return padded + <usize>image * imageBytes + (<usize>(pixel * job.channels) << 2);
}

function packWeights(job: ConvolutionJob, depth: i32, to: usize): void {
  const channels = job.channels;
  const channelsOut = job.channelsOut;
  if (!job.mirrored) {
    packColumns(job.w, <usize>channelsOut << 2, depth, channelsOut, to);
    return;
  }
  // w is [KH, KW, channelsOut, channels] here: the gradient comes from w's outputs and goes to its inputs.
  const taps = job.filterHeight * job.filterWidth;
  const tapBytes = <usize>(channels * channelsOut) << 2;
  const run = <usize>channels << 2;
  for (let o = 0; o < channelsOut; o += 8) {
    for (let tap = 0; tap < taps; tap++) {
      const from = job.w + <usize>(taps - 1 - tap) * tapBytes + <usize>o * run;
      packRows(from, run, channels, channelsOut - o, to);
      to += panelBytes(channels);
    }
  }
}
