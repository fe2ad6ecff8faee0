import { mul, type Tensor } from '@tensorflow/tfjs-core';

/**
 * A copy under an identity that the backend has not met. The wasm backend packs the weights of convolutions and products once and
 * keeps the packing by the tensor's identity, so that weights which were updated in place would go on acting as they were.
 */
export function unseen<T extends Tensor>(weights: T): T {
  return mul<T>(weights, 1);
}
