/** What the device holds, as far as the engine sees it. */
import { memory, type Tensor4D } from '@tensorflow/tfjs-core';

/** A batch of images on the device, [N, H, W, C]. */
export type ImageTensor = Tensor4D;

export interface DeviceMemory {
  readonly tensors: number;
  readonly bytes: number;
}

export function deviceMemory(): DeviceMemory {
  const { numTensors, numBytes } = memory();
  return { tensors: numTensors, bytes: numBytes };
}
