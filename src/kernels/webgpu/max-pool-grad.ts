/**
 * Gradient of max pooling; of tied maxima the first in row order takes all, as in PyTorch (the stock kernel gives it to the last):
 *
 *   dx[n,r,k,c] = Σ of dy[n,p,q,c] over the windows (p,q) whose first maximum in row order is (r,k);  · [x > 0] with a ReLU mask
 *
 * dy, y [N,OH,OW,C], x [N,H,W,C] → [N,H,W,C]. A thread one input element, or four channels of it where C allows: it visits the at most
 * ⌈size/s⌉² windows that hold it, leaves one at once where x is not its maximum, and else looks whether an element before it ties. So
 * every sum has one writer (no atomics) and one order (the same result each time). Neighbouring threads read neighbouring channels.
 * Bytes: x, y and dy about ⌈size/s⌉² times, mostly from caches, dx once.
 * Reference: `composed/max-pool.ts`, taps in row order.
 */
import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import { kernel } from '../signatures.ts';
import { recordFlat, sizeOf, vectorWidth } from './flat.ts';
import { makeOutput } from './program.ts';

export const webgpuMaxPoolGrad = kernel('LabMaxPoolGrad', ({ dy, x, y }, { size, stride, reluMask }, backend: WebGPUBackend) => {
  const [, height, width, channels] = x.shape as [number, number, number, number];
  const [, outHeight, outWidth] = y.shape as [number, number, number, number];
  const dx = makeOutput(backend, x.shape);
  const { width: lanes, element } = vectorWidth(channels);
  const vectors = channels / lanes;
  const truths = lanes === 1 ? 'bool' : 'vec4<bool>';
  recordFlat(backend, {
    key: `maxPoolGrad ${element} ${height}x${width}x${channels} ${size}/${stride} ${reluMask ? 'relu' : ''}`,
    functions: () => `
// Is none of the elements before tap (u, v) of the window at \`first\` as large?
fn isFirst(first: u32, u: u32, v: u32, value: ${element}) -> ${truths} {
  var smaller = ${truths}(true);
  for (var tap = 0u; tap < u * ${size}u + v; tap++) {
    smaller = smaller & (x[first + (tap / ${size}u * ${width}u + tap % ${size}u) * ${vectors}u] != value);
  }
  return smaller;
}`,
    body: () => `
  let channel = i % ${vectors}u;
  let column = i / ${vectors}u % ${width}u;
  let row = i / ${vectors * width}u % ${height}u;
  let image = i / ${vectors * width * height}u;
  let value = x[i];
  let counts = ${reluMask ? `value > ${element}()` : `${truths}(true)`};
  var sum = ${element}();
  if (any(counts)) {
    // Windows p with p·s ≤ row < p·s + size.
    let firstRow = (max(row, ${size - 1}u) - ${size - 1}u + ${stride - 1}u) / ${stride}u;
    let firstColumn = (max(column, ${size - 1}u) - ${size - 1}u + ${stride - 1}u) / ${stride}u;
    let pastRow = min(row / ${stride}u + 1u, ${outHeight}u);
    let pastColumn = min(column / ${stride}u + 1u, ${outWidth}u);
    for (var p = firstRow; p < pastRow; p++) {
      for (var q = firstColumn; q < pastColumn; q++) {
        let window = ((image * ${outHeight}u + p) * ${outWidth}u + q) * ${vectors}u + channel;
        let first = ((image * ${height}u + p * ${stride}u) * ${width}u + q * ${stride}u) * ${vectors}u + channel;
        let largest = counts & (value == y[window]);
        if (any(largest)) {
          sum += select(${element}(), dy[window], largest & isFirst(first, row - p * ${stride}u, column - q * ${stride}u, value));
        }
      }
    }
  }
  dx[i] = sum;`,
    storage: [
      { name: 'dx', element, access: 'read_write' },
      { name: 'dy', element, access: 'read' },
      { name: 'x', element, access: 'read' },
      { name: 'y', element, access: 'read' },
    ],
    operands: [dx, dy, x, y],
    count: sizeOf(dx) / lanes,
  });
  return dx;
});
