/**
 * Bytes of a batch to normalised images:
 *
 *   out[n,r,k,c] = (byte/255 − mean[c])/std[c] of byte[n, r + shiftY, k' + shiftX, c],  k' = W−1−k where flipped, else k;
 *   0 where the byte lies outside its image
 *
 * Images stored as smaller squares are enlarged on the way: each byte of the large image is computed where it is wanted, in integers, from
 * two rows and two columns whose numbers and weights the host gives (`core/resample.ts`).
 *
 * Bytes travel packed, four a word, a quarter of what floats would. A GPU's division need not be correctly rounded, so the 256 values of
 * each channel are computed on the host in float32 and looked up: bit-equal to torchvision's on every driver.
 * Dispatch: a thread a pixel element. Bytes: at most 1 from memory and 4 written an element; table, placements (16 bytes an image) and taps
 * (16 bytes a row or column) stay in cache.
 * Reference: the same loop on the host (`composed/assemble-batch.ts`).
 */
import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import { enlargingTaps, WEIGHT_BITS } from '../../core/resample.ts';
import { normalisationTable } from '../composed/assemble-batch.ts';
import { type ByteBatch } from '../ops.ts';
import { kernel } from '../signatures.ts';
import { recordFlat, sizeOf } from './flat.ts';
import { makeOutput, uploadBytes } from './program.ts';

export const webgpuAssembleBatch = kernel('LabAssembleBatch', (_inputs, { batch }, backend: WebGPUBackend) => {
  const [, height, width, channels] = batch.shape;
  const result = makeOutput(backend, batch.shape);
  if (sizeOf(result) === 0) return result;
  const { storedSide } = batch;
  const table = normalisationTable(batch.mean, batch.std);
  recordFlat(backend, {
    key: `assembleBatch ${height}x${width}x${channels} from ${storedSide ?? 'the same'}`,
    body: () => `
  let channel = i % ${channels}u;
  let column = i / ${channels}u % ${width}u;
  let row = i / ${channels * width}u % ${height}u;
  let image = i / ${channels * width * height}u;
  let placement = whereabouts[${storedSide === undefined ? 0 : height + width}u + image];
  let facing = select(column, ${width - 1}u - column, placement.z == 1);
  let fromRow = u32(i32(row) + placement.x);
  let fromColumn = u32(i32(facing) + placement.y);
  // A negative coordinate is a huge unsigned one.
  if (fromRow >= ${height}u || fromColumn >= ${width}u) {
    result[i] = 0.0;
    return;
  }
  ${storedSide === undefined ? `let byte = byteAt(((image * ${height}u + fromRow) * ${width}u + fromColumn) * ${channels}u + channel);` : enlarged(storedSide, batch)}
  result[i] = table[channel * 256u + u32(byte)];`,
    functions: () => `
fn byteAt(at: u32) -> i32 { return i32((packed[at / 4u] >> (8u * (at % 4u))) & 0xffu); }

/** Rounded to a byte, as Pillow does along each axis. */
fn blended(a: i32, b: i32, taps: vec4<i32>) -> i32 { return (a * taps.z + b * taps.w + ${1 << (WEIGHT_BITS - 1)}) >> ${WEIGHT_BITS}u; }`,
    storage: [
      { name: 'result', element: 'f32', access: 'read_write' },
      { name: 'packed', element: 'u32', access: 'read' },
      { name: 'whereabouts', element: 'vec4<i32>', access: 'read' },
      { name: 'table', element: 'f32', access: 'read' },
    ],
    operands: [result, uploadBytes(backend, batch.bytes), uploadBytes(backend, bytesOf(whereabouts(batch))), uploadBytes(backend, bytesOf(table))],
    count: sizeOf(result),
  });
  return result;
});

/** WGSL: the byte of the large image that a thread wants. */
function enlarged(side: number, { shape: [, height, , channels] }: ByteBatch): string {
  const line = (name: string, row: string): string => `
  let ${name} = (image * ${side}u + u32(down.${row})) * ${side}u;
  let ${name}Byte = blended(
    byteAt((${name} + u32(across.x)) * ${channels}u + channel),
    byteAt((${name} + u32(across.y)) * ${channels}u + channel),
    across,
  );`;
  return `let down = whereabouts[fromRow];
  let across = whereabouts[${height}u + fromColumn];${line('above', 'x')}${line('below', 'y')}
  let byte = blended(aboveByte, belowByte, down);`;
}

/** Fours of integers: where the images are enlarged the taps of rows and of columns; then each image's shifts, whether it is mirrored, and 0. */
function whereabouts({ shape: [images, height, width], placement, storedSide }: ByteBatch): Int32Array {
  const placements = 4 * (storedSide === undefined ? 0 : height + width);
  const all = new Int32Array(placements + 4 * images);
  if (storedSide !== undefined) {
    all.set(enlargingTaps(storedSide, height));
    all.set(enlargingTaps(storedSide, width), 4 * height);
  }
  if (placement) {
    for (let n = 0; n < images; n++) all.set([placement.shiftY[n]!, placement.shiftX[n]!, placement.flip[n]!], placements + 4 * n);
  }
  return all;
}

function bytesOf(array: Int32Array | Float32Array): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}
