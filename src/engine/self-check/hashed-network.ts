/**
 * AlexNet with weights and images from an integer hash, so that PyTorch and any browser can compute with the same numbers
 * and no file has to hold them: value = ((h >>> 8) − 2²³) / 2²³ · a, h the hash of (tensor, element).
 */
import { keep, tensor } from '@tensorflow/tfjs-core';
import { mix32 } from '../../core/random.ts';
import type { ImageTensor } from '../device.ts';
import { fromTorch, torchShape } from '../model/layout.ts';
import { modelSpec } from '../model/models.ts';
import type { Params } from '../model/params.ts';
import { backboneParams, type ParamSpec } from '../model/spec.ts';
import { headParams, type NetworkState } from '../network-state.ts';
import { HASH_INPUT_SCALE, HASH_SCALES, PYTORCH_LOGITS } from './pytorch-numbers.ts';

const IMAGES = 4;
const INPUT_TENSOR = 101;

/** The hash of element `element` of tensor number `tensorIndex`; all arithmetic modulo 2³². */
export function hashOf(tensorIndex: number, element: number): number {
  return mix32((Math.imul(element, 0x9e3779b1) + Math.imul(tensorIndex, 0x85ebca77) + 0x165667b1) >>> 0);
}

function hashed(tensorIndex: number, count: number, a: number): Float32Array {
  const values = new Float32Array(count);
  for (let e = 0; e < count; e++) values[e] = (((hashOf(tensorIndex, e) >>> 8) - 8388608) / 8388608) * a;
  return values;
}

/** alexnet-64 with one head of 50 classes. 57 million weights: 230 MB on the device. */
export function hashedNetwork(): NetworkState {
  const model = modelSpec('alexnet-64', 0);
  const upload = (params: readonly ParamSpec[]): Params =>
    new Map(
      params.map((param) => {
        const name = torchvisionName(param.name);
        const index = Object.keys(HASH_SCALES).indexOf(name);
        const count = torchShape(param).reduce((a, b) => a * b, 1);
        const values = fromTorch(hashed(index, count, HASH_SCALES[name]!), param, model);
        return [param.name, keep(tensor(values, [...param.shape]))] as const;
      }),
    );
  return { model, backbone: upload(backboneParams(model)), heads: [upload(headParams(model, PYTORCH_LOGITS[0]!.length))] };
}

/** The four images, [4, 64, 64, 3]. */
export function hashedImages(): ImageTensor {
  const area = 64 * 64;
  const nchw = hashed(INPUT_TENSOR, IMAGES * 3 * area, HASH_INPUT_SCALE);
  const nhwc = new Float32Array(nchw.length);
  for (let n = 0; n < IMAGES; n++)
    for (let c = 0; c < 3; c++)
      for (let p = 0; p < area; p++) nhwc[(n * area + p) * 3 + c] = nchw[(n * 3 + c) * area + p]!;
  return tensor(nhwc, [IMAGES, 64, 64, 3]) as ImageTensor;
}

/** The head is `classifier.6` in the whole network. */
export function torchvisionName(name: string): string {
  return name.replace(/^fc\./, 'classifier.6.');
}
