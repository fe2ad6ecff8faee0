/**
 * PyTorch's AdaptiveAvgPool2d and its gradient. Bin i of `size` covers rows ⌊i·H/size⌋ … ⌈(i+1)·H/size⌉ − 1, likewise columns:
 *
 *   y[n,i,j,c]  = mean of x[n, bin i, bin j, c]
 *   dx[n,r,k,c] = Σ dy[n,i,j,c] / |bin i × bin j| over the bins that hold (r, k): i from ⌊r·size/H⌋ to ⌈(r+1)·size/H⌉ − 1
 *
 * x [N,H,W,C] ↔ y [N,size,size,C]. A thread one element of the result, neighbouring threads neighbouring channels; x and y each move
 * about once. Where H = W = size both are the identity and the result shares its argument's data.
 * Reference: two small products with bin weights (`composed/adaptive-pool.ts`).
 */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import { kernel } from '../signatures.ts';
import { recordFlat, sizeOf } from './flat.ts';
import { makeOutput } from './program.ts';

const BIN_FUNCTIONS = `
fn binStart(index: u32, input: u32, size: u32) -> u32 { return index * input / size; }
fn binEnd(index: u32, input: u32, size: u32) -> u32 { return ((index + 1u) * input + size - 1u) / size; }`;

export const webgpuAdaptiveAvgPool = kernel('LabAdaptiveAvgPool', ({ x }, { size }, backend: WebGPUBackend) => {
  const [images, height, width, channels] = x.shape as [number, number, number, number];
  if (height === size && width === size) return shared(backend, x);
  const y = makeOutput(backend, [images, size, size, channels]);
  recordFlat(backend, {
    key: `adaptiveAvgPool ${height}x${width}x${channels} ${size}`,
    functions: () => BIN_FUNCTIONS,
    body: () => `
  let channel = i % ${channels}u;
  let column = i / ${channels}u % ${size}u;
  let row = i / ${channels * size}u % ${size}u;
  let image = i / ${channels * size * size}u;
  let top = binStart(row, ${height}u, ${size}u);
  let bottom = binEnd(row, ${height}u, ${size}u);
  let left = binStart(column, ${width}u, ${size}u);
  let right = binEnd(column, ${width}u, ${size}u);
  var sum = 0.0;
  for (var r = top; r < bottom; r++) {
    for (var k = left; k < right; k++) { sum += x[((image * ${height}u + r) * ${width}u + k) * ${channels}u + channel]; }
  }
  y[i] = sum / f32((bottom - top) * (right - left));`,
    storage: [
      { name: 'y', element: 'f32', access: 'read_write' },
      { name: 'x', element: 'f32', access: 'read' },
    ],
    operands: [y, x],
    count: sizeOf(y),
  });
  return y;
});

export const webgpuAdaptiveAvgPoolGrad = kernel('LabAdaptiveAvgPoolGrad', ({ dy }, { inputShape }, backend: WebGPUBackend) => {
  const [, height, width, channels] = inputShape;
  const size = dy.shape[1]!;
  if (height === size && width === size) return shared(backend, dy);
  const dx = makeOutput(backend, inputShape);
  recordFlat(backend, {
    key: `adaptiveAvgPoolGrad ${height}x${width}x${channels} ${size}`,
    functions: () => BIN_FUNCTIONS,
    body: () => `
  let channel = i % ${channels}u;
  let column = i / ${channels}u % ${width}u;
  let row = i / ${channels * width}u % ${height}u;
  let image = i / ${channels * width * height}u;
  let pastP = ((row + 1u) * ${size}u + ${height - 1}u) / ${height}u;
  let pastQ = ((column + 1u) * ${size}u + ${width - 1}u) / ${width}u;
  var sum = 0.0;
  for (var p = row * ${size}u / ${height}u; p < pastP; p++) {
    let rows = binEnd(p, ${height}u, ${size}u) - binStart(p, ${height}u, ${size}u);
    for (var q = column * ${size}u / ${width}u; q < pastQ; q++) {
      let columns = binEnd(q, ${width}u, ${size}u) - binStart(q, ${width}u, ${size}u);
      sum += dy[((image * ${size}u + p) * ${size}u + q) * ${channels}u + channel] / f32(rows * columns);
    }
  }
  dx[i] = sum;`,
    storage: [
      { name: 'dx', element: 'f32', access: 'read_write' },
      { name: 'dy', element: 'f32', access: 'read' },
    ],
    operands: [dx, dy],
    count: sizeOf(dx),
  });
  return dx;
});

/** Another tensor on the same data, as tf.identity gives. */
function shared(backend: WebGPUBackend, tensor: TensorInfo): TensorInfo {
  backend.incRef(tensor.dataId);
  return { dataId: tensor.dataId, shape: tensor.shape, dtype: tensor.dtype };
}
