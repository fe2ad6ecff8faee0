/**
 * Bytes to normalised images: out[n,r,k,c] = table[c][byte[n, r + shiftY, k′ + shiftX, c]], k′ = W−1−k where mirrored, 0 outside.
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
}

export function assembleBatch(address: usize, part: i32, parts: i32): void {
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
    for (let row = 0; row < height; row++) {
      const fromRow = row + shiftY;
      let to = job.to + (<usize>((n * height + row) * width * channels) << 2);
      if (fromRow < 0 || fromRow >= height) {
        memory.fill(to, 0, <usize>(width * channels) << 2);
        continue;
      }
      const line = job.bytes + <usize>((n * height + fromRow) * width * channels);
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
