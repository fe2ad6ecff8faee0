/**
 * The operations as plain loops in float64, straight from their definitions: what every kernel is held against.
 * Layouts as in `src/kernels/ops.ts`.
 */
import { adaptiveBin, windowedSize } from '../../src/kernels/geometry.ts';
import type { ConvGeometry, PerImage, UpdateOptions } from '../../src/kernels/ops.ts';
import { type Shape4D, sizeOf } from './numbers.ts';

type Values = ArrayLike<number>;

function at([, height, width, channels]: Shape4D, n: number, row: number, column: number, channel: number): number {
  return ((n * height + row) * width + column) * channels + channel;
}

export function convShape([images, height, width]: Shape4D, [kh, kw, , co]: Shape4D, { stride, pad }: ConvGeometry): Shape4D {
  return [images, windowedSize(height, kh, stride, pad), windowedSize(width, kw, stride, pad), co];
}

/** Calls `visit` with the flat indices into x, w and y of every product that a convolution is a sum of. */
function eachProduct(
  xShape: Shape4D,
  wShape: Shape4D,
  { stride, pad }: ConvGeometry,
  visit: (x: number, w: number, y: number, image: number) => void,
): void {
  const yShape = convShape(xShape, wShape, { stride, pad });
  const [images, height, width] = xShape;
  const [kh, kw, ci, co] = wShape;
  for (let n = 0; n < images; n++) {
    for (let p = 0; p < yShape[1]; p++) {
      for (let q = 0; q < yShape[2]; q++) {
        for (let u = 0; u < kh; u++) {
          for (let v = 0; v < kw; v++) {
            const row = p * stride + u - pad;
            const column = q * stride + v - pad;
            if (row < 0 || row >= height || column < 0 || column >= width) continue;
            for (let i = 0; i < ci; i++) {
              for (let o = 0; o < co; o++) {
                visit(at(xShape, n, row, column, i), at(wShape, u, v, i, o), at(yShape, n, p, q, o), n);
              }
            }
          }
        }
      }
    }
  }
}

export function naiveConv2d(
  x: Values,
  xShape: Shape4D,
  w: Values,
  wShape: Shape4D,
  b: Values,
  geometry: ConvGeometry,
  relu: boolean,
): Float64Array {
  const channels = wShape[3];
  const y = new Float64Array(sizeOf(convShape(xShape, wShape, geometry))).map((_, i) => b[i % channels]!);
  eachProduct(xShape, wShape, geometry, (xi, wi, yi) => {
    y[yi]! += x[xi]! * w[wi]!;
  });
  return relu ? y.map((value) => Math.max(0, value)) : y;
}

export function naiveConv2dInputGrad(dy: Values, w: Values, xShape: Shape4D, wShape: Shape4D, geometry: ConvGeometry): Float64Array {
  const dx = new Float64Array(sizeOf(xShape));
  eachProduct(xShape, wShape, geometry, (xi, wi, yi) => {
    dx[xi]! += dy[yi]! * w[wi]!;
  });
  return dx;
}

export function naiveConv2dFilterGrad(
  x: Values,
  dy: Values,
  xShape: Shape4D,
  wShape: Shape4D,
  geometry: ConvGeometry,
  perImage: PerImage,
): Float64Array {
  const size = sizeOf(wShape);
  const each = new Float64Array(xShape[0] * size);
  eachProduct(xShape, wShape, geometry, (xi, wi, yi, n) => {
    each[n * size + wi]! += x[xi]! * dy[yi]!;
  });
  return reduceImages(each, xShape[0], perImage);
}

/** [N, size] → [size]. */
function reduceImages(each: Float64Array, images: number, perImage: PerImage): Float64Array {
  const size = each.length / images;
  const total = new Float64Array(size);
  for (let i = 0; i < each.length; i++) {
    const value = each[i]!;
    total[i % size]! += perImage === 'sum' ? value : perImage === 'abs' ? Math.abs(value) : value * value;
  }
  return total;
}

export function naiveChannelSum(dy: Values, shape: readonly number[], perImage: PerImage): Float64Array {
  const images = shape[0]!;
  const channels = shape.at(-1)!;
  const perBatchImage = sizeOf(shape) / images;
  const each = new Float64Array(images * channels);
  for (let i = 0; i < dy.length; i++) each[Math.floor(i / perBatchImage) * channels + (i % channels)]! += dy[i]!;
  return reduceImages(each, images, perImage);
}

/** op(a) [M,K] · op(b) [K,N]. */
export function naiveMatMul(
  a: Values,
  b: Values,
  [m, k, n]: readonly [number, number, number],
  transposeA: boolean,
  transposeB: boolean,
): Float64Array {
  const out = new Float64Array(m * n);
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      let sum = 0;
      for (let l = 0; l < k; l++) sum += a[transposeA ? l * m + i : i * k + l]! * b[transposeB ? j * k + l : l * n + j]!;
      out[i * n + j] = sum;
    }
  }
  return out;
}

