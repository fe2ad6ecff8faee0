import type { KernelFunc } from '@tensorflow/tfjs-core';
import { LAB_KERNELS, type LabKernelName } from '../ops.ts';
import { composedAdaptiveAvgPool, composedAdaptiveAvgPoolGrad } from './adaptive-pool.ts';
import { composedAssembleBatch } from './assemble-batch.ts';
import { composedConv2d, composedConv2dFilterGrad, composedConv2dInputGrad } from './convolution.ts';
import { composedChannelSum, composedDense, composedMatMul } from './dense.ts';
import { composedDropout, composedReluGrad } from './elementwise.ts';
import { composedMaxPool, composedMaxPoolGrad } from './max-pool.ts';
import { composedSoftmaxCrossEntropy } from './softmax-cross-entropy.ts';
import { composedAnchorPenalty, composedBiasUpdate, composedConvUpdate, composedDenseUpdate, composedSgdUpdate } from './update.ts';

/** Every kernel made of stock operations: right on any backend, the reference of the others and what replaces a wrong one. */
export const composedKernels: Readonly<Record<LabKernelName, KernelFunc>> = complete([
  composedConv2d,
  composedConv2dInputGrad,
  composedConv2dFilterGrad,
  composedDense,
  composedMatMul,
  composedChannelSum,
  composedMaxPool,
  composedMaxPoolGrad,
  composedAdaptiveAvgPool,
  composedAdaptiveAvgPoolGrad,
  composedReluGrad,
  composedDropout,
  composedSoftmaxCrossEntropy,
  composedAssembleBatch,
  composedSgdUpdate,
  composedDenseUpdate,
  composedConvUpdate,
  composedBiasUpdate,
  composedAnchorPenalty,
]);

function complete(entries: readonly [LabKernelName, KernelFunc][]): Record<LabKernelName, KernelFunc> {
  const table = new Map(entries);
  const missing = Object.values(LAB_KERNELS).filter((name) => !table.has(name));
  if (missing.length > 0) throw new Error(`no composed kernel for ${missing.join(', ')}`);
  return Object.fromEntries(table) as Record<LabKernelName, KernelFunc>;
}
