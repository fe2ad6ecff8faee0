/**
 * Max pooling and its gradient, adaptive average pooling and its gradient: NHWC, channels four at a time, images shared out
 * among threads.
 */
import { loadUpTo, partStart, storeUpTo } from './simd';

// @ts-ignore: decorator
@unmanaged
class MaxPoolJob {
  x: usize;
  y: usize;
  /** Gradient only. */
  dy: usize;
  dx: usize;
  images: i32;
  height: i32;
  width: i32;
  channels: i32;
  rows: i32;
  columns: i32;
  size: i32;
  stride: i32;
  reluMask: i32;
}

/** y[n,p,q,c] = max_{u,v} x[n, p·s+u, q·s+v, c]. */
export function maxPool(address: usize, part: i32, parts: i32): void {
  const job = changetype<MaxPoolJob>(address);
  const channels = job.channels;
  const size = job.size;
  const pixel = <usize>channels << 2;
  const line = <usize>job.width * pixel;
  const end = partStart(job.images, part + 1, parts);
  let to = job.y + <usize>(partStart(job.images, part, parts) * job.rows * job.columns) * pixel;
  for (let n = partStart(job.images, part, parts); n < end; n++) {
    for (let p = 0; p < job.rows; p++) {
      for (let q = 0; q < job.columns; q++) {
        const window = job.x + <usize>(n * job.height + p * job.stride) * line + <usize>(q * job.stride) * pixel;
        for (let c = 0; c < channels; c += 4) {
          const left = channels - c;
          const from = window + (<usize>c << 2);
          let largest = loadUpTo(from, left);
          for (let u = 0; u < size; u++) {
            let at = from + <usize>u * line;
            for (let v = 0; v < size; v++) {
              // In this order a NaN in x is taken.
              largest = v128.pmax<f32>(loadUpTo(at, left), largest);
              at += pixel;
            }
          }
          storeUpTo(to + (<usize>c << 2), largest, left);
        }
        to += pixel;
      }
    }
  }
}

/** dx gets dy where x is the window's first maximum in row order, and, with reluMask, is positive. */
export function maxPoolGradient(address: usize, part: i32, parts: i32): void {
  const job = changetype<MaxPoolJob>(address);
  const channels = job.channels;
  const size = job.size;
  const pixel = <usize>channels << 2;
  const line = <usize>job.width * pixel;
  const toX = job.dx - job.x;
  const start = partStart(job.images, part, parts);
  const end = partStart(job.images, part + 1, parts);
  memory.fill(job.dx + <usize>(start * job.height) * line, 0, <usize>((end - start) * job.height) * line);
  let output = <usize>(start * job.rows * job.columns) * pixel;
  for (let n = start; n < end; n++) {
    for (let p = 0; p < job.rows; p++) {
      for (let q = 0; q < job.columns; q++) {
        const window = job.x + <usize>(n * job.height + p * job.stride) * line + <usize>(q * job.stride) * pixel;
        for (let c = 0; c < channels; c += 4) {
          const left = channels - c;
          const largest = loadUpTo(job.y + output + (<usize>c << 2), left);
          let waiting = loadUpTo(job.dy + output + (<usize>c << 2), left);
          if (job.reluMask) waiting = v128.and(waiting, v128.gt<f32>(largest, f32x4.splat(0)));
          for (let u = 0; u < size; u++) {
            let at = window + <usize>u * line + (<usize>c << 2);
            for (let v = 0; v < size; v++) {
              const hit = v128.eq<f32>(loadUpTo(at, left), largest);
              storeUpTo(at + toX, v128.add<f32>(loadUpTo(at + toX, left), v128.and(waiting, hit)), left);
              waiting = v128.andnot(waiting, hit);
              at += pixel;
            }
          }
        }
        output += pixel;
      }
    }
  }
}

// @ts-ignore: decorator
@unmanaged
class AdaptivePoolJob {
  /** x, or dx in the gradient. */
  image: usize;
  /** y, or dy in the gradient. */
  pooled: usize;
  images: i32;
  height: i32;
  width: i32;
  channels: i32;
  size: i32;
}

/** y[n,i,j,c] = mean of x over rows ⌊i·H/size⌋ … ⌈(i+1)·H/size⌉ − 1 and columns likewise. */
export function adaptivePool(address: usize, part: i32, parts: i32): void {
  const job = changetype<AdaptivePoolJob>(address);
  const end = partStart(job.images, part + 1, parts);
  for (let n = partStart(job.images, part, parts); n < end; n++) {
    for (let i = 0; i < job.size; i++) {
      for (let j = 0; j < job.size; j++) eachOfBin(job, n, i, j, false);
    }
  }
}

/** dx[n,r,k,c] = Σ over the bins that hold (r, k) of dy / (size of the bin). */
export function adaptivePoolGradient(address: usize, part: i32, parts: i32): void {
  const job = changetype<AdaptivePoolJob>(address);
  const imageBytes = <usize>(job.height * job.width * job.channels) << 2;
  const end = partStart(job.images, part + 1, parts);
  for (let n = partStart(job.images, part, parts); n < end; n++) {
    memory.fill(job.image + <usize>n * imageBytes, 0, imageBytes);
    for (let i = 0; i < job.size; i++) {
      for (let j = 0; j < job.size; j++) eachOfBin(job, n, i, j, true);
    }
  }
}

/** One bin of one image: its mean, or its gradient spread over it. */
// @ts-ignore: decorator
@inline
function eachOfBin(job: AdaptivePoolJob, n: i32, i: i32, j: i32, spread: bool): void {
  const size = job.size;
  const channels = job.channels;
  const pixel = <usize>channels << 2;
  const top = (i * job.height) / size;
  const bottom = ((i + 1) * job.height + size - 1) / size;
  const first = (j * job.width) / size;
  const past = ((j + 1) * job.width + size - 1) / size;
  const count = f32x4.splat(<f32>((bottom - top) * (past - first)));
  const image = job.image + <usize>(n * job.height * job.width) * pixel;
  const pooled = job.pooled + <usize>((n * size + i) * size + j) * pixel;
  for (let c = 0; c < channels; c += 4) {
    const left = channels - c;
    const bin = pooled + (<usize>c << 2);
    const share = spread ? v128.div<f32>(loadUpTo(bin, left), count) : count;
    let sum = f32x4.splat(0);
    for (let row = top; row < bottom; row++) {
      for (let column = first; column < past; column++) {
        const at = image + <usize>(row * job.width + column) * pixel + (<usize>c << 2);
        if (spread) storeUpTo(at, v128.add<f32>(loadUpTo(at, left), share), left);
        else sum = v128.add<f32>(sum, loadUpTo(at, left));
      }
    }
    if (!spread) storeUpTo(bin, v128.div<f32>(sum, count), left);
  }
}
