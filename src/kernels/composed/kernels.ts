import type { KernelFunc } from '@tensorflow/tfjs-core';
import type { LabKernelName } from '../ops.ts';
import { composedAdaptiveAvgPool, composedAdaptiveAvgPoolGrad } from './adaptive-pool.ts';
import { composedAssembleBatch } from './assemble-batch.ts';
import { composedConv2d, composedConv2dFilterGrad, composedConv2dInputGrad } from './convolution.ts';
import { composedChannelSum, composedMatMul } from './dense.ts';
import { composedDropout, composedReluGrad } from './elementwise.ts';
import { composedMaxPool, composedMaxPoolGrad } from './max-pool.ts';
import { composedSoftmaxCrossEntropy } from './softmax-cross-entropy.ts';
import { composedAnchorPenalty, composedSgdUpdate } from './update.ts';

/** Every kernel made of stock operations: right on any backend, the reference of the others and what replaces a wrong one. */
export const composedKernels: Readonly<Record<LabKernelName, KernelFunc>> = Object.fromEntries([
  composedConv2d,
  composedConv2dInputGrad,
  composedConv2dFilterGrad,
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
  composedAnchorPenalty,
]) as Record<LabKernelName, KernelFunc>;
