/**
 * Bytes to normalised images, on the host.
 *
 *   out[n,r,k,c] = (byte/255 − mean[c])/std[c] in float32, in that order, of byte[n, r + shiftY, k' + shiftX, c],
 *   k' = W−1−k where flipped, else k; 0 where the byte lies outside its image. Images stored smaller are enlarged to H × W first.
 *
 * A byte has 256 values, so the arithmetic is done once a channel and looked up: bit-equal to torchvision's.
 */
import * as tf from '@tensorflow/tfjs-core';
import { resample, triangleFilter } from '../../core/resample.ts';
import { type ByteBatch } from '../ops.ts';
import { kernel } from '../signatures.ts';

export const composedAssembleBatch = kernel('LabAssembleBatch', (_inputs, { batch }) =>
  tf.tensor4d(assembleOnHost(batch), [...batch.shape]),
);

function assembleOnHost(batch: ByteBatch): Float32Array {
  const [images, height, width, channels] = batch.shape;
  const table = normalisationTable(batch.mean, batch.std);
  const bytes = enlarged(batch);
  const out = new Float32Array(images * height * width * channels);
  let at = 0;
  for (let n = 0; n < images; n++) {
    const shiftY = batch.placement?.shiftY[n] ?? 0;
    const shiftX = batch.placement?.shiftX[n] ?? 0;
    const flip = batch.placement?.flip[n] === 1;
    for (let row = 0; row < height; row++) {
      for (let column = 0; column < width; column++, at += channels) {
        const fromRow = row + shiftY;
        const fromColumn = (flip ? width - 1 - column : column) + shiftX;
        if (fromRow < 0 || fromRow >= height || fromColumn < 0 || fromColumn >= width) continue;
        const from = ((n * height + fromRow) * width + fromColumn) * channels;
        for (let c = 0; c < channels; c++) out[at + c] = table[c * 256 + bytes[from + c]!]!;
      }
    }
  }
  return out;
}

/** N·H·W·C bytes. */
function enlarged({ bytes, shape: [images, height, width, channels], storedSide }: ByteBatch): Uint8Array {
  if (storedSide === undefined) return bytes;
  const [columns, rows] = [triangleFilter(storedSide, width), triangleFilter(storedSide, height)];
  const stored = storedSide * storedSide * channels;
  const all = new Uint8Array(images * height * width * channels);
  for (let n = 0; n < images; n++) {
    all.set(resample(bytes.subarray(n * stored, (n + 1) * stored), storedSide, channels, columns, rows), n * height * width * channels);
  }
  return all;
}

/** [C, 256]: the value of each byte in each channel. */
export function normalisationTable(mean: readonly number[], std: readonly number[]): Float32Array {
  const table = new Float32Array(mean.length * 256);
  for (let c = 0; c < mean.length; c++) {
    for (let byte = 0; byte < 256; byte++) {
      const centred = Math.fround(Math.fround(byte / 255) - Math.fround(mean[c]!));
      table[c * 256 + byte] = Math.fround(centred / Math.fround(std[c]!));
    }
  }
  return table;
}
