/**
 * Bytes of a batch to normalised images:
 *
 *   out[n,r,k,c] = (byte/255 − mean[c])/std[c] of byte[n, r + shiftY, k' + shiftX, c],  k' = W−1−k where flipped, else k;
 *   0 where the byte lies outside its image
 *
 * Bytes travel packed, four a word, a quarter of what floats would. A GPU's division need not be correctly rounded, so the 256 values of
 * each channel are computed on the host in float32 and looked up: bit-equal to torchvision's on every driver.
 * Dispatch: a thread a pixel element. Bytes: 1 from memory and 4 written an element; table and placements (12 bytes an image) stay in cache.
 * Reference: the same loop on the host (`composed/assemble-batch.ts`).
 */
import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import { normalisationTable } from '../composed/assemble-batch.ts';
import { kernel } from '../signatures.ts';
import { recordFlat, sizeOf } from './flat.ts';
import { makeOutput, uploadBytes } from './program.ts';

export const webgpuAssembleBatch = kernel('LabAssembleBatch', (_inputs, { batch }, backend: WebGPUBackend) => {
  const [images, height, width, channels] = batch.shape;
  const result = makeOutput(backend, batch.shape);
  if (sizeOf(result) === 0) return result;
  const { placement } = batch;
  const placements = new Int32Array(3 * images);
  if (placement) {
    for (let n = 0; n < images; n++) placements.set([placement.shiftY[n]!, placement.shiftX[n]!, placement.flip[n]!], 3 * n);
  }
  const table = normalisationTable(batch.mean, batch.std);
  recordFlat(backend, {
    key: `assembleBatch ${height}x${width}x${channels}`,
    body: () => `
  let channel = i % ${channels}u;
  let column = i / ${channels}u % ${width}u;
  let row = i / ${channels * width}u % ${height}u;
  let image = i / ${channels * width * height}u;
  let facing = select(column, ${width - 1}u - column, placements[3u * image + 2u] == 1);
  let fromRow = u32(i32(row) + placements[3u * image]);
  let fromColumn = u32(i32(facing) + placements[3u * image + 1u]);
  // A negative coordinate is a huge unsigned one.
  if (fromRow >= ${height}u || fromColumn >= ${width}u) {
    result[i] = 0.0;
    return;
  }
  let source = ((image * ${height}u + fromRow) * ${width}u + fromColumn) * ${channels}u + channel;
  let byte = (packed[source / 4u] >> (8u * (source % 4u))) & 0xffu;
  result[i] = table[channel * 256u + byte];`,
    storage: [
      { name: 'result', element: 'f32', access: 'read_write' },
      { name: 'packed', element: 'u32', access: 'read' },
      { name: 'placements', element: 'i32', access: 'read' },
      { name: 'table', element: 'f32', access: 'read' },
    ],
    operands: [result, uploadBytes(backend, batch.bytes), uploadBytes(backend, bytesOf(placements)), uploadBytes(backend, bytesOf(table))],
    count: sizeOf(result),
  });
  return result;
});

function bytesOf(array: Int32Array | Float32Array): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}
