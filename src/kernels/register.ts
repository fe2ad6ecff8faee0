import { getKernel, registerKernel, unregisterKernel, type KernelFunc } from '@tensorflow/tfjs-core';
import { composedKernels } from './composed/kernels.ts';
import { LAB_KERNELS, type LabKernelName } from './ops.ts';
import type { KernelTable } from './signatures.ts';

/** The TensorFlow.js backends that the lab's kernels are registered for. */
export type LabBackendName = 'cpu' | 'wasm' | 'webgpu';

/**
 * Registers every kernel of {@link LAB_KERNELS} for a backend: the one of `own` where there is one, stock operations elsewhere.
 * Calling it again replaces what was registered.
 *
 * @param own the backend's hand-written kernels, handed in so that no page loads those of a backend it does not run on
 */
export function registerLabKernels(backend: LabBackendName, own: KernelTable = {}): void {
  for (const name of Object.values(LAB_KERNELS)) register(backend, name, own[name] ?? composedKernels[name]);
}

/** Puts stock operations, or another kernel, in the place of one that proved wrong on this machine. */
export function replaceKernel(backend: LabBackendName, name: LabKernelName, by: KernelFunc = composedKernels[name]): void {
  register(backend, name, by);
}

function register(backendName: LabBackendName, kernelName: LabKernelName, kernelFunc: KernelFunc): void {
  if (getKernel(kernelName, backendName)) unregisterKernel(kernelName, backendName);
  registerKernel({ kernelName, backendName, kernelFunc });
}
