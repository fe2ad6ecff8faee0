/** Bytes to the network's input: enlarged to its size, normalised by the model's mean and deviation, shifted and mirrored where augmented. */
import type { Tensor4D } from '@tensorflow/tfjs-core';
import type { Random } from '../core/random.ts';
import { assembleBatch, type Placement } from '../kernels/ops.ts';
import type { ModelSpec } from './model/spec.ts';

/** Square images of one size, and of the model's channels, as bytes. */
export interface ImageBytes {
  /** count · side · side · channels, NHWC. */
  readonly bytes: Uint8Array;
  readonly count: number;
  /** At most the model's input size: smaller images are enlarged on the device. */
  readonly side: number;
}

/** The caller disposes the result [count, size, size, channels] of the model's input size. */
export function imagesToTensor(model: ModelSpec, { bytes, count, side }: ImageBytes, placement?: Placement): Tensor4D {
  const { size, channels, mean, std } = model.input;
  return assembleBatch({
    ...{ bytes, shape: [count, size, size, channels], mean, std },
    ...(side < size ? { storedSide: side } : {}),
    ...(placement ? { placement } : {}),
  });
}

/** Random crop of the image padded by an eighth of its size, and a mirror image half of the time. */
export function randomPlacement(model: ModelSpec, count: number, random: Random): Placement {
  const reach = Math.floor(model.input.size / 8);
  const shift = (): number => random.below(2 * reach + 1) - reach;
  const placement = { shiftY: new Int32Array(count), shiftX: new Int32Array(count), flip: new Uint8Array(count) };
  for (let i = 0; i < count; i++) {
    placement.shiftY[i] = shift();
    placement.shiftX[i] = shift();
    placement.flip[i] = random.below(2);
  }
  return placement;
}
