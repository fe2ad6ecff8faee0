/**
 * One SGD step of a convolution's filter, its gradient used as it is computed (`convUpdate` in `ops.ts`):
 *
 *   g = the sum of `conv2d-filter-grad.ts`, then θ and v as in `sgd-update.ts`, element by element
 *
 * x [N,H,W,Ci], dy [N,OH,OW,Co]; θ, v, Ω, θ* [KH,KW,Ci,Co]. The product is long and its result small, so it is cut into slices of depth as
 * the gradient's is; where slices would be added up to a gradient, θ and v are read and written instead. One dispatch less a layer,
 * and the gradient's bytes.
 * Reference: the stock gradient, then stock element-wise operations (`composed/update.ts`).
 */
import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import { kernel } from '../signatures.ts';
import { filterGradProblem } from './conv2d-filter-grad.ts';
import { vectorWidth } from './flat.ts';
import { gemmInto } from './gemm.ts';
import { updateOf } from './sgd-update.ts';

export const webgpuConvUpdate = kernel('LabConvUpdate', ({ x, dy, ...tensors }, { stride, pad, ...options }, backend: WebGPUBackend) => {
  const problem = filterGradProblem(x, dy, tensors.theta.shape, { stride, pad }, 'sum');
  gemmInto(backend, problem, updateOf(vectorWidth(problem.columns).element, tensors, options, [x, dy]));
  return [];
});
