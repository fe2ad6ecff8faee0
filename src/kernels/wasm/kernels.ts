import type { KernelTable } from '../signatures.ts';
import { wasmAssembleBatch } from './assemble-batch.ts';
import { wasmConv2d, wasmConv2dFilterGrad, wasmConv2dInputGrad } from './convolution.ts';
import { wasmChannelSum, wasmDense, wasmMatMul } from './dense.ts';
import { wasmDropout, wasmReluGrad, wasmSoftmaxCrossEntropy } from './elementwise.ts';
import { wasmAdaptiveAvgPool, wasmAdaptiveAvgPoolGrad, wasmMaxPool, wasmMaxPoolGrad } from './pooling.ts';
import { wasmAnchorPenalty, wasmSgdUpdate } from './update.ts';

/** The lab's WebAssembly kernels, for `registerLabKernels('wasm', …)` once `initWasmKernels` is done: all of them. */
export const wasmKernels: KernelTable = Object.fromEntries([
  wasmConv2d,
  wasmConv2dInputGrad,
  wasmConv2dFilterGrad,
  wasmDense,
  wasmMatMul,
  wasmChannelSum,
  wasmMaxPool,
  wasmMaxPoolGrad,
  wasmAdaptiveAvgPool,
  wasmAdaptiveAvgPoolGrad,
  wasmReluGrad,
  wasmDropout,
  wasmSoftmaxCrossEntropy,
  wasmAssembleBatch,
  wasmSgdUpdate,
  wasmAnchorPenalty,
]);
