/** The reference's full AlexNet: weights and images from an integer hash (reference README, section 2), so that no file holds them. */
import { hashOf } from '../../src/engine/self-check/hashed-network.ts';
import type { HostTensor } from '../../src/engine/model/layout.ts';
import { torchShape } from '../../src/engine/model/layout.ts';
import { modelSpec } from '../../src/engine/model/models.ts';
import { deviceParams } from '../../src/engine/model/params.ts';
import { backboneParams, type ModelSpec, type ParamSpec } from '../../src/engine/model/spec.ts';
import { headParams, type NetworkState } from '../../src/engine/network-state.ts';
import { sizeOf } from './numbers.ts';
import { nhwc, referenceName } from './small-network.ts';
import type { Tensor4D } from '@tensorflow/tfjs-core';

export const FULL_CLASSES = 50;

/** What `expected.json` says of one tensor: a digest, and some elements in PyTorch's order. */
export interface Digest {
  readonly sum: number;
  readonly abs_sum: number;
  readonly l2: number;
  readonly max_abs: number;
  readonly indices: readonly number[];
  readonly values: readonly number[];
}

export interface FullExpected {
  readonly hash: { readonly selftest: readonly { readonly tensor_index: number; readonly element_index: number; readonly h: number }[] };
  readonly labels: readonly number[];
  readonly weights: Readonly<Record<string, HashedTensor>>;
  readonly cases: Readonly<Record<'64' | '224', FullCase>>;
}

export interface HashedTensor {
  readonly tensor_index: number;
  readonly shape: readonly number[];
  readonly a: number;
  readonly sha256_f32: string;
}

export interface FullCase {
  readonly input: HashedTensor;
  readonly loss: number;
  readonly logits: readonly (readonly number[])[];
  readonly sqnorm: readonly number[];
  readonly grad: Readonly<Record<string, Digest>>;
  readonly omega_global: Readonly<Record<string, Digest>>;
}

/** A tensor of hashed values in [−a, a), in PyTorch's order. */
export function hashed({ tensor_index, shape, a }: HashedTensor): HostTensor {
  const values = new Float32Array(sizeOf(shape));
  for (let e = 0; e < values.length; e++) values[e] = (((hashOf(tensor_index, e) >>> 8) - 8388608) / 8388608) * a;
  return { shape, values };
}

export function fullModel(size: 64 | 224): ModelSpec {
  return modelSpec(size === 64 ? 'alexnet-64' : 'alexnet-224', 0);
}

export function fullParams(model: ModelSpec): readonly ParamSpec[] {
  return [...backboneParams(model), ...headParams(model, FULL_CLASSES)];
}

/** The network with its head; the weights are the same at both sizes. */
export function fullNetwork(model: ModelSpec, expected: FullExpected): NetworkState {
  const upload = (params: readonly ParamSpec[]) =>
    new Map(
      params.flatMap((param) => {
        const weight = expected.weights[referenceName(param.name)];
        if (!weight) throw new Error(`the reference has no ${referenceName(param.name)}`);
        // One at a time: on the host the largest has 151 MB in each layout.
        return [...deviceParams(new Map([[param.name, { shape: torchShape(param), values: hashed(weight).values }]]), [param], model)];
      }),
    );
  return { model, backbone: upload(backboneParams(model)), heads: [upload(headParams(model, FULL_CLASSES))] };
}

export function fullInput(expected: FullCase): Tensor4D {
  return nhwc(hashed(expected.input), 0, expected.input.shape[0]!);
}