/** The maximum of each window, and which element of x it is: the first in row order. */
export function naiveMaxPool(x: Values, shape: Shape4D, size: number, stride: number): { y: Float64Array; from: number[]; yShape: Shape4D } {
  const [images, height, width, channels] = shape;
  const yShape: Shape4D = [images, windowedSize(height, size, stride), windowedSize(width, size, stride), channels];
  const y = new Float64Array(sizeOf(yShape)).fill(-Infinity);
  const from = new Array<number>(y.length).fill(-1);
  for (let n = 0; n < images; n++) {
    for (let p = 0; p < yShape[1]; p++) {
      for (let q = 0; q < yShape[2]; q++) {
        for (let c = 0; c < channels; c++) {
          const to = at(yShape, n, p, q, c);
          for (let u = 0; u < size; u++) {
            for (let v = 0; v < size; v++) {
              const index = at(shape, n, p * stride + u, q * stride + v, c);
              if (x[index]! > y[to]!) [y[to], from[to]] = [x[index]!, index];
            }
          }
        }
      }
    }
  }
  return { y, from, yShape };
}

export function naiveMaxPoolGrad(dy: Values, x: Values, shape: Shape4D, size: number, stride: number, reluMask: boolean): Float64Array {
  const dx = new Float64Array(sizeOf(shape));
  naiveMaxPool(x, shape, size, stride).from.forEach((index, i) => {
    if (!reluMask || x[index]! > 0) dx[index]! += dy[i]!;
  });
  return dx;
}

/** Calls `visit` for every element of x in every bin it belongs to, with that bin's size. */
function eachBinned(shape: Shape4D, size: number, visit: (x: number, y: number, count: number) => void): void {
  const [images, height, width, channels] = shape;
  for (let p = 0; p < size; p++) {
    for (let q = 0; q < size; q++) {
      const rows = adaptiveBin(p, height, size);
      const columns = adaptiveBin(q, width, size);
      const count = (rows.end - rows.start) * (columns.end - columns.start);
      for (let n = 0; n < images; n++) {
        for (let row = rows.start; row < rows.end; row++) {
          for (let column = columns.start; column < columns.end; column++) {
            for (let c = 0; c < channels; c++) {
              visit(at(shape, n, row, column, c), at([images, size, size, channels], n, p, q, c), count);
            }
          }
        }
      }
    }
  }
}

export function naiveAdaptiveAvgPool(x: Values, shape: Shape4D, size: number): Float64Array {
  const y = new Float64Array(shape[0] * size * size * shape[3]);
  eachBinned(shape, size, (xi, yi, count) => {
    y[yi]! += x[xi]! / count;
  });
  return y;
}

export function naiveAdaptiveAvgPoolGrad(dy: Values, shape: Shape4D, size: number): Float64Array {
  const dx = new Float64Array(sizeOf(shape));
  eachBinned(shape, size, (xi, yi, count) => {
    dx[xi]! += dy[yi]! / count;
  });
  return dx;
}

export function naiveSoftmaxCrossEntropy(
  logits: Values,
  labels: ArrayLike<number>,
  [images, classes]: readonly [number, number],
  scale: number,
): { loss: Float64Array; dlogits: Float64Array } {
  const loss = new Float64Array(images);
  const dlogits = new Float64Array(images * classes);
  for (let n = 0; n < images; n++) {
    const row = Array.from({ length: classes }, (_, k) => logits[n * classes + k]!);
    const largest = Math.max(...row);
    const sum = row.reduce((total, value) => total + Math.exp(value - largest), 0);
    loss[n] = scale * (Math.log(sum) - (row[labels[n]!]! - largest));
    row.forEach((value, k) => {
      dlogits[n * classes + k] = scale * (Math.exp(value - largest) / sum - (k === labels[n] ? 1 : 0));
    });
  }
  return { loss, dlogits };
}

/** One element's SGD step. The proximal form goes the long way round: step without the pull, closed form, movement. */
export function naiveSgdUpdate(
  element: { theta: number; velocity: number; grad: number; omega: number; anchor: number },
  { learningRate: lr, momentum, weightDecay, lambda, penaltyStep }: UpdateOptions,
): { theta: number; velocity: number } {
  const { theta, omega, anchor } = element;
  const grad = element.grad + weightDecay * theta;
  if (penaltyStep === 'gradient') {
    const velocity = momentum * element.velocity + grad + 2 * lambda * omega * (theta - anchor);
    return { theta: theta - lr * velocity, velocity };
  }
  const free = theta - lr * (momentum * element.velocity + grad);
  const next = (free + 2 * lr * lambda * omega * anchor) / (1 + 2 * lr * lambda * omega);
  return { theta: next, velocity: (theta - next) / lr };
}
