import type { KernelTable } from '../signatures.ts';
import { webgpuAdaptiveAvgPool, webgpuAdaptiveAvgPoolGrad } from './adaptive-avg-pool.ts';
import { webgpuAnchorPenalty } from './anchor-penalty.ts';
import { webgpuAssembleBatch } from './assemble-batch.ts';
import { webgpuChannelSum } from './channel-sum.ts';
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
import { webgpuSoftmaxCrossEntropy } from './softmax-cross-entropy.ts';

/** The lab's WGSL kernels, for `registerLabKernels('webgpu', …)`: all of them. */
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
  webgpuAnchorPenalty,
]);
