/**
 * Bytes to normalised images: out[n,r,k,c] = table[c][byte[n, r + shiftY, k′ + shiftX, c]], k′ = W−1−k where mirrored, 0 outside.
 * Images stored as squares of a smaller side are enlarged first, as `core/resample.ts` does it: columns, then rows, each rounded to a byte.
 * The table holds (byte/255 − mean[c])/std[c] for all 256 bytes, made once by the host in the order that PyTorch's numbers want.
 */
import { partStart } from './simd';

// @ts-ignore: decorator
@unmanaged
class BatchJob {
  bytes: usize;
  /** [C, 256] float32. */
  table: usize;
  /** [N] int32 each, or 0 for none. */
  shiftY: usize;
  shiftX: usize;
  flip: usize;
  to: usize;
  images: i32;
  height: i32;
  width: i32;
  channels: i32;
  /** Side of the stored images, or 0 where they have the size that comes out. */
  side: i32;
  /** [height, 4] and [width, 4] int32: two positions among `side`, and the weights of each in 2⁻²². */
  rowTaps: usize;
  columnTaps: usize;
  /** Per lane, bytes apart: [side, width, channels] bytes, then [height, width, channels]. */
  enlarged: usize;
  enlargedBytes: usize;
}

/** (a·w + b·v) / 2²², rounded. */
// @ts-ignore: decorator
@inline
function blended(a: i32, b: i32, w: i32, v: i32): u8 {
  return <u8>((a * w + b * v + (1 << 21)) >> 22);
}

/** Enlarges the square at `from`. Returns where the large image lies. */
function enlarge(job: BatchJob, from: usize, lane: i32): usize {
  const line = job.width * job.channels;
  const channels = <usize>job.channels;
  const wide = job.enlarged + <usize>lane * job.enlargedBytes;
  for (let row = 0; row < job.side; row++) {
    let to = wide + <usize>(row * line);
    for (let column = 0; column < job.width; column++) {
      const taps = job.columnTaps + (<usize>column << 4);
      const left = from + <usize>load<i32>(taps) * channels;
      const right = from + <usize>load<i32>(taps, 4) * channels;
      for (let c: usize = 0; c < channels; c++) {
        store<u8>(to++, blended(load<u8>(left + c), load<u8>(right + c), load<i32>(taps, 8), load<i32>(taps, 12)));
      }
    }
    from += <usize>job.side * channels;
  }
  const large = wide + <usize>(job.side * line);
  for (let row = 0; row < job.height; row++) {
    const taps = job.rowTaps + (<usize>row << 4);
    const above = wide + <usize>(load<i32>(taps) * line);
    const below = wide + <usize>(load<i32>(taps, 4) * line);
    const w = load<i32>(taps, 8);
    const v = load<i32>(taps, 12);
    const to = large + <usize>(row * line);
    for (let i: usize = 0; i < <usize>line; i++) {
      store<u8>(to + i, blended(load<u8>(above + i), load<u8>(below + i), w, v));
    }
  }
  return large;
}

export function assembleBatch(address: usize, part: i32, parts: i32, lane: i32): void {
  const job = changetype<BatchJob>(address);
  const height = job.height;
  const width = job.width;
  const channels = job.channels;
  const end = partStart(job.images, part + 1, parts);
  for (let n = partStart(job.images, part, parts); n < end; n++) {
    const entry = <usize>n << 2;
    const shiftY = job.shiftY ? load<i32>(job.shiftY + entry) : 0;
    const shiftX = job.shiftX ? load<i32>(job.shiftX + entry) : 0;
    const flip = job.flip ? load<i32>(job.flip + entry) : 0;
    const image = job.side
      ? enlarge(job, job.bytes + <usize>(n * job.side * job.side * channels), lane)
      : job.bytes + <usize>(n * height * width * channels);
    for (let row = 0; row < height; row++) {
      const fromRow = row + shiftY;
      let to = job.to + (<usize>((n * height + row) * width * channels) << 2);
      if (fromRow < 0 || fromRow >= height) {
        memory.fill(to, 0, <usize>(width * channels) << 2);
        continue;
      }
      const line = image + <usize>(fromRow * width * channels);
      for (let column = 0; column < width; column++) {
        const fromColumn = (flip ? width - 1 - column : column) + shiftX;
        if (fromColumn < 0 || fromColumn >= width) {
          memory.fill(to, 0, <usize>channels << 2);
        } else {
          const pixel = line + <usize>(fromColumn * channels);
          for (let c = 0; c < channels; c++) {
            const byte = <usize>load<u8>(pixel + <usize>c);
            store<f32>(to + (<usize>c << 2), load<f32>(job.table + ((<usize>(c << 8) + byte) << 2)));
          }
        }
        to += <usize>channels << 2;
      }
    }
  }
}
