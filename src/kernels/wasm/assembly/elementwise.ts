/** Kernels that visit each element once: ReLU's derivative, dropout, the sum over positions that gives a bias gradient. */
import { join } from './reduction';
import { loadUpTo, partStart, storeUpTo } from './simd';

// @ts-ignore: decorator
@unmanaged
class ElementwiseJob {
  /** dy, or x for dropout. */
  from: usize;
  /** y of the ReLU. */
  y: usize;
  to: usize;
  size: i32;
  /** Dropout only. */
  seed: u32;
  threshold: u32;
  scale: f32;
}

/** Part of an array, cut between fours. */
// @ts-ignore: decorator
@inline
function fourStart(size: i32, part: i32, parts: i32): i32 {
  return min(size, partStart((size + 3) >> 2, part, parts) << 2);
}

/** dx = dy · [y > 0]. */
export function reluGradient(address: usize, part: i32, parts: i32): void {
  const job = changetype<ElementwiseJob>(address);
  const end = fourStart(job.size, part + 1, parts);
  for (let i = fourStart(job.size, part, parts); i < end; i += 4) {
    const at = <usize>i << 2;
    const alive = v128.gt<f32>(loadUpTo(job.y + at, end - i), f32x4.splat(0));
    storeUpTo(job.to + at, v128.and(loadUpTo(job.from + at, end - i), alive), end - i);
  }
}

/** x · scale where mix32(index · 0x9E3779B1 + seed) ≥ threshold, else 0 (`dropout-hash.ts`, bit for bit). */
export function dropout(address: usize, part: i32, parts: i32): void {
  const job = changetype<ElementwiseJob>(address);
  const scale = f32x4.splat(job.scale);
  const threshold = i32x4.splat(job.threshold);
  const seed = i32x4.splat(job.seed);
  const end = fourStart(job.size, part + 1, parts);
  for (let i = fourStart(job.size, part, parts); i < end; i += 4) {
    const at = <usize>i << 2;
    const index = v128.add<i32>(i32x4.splat(i), i32x4(0, 1, 2, 3));
    let h = v128.add<i32>(v128.mul<i32>(index, i32x4.splat(0x9e3779b1)), seed);
    h = v128.xor(h, v128.shr<u32>(h, 16));
    h = v128.mul<i32>(h, i32x4.splat(0x85ebca6b));
    h = v128.xor(h, v128.shr<u32>(h, 13));
    h = v128.mul<i32>(h, i32x4.splat(0xc2b2ae35));
    h = v128.xor(h, v128.shr<u32>(h, 16));
    const kept = v128.ge<u32>(h, threshold);
    storeUpTo(job.to + at, v128.and(v128.mul<f32>(loadUpTo(job.from + at, end - i), scale), kept), end - i);
  }
}

// @ts-ignore: decorator
@unmanaged
class ChannelSumJob {
  dy: usize;
  /** Zeros when the job begins. */
  sums: usize;
  images: i32;
  positions: i32;
  channels: i32;
  perImage: i32;
}

/** sums[c] += term( Σ over positions of dy[n, position, c] ) for n in order; channels shared out among threads. */
export function channelSum(address: usize, part: i32, parts: i32): void {
  const job = changetype<ChannelSumJob>(address);
  const positions = job.positions;
  const pixel = <usize>job.channels << 2;
  const end = fourStart(job.channels, part + 1, parts);
  for (let n = 0; n < job.images; n++) {
    for (let c = fourStart(job.channels, part, parts); c < end; c += 4) {
      let at = job.dy + <usize>(n * positions) * pixel + (<usize>c << 2);
      let sum = f32x4.splat(0);
      for (let position = positions; position > 0; position--) {
        sum = v128.add<f32>(sum, loadUpTo(at, end - c));
        at += pixel;
      }
      const to = job.sums + (<usize>c << 2);
      storeUpTo(to, join(job.perImage, loadUpTo(to, end - c), sum), end - c);
    }
  }
}
