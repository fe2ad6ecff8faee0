/**
 * The tiled product behind the lab's dense and convolution kernels on WebGPU:
 *
 *   C[r, c] = finish( Σ_d A(r, d) · B(d, c) ),   or, folded,   C[r, c] = Σ_s fold( Σ_{d in stretch s} A(r, d) · B(d, c) ),
 *
 * with fold |·| or ·² and finish an optional bias[c] and ReLU. A and B need not exist in memory (`gemm-operand.ts`): a convolution is a
 * product whose A is read straight from the images.
 *
 * Dispatch: `gemm-plan.ts` chooses tiles and slices, or, where this device was measured, `tile-plans.ts`; a workgroup a (tile, slice), tiles folded into x and y, slices in z.
 * Workgroup memory: (tileRows + tileColumns + 8) · tileDepth floats, at most the 16 KiB that every device has. The next slab is fetched into registers
 * while this one is multiplied, so that memory and arithmetic overlap within a workgroup.
 * Bytes moved: A once for each column of tiles, B once for each row of tiles (caches permitting less), C once; with s slices
 * another 2·s·|C|. Folding adds no bytes: the stretch's sum and the total both stay in registers.
 *
 * What was measured on a large GPU: docs/webgpu.md.
 */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import { addSlices, useSlices } from './add-slices.ts';
import { planGemm } from './gemm-plan.ts';
import { usedProduct, writtenProduct, type GemmProblem } from './gemm-product.ts';
import type { GradientUse } from './gradient-use.ts';
import { makeOutput, record } from './program.ts';
import { planFor } from './tile-plans.ts';

/** Computes the product into a new tensor of `outputShape`. */
export function gemm(backend: WebGPUBackend, problem: GemmProblem & { readonly outputShape: readonly number[] }): TensorInfo {
  const { rows, columns, a, b, bias, relu } = problem;
  const output = makeOutput(backend, problem.outputShape);
  if (rows * columns === 0) return output;
  const product = writtenProduct(problem);
  const plan = planFor(backend.device, product);
  const { slices } = plan;
  const target = slices > 1 ? makeOutput(backend, [slices, rows, columns]) : output;
  record(backend, { ...product.program(plan), operands: [target, a.tensor, b.tensor, ...(bias && slices === 1 ? [bias] : [])] });
  if (target !== output) {
    addSlices(backend, target, output, { slices, rows, columns, bias, relu: relu === true });
    backend.disposeData(target.dataId);
  }
  return output;
}

/**
 * Computes the product without keeping it: every element goes into `use`. A short depth, as a batch is, stays undivided, and elements are
 * used as they come; else they are used where slices are added up.
 */
export function gemmInto(backend: WebGPUBackend, problem: GemmProblem, use: GradientUse): void {
  const { rows, columns, depth, a, b } = problem;
  if (rows * columns === 0) return;
  const { slices } = planGemm(rows, columns, depth);
  if (slices === 1) {
    const product = usedProduct(problem, use);
    record(backend, { ...product.program(planFor(backend.device, product)), operands: [...use.operands, a.tensor, b.tensor] });
    return;
  }
  const divided = writtenProduct(problem);
  const partial = makeOutput(backend, [slices, rows, columns]);
  record(backend, { ...divided.program(planFor(backend.device, divided)), operands: [partial, a.tensor, b.tensor] });
  useSlices(backend, partial, { slices, rows, columns }, use);
  backend.disposeData(partial.dataId);
}
