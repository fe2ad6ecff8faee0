/**
 * Max pooling without padding:
 *
 *   y[n,p,q,c] = max_{u,v < size} x[n, p·s+u, q·s+v, c]
 *
 * x [N,H,W,C] → [N,OH,OW,C]. A thread one output element, or four channels of it where C allows, so that neighbouring threads read
 * neighbouring channels. Bytes: x (size/s)² times, mostly from caches, y once.
 * Reference: tf.maxPool.
 */
import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import { windowedSize } from '../geometry.ts';
import { kernel } from '../signatures.ts';
import { recordFlat, sizeOf, vectorWidth } from './flat.ts';
import { makeOutput } from './program.ts';

export const webgpuMaxPool = kernel('LabMaxPool', ({ x }, { size, stride }, backend: WebGPUBackend) => {
  const [images, height, width, channels] = x.shape as [number, number, number, number];
  const [outHeight, outWidth] = [windowedSize(height, size, stride), windowedSize(width, size, stride)];
  const { width: lanes, element } = vectorWidth(channels);
  const y = makeOutput(backend, [images, outHeight, outWidth, channels]);
  const vectors = channels / lanes;
  recordFlat(backend, {
    key: `maxPool ${element} ${height}x${width}x${channels} ${size}/${stride}`,
    body: () => `
  let channel = i % ${vectors}u;
  let column = i / ${vectors}u % ${outWidth}u;
  let row = i / ${vectors * outWidth}u % ${outHeight}u;
  let image = i / ${vectors * outWidth * outHeight}u;
  let first = ((image * ${height}u + row * ${stride}u) * ${width}u + column * ${stride}u) * ${vectors}u + channel;
  var largest = x[first];
  for (var u = 0u; u < ${size}u; u++) {
    for (var v = 0u; v < ${size}u; v++) { largest = max(largest, x[first + (u * ${width}u + v) * ${vectors}u]); }
  }
  y[i] = largest;`,
    storage: [
      { name: 'y', element, access: 'read_write' },
      { name: 'x', element, access: 'read' },
    ],
    operands: [y, x],
    count: sizeOf(y) / lanes,
  });
  return y;
});
