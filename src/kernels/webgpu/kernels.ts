import type { KernelTable } from '../signatures.ts';
import { webgpuAdaptiveAvgPool, webgpuAdaptiveAvgPoolGrad } from './adaptive-avg-pool.ts';
import { subgroupAnchorPenalty, webgpuAnchorPenalty } from './anchor-penalty.ts';
import { webgpuAssembleBatch } from './assemble-batch.ts';
import { webgpuBiasUpdate, webgpuChannelSum } from './channel-sum.ts';
import { webgpuConvUpdate } from './conv-update.ts';
import { webgpuConv2dFilterGrad } from './conv2d-filter-grad.ts';
import { webgpuConv2dInputGrad } from './conv2d-input-grad.ts';
import { webgpuConv2d } from './conv2d.ts';
import { webgpuDenseUpdate } from './dense-update.ts';
import { webgpuDropout } from './dropout.ts';
import { webgpuDense, webgpuMatMul } from './mat-mul.ts';
import { webgpuMaxPoolGrad } from './max-pool-grad.ts';
import { webgpuMaxPool } from './max-pool.ts';
import { webgpuReluGrad } from './relu-grad.ts';
import { webgpuSgdUpdate } from './sgd-update.ts';
import { subgroupSoftmaxCrossEntropy, webgpuSoftmaxCrossEntropy } from './softmax-cross-entropy.ts';

/** The lab's WGSL kernels, all of them, with nothing that only some devices have. */
export const webgpuKernels: KernelTable = Object.fromEntries([
  webgpuConv2d,
  webgpuConv2dInputGrad,
  webgpuConv2dFilterGrad,
  webgpuDense,
  webgpuMatMul,
  webgpuChannelSum,
  webgpuMaxPool,
  webgpuMaxPoolGrad,
  webgpuAdaptiveAvgPool,
  webgpuAdaptiveAvgPoolGrad,
  webgpuReluGrad,
  webgpuDropout,
  webgpuSoftmaxCrossEntropy,
  webgpuAssembleBatch,
  webgpuSgdUpdate,
  webgpuDenseUpdate,
  webgpuConvUpdate,
  webgpuBiasUpdate,
  webgpuAnchorPenalty,
]);

const subgroupKernels: KernelTable = Object.fromEntries([subgroupSoftmaxCrossEntropy, subgroupAnchorPenalty]);

/** The kernels for `registerLabKernels('webgpu', …)` on a device: those that reduce over a workgroup by subgroups, where it has them. */
export function webgpuKernelsFor({ features }: GPUDevice): KernelTable {
  return features.has('subgroups') ? { ...webgpuKernels, ...subgroupKernels } : webgpuKernels;
}
