/**
 * One SGD step of a linear layer's weight, its gradient used as it is computed (`denseUpdate` in `ops.ts`):
 *
 *   g = xᵀ · dy      [N, In]ᵀ · [N, Out], then θ and v as in `sgd-update.ts`, element by element
 *
 * x [N, In], dy [N, Out]; θ, v, Ω, θ* [In, Out]. The product is tiled as any (`gemm.ts`), undivided along N; where a tile would be written,
 * θ and v are read and written instead, rows of a tile in neighbouring threads. Bytes an element: 24 with momentum and penalty, where a
 * gradient between two kernels takes 32; of AlexNet's 54 million classifier weights that is 434 MB a step less, and 217 MB of memory.
 * Reference: tf.matMul, then stock element-wise operations (`composed/update.ts`).
 */
import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import { kernel } from '../signatures.ts';
import { vectorWidth } from './flat.ts';
import { gemmInto } from './gemm.ts';
import { matrixOperand } from './mat-mul.ts';
import { updateOf } from './sgd-update.ts';

export const webgpuDenseUpdate = kernel('LabDenseUpdate', ({ x, dy, ...tensors }, options, backend: WebGPUBackend) => {
  const [depth, rows] = x.shape as [number, number];
  const columns = dy.shape[1]!;
  const problem = { rows, columns, depth, a: matrixOperand(x, 'outer', 'rows'), b: matrixOperand(dy, 'outer', 'columns') };
  gemmInto(backend, problem, updateOf(vectorWidth(columns).element, tensors, options, [x, dy]));
  return [];
});
