/** A task's head: one linear layer on the backbone's output, never penalised. */
import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import { channelSum, dense, matMul } from '../kernels/ops.ts';
import type { Params } from './model/params.ts';

export const HEAD_WEIGHT = 'fc.weight';
export const HEAD_BIAS = 'fc.bias';

/** Logits F(x) = features · W + b. features [N, In] → [N, classes]. */
export function headForward(head: Params, features: Tensor2D): Tensor2D {
  return dense(features, headWeight(head), head.get(HEAD_BIAS) as Tensor1D, false);
}

/** Gradients of the head's own parameters (summed over images). features [N, In], dlogits [N, classes]. */
export function headGradients(features: Tensor2D, dlogits: Tensor2D): ReadonlyMap<string, Tensor> {
  return new Map<string, Tensor>([
    [HEAD_WEIGHT, matMul(features, dlogits, true, false)],
    [HEAD_BIAS, channelSum(dlogits, 'sum')],
  ]);
}

/** Gradient with respect to the backbone's output: dlogits · Wᵀ, [N, In]. */
export function headInputGradient(head: Params, dlogits: Tensor2D): Tensor2D {
  return matMul(dlogits, headWeight(head), false, true);
}

function headWeight(head: Params): Tensor2D {
  return head.get(HEAD_WEIGHT) as Tensor2D;
}
