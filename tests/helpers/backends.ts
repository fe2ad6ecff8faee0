import * as tf from '@tensorflow/tfjs-core';
import { LAB_KERNELS, type LabKernelName } from '../../src/kernels/ops.ts';
import { type LabBackendName, registerLabKernels, replaceKernel } from '../../src/kernels/register.ts';
import type { KernelTable } from '../../src/kernels/signatures.ts';
import { webgpuKernels } from '../../src/kernels/webgpu/kernels.ts';
import { type BackendInfo, startNodeBackend } from '../../src/platform/node/backend.ts';

/** The backends that every numeric test runs on. */
export const BACKENDS = ['cpu', 'wasm', 'webgpu'] as const satisfies readonly LabBackendName[];

/** Every set of kernels: on wasm and webgpu the lab's own, and what stands in for them. */
export const KERNEL_SETS = [
  { kernels: 'composed', backend: 'cpu' },
  { kernels: 'own', backend: 'wasm' },
  { kernels: 'composed', backend: 'wasm' },
  { kernels: 'own', backend: 'webgpu' },
  { kernels: 'composed', backend: 'webgpu' },
] as const;

/** What a device without the subgroups feature runs, where those of the tests have it. */
export const WITHOUT_SUBGROUPS = { kernels: 'subgroup-free', backend: 'webgpu' } as const;

interface KernelSet {
  readonly kernels: 'own' | 'composed' | 'subgroup-free';
  readonly backend: LabBackendName;
}

const started = new Map<LabBackendName, Promise<{ info: BackendInfo; own: KernelTable }>>();

/**
 * Makes a backend current, with the lab's kernels; starts it once a test file.
 *
 * @throws LabError 'backend-missing' where this machine lacks it: a missing backend fails the tests, it never skips them
 */
export async function useBackend(name: LabBackendName): Promise<BackendInfo> {
  const starting = started.get(name) ?? start(name);
  started.set(name, starting);
  const { info, own } = await starting;
  registerLabKernels(name, own);
  // Otherwise webgpu computes small inputs on the CPU, and a test of small shapes would test nothing.
  if (name === 'webgpu') tf.env().set('WEBGPU_CPU_FORWARD', false);
  await tf.setBackend(name);
  return info;
}

/** Makes a backend current with one set of kernels. */
export async function useKernels({ backend, kernels }: KernelSet): Promise<void> {
  await useBackend(backend);
  if (kernels === 'subgroup-free') registerLabKernels(backend, webgpuKernels);
  if (kernels === 'composed') for (const name of Object.values(LAB_KERNELS)) replaceKernel(backend, name);
}

async function start(name: LabBackendName): Promise<{ info: BackendInfo; own: KernelTable }> {
  // One thread: test files share the machine's cores, and threads change no result (wasm-threads.test.ts).
  const info = await startNodeBackend(name, 1);
  const registered = Object.values(LAB_KERNELS).map((kernel): [LabKernelName, tf.KernelConfig['kernelFunc']] => [
    kernel,
    tf.getKernel(kernel, name).kernelFunc,
  ]);
  return { info, own: Object.fromEntries(registered) as KernelTable };
}
