import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism, constants, homedir } from 'node:os';
import { dirname, join } from 'node:path';
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import * as tf from '@tensorflow/tfjs-core';
import { LabError } from '../../core/errors.ts';
import { type LabBackendName, registerLabKernels } from '../../kernels/register.ts';
import { initWasmKernels } from '../../kernels/wasm/backend.ts';
import { wasmKernels } from '../../kernels/wasm/kernels.ts';
import { withSharedMemory } from '../../kernels/wasm/shared-memory.ts';
import { openTileTuning, type TileTuning } from '../tile-tuning.ts';
import { adapterName, isSoftware, registerWebgpuBackend } from '../webgpu-backend.ts';
import { spawnNodeThread } from './kernel-thread.ts';

/** Which backend computes, and what the lab says about it. */
export interface BackendInfo {
  readonly name: LabBackendName;
  /** Which kernels run, e.g. `the lab's, SIMD` or `stock operations`. */
  readonly kernels: string;
  /** Threads that share the work of one kernel. */
  readonly threads: number;
  /** The GPU, on webgpu. */
  readonly adapter?: string;
  /** Whether that is a program on the CPU. */
  readonly software?: boolean;
  /** Why this backend, in a sentence. */
  readonly reason: string;
  /** On webgpu; not on a software adapter unless it was asked for. */
  readonly tuning?: TileTuning | null;
}

/**
 * Starts a TensorFlow.js backend in Node, with the lab's kernels, and makes it the current one.
 *
 * @param name cpu and wasm need nothing but their packages; webgpu needs Dawn (the package `webgpu`) and a Vulkan driver: the system's
 * GPU, else the software driver of an installed Chromium
 * @param threads how many share the work of a large kernel, on wasm; results do not depend on it
 * @param tuneSoftware whether tiles are measured on a software adapter too
 * @throws LabError 'backend-missing' where the backend cannot start
 */
export async function startNodeBackend(name: LabBackendName, threads = availableParallelism(), tuneSoftware = false): Promise<BackendInfo> {
  switch (name) {
    case 'cpu':
      return startCpu();
    case 'wasm':
      return startWasm(threads);
    case 'webgpu':
      return startWebgpu(tuneSoftware);
  }
}

async function startCpu(): Promise<BackendInfo> {
  await import('@tensorflow/tfjs-backend-cpu');
  await use('cpu');
  registerLabKernels('cpu');
  return { name: 'cpu', kernels: 'stock operations', threads: 1, reason: 'Plain JavaScript, as asked.' };
}

async function startWasm(count: number): Promise<BackendInfo> {
  const { setThreadsCount, setWasmPaths } = await import('@tensorflow/tfjs-backend-wasm');
  setWasmPaths(join(dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm')), '/'));
  if (count > 1) await withSharedMemory(setThreadsCount, () => use('wasm'));
  else await use('wasm');
  const backend = tf.backend() as BackendWasm;
  const { relaxed, threads } = await initWasmKernels({ backend, threading: { spawn: spawnNodeThread, count } });
  registerLabKernels('wasm', wasmKernels);
  const kernels = relaxed ? "the lab's, relaxed SIMD" : "the lab's, SIMD";
  return { name: 'wasm', kernels, threads, reason: 'WebAssembly, the default without a browser.' };
}

async function startWebgpu(tuneSoftware: boolean): Promise<BackendInfo> {
  const adapter = await findAdapter();
  const device = await registerWebgpuBackend(adapter);
  const { webgpuKernelsFor } = await import('../../kernels/webgpu/kernels.ts');
  await use('webgpu');
  registerLabKernels('webgpu', webgpuKernelsFor(device));
  const tuning = await openTileTuning(adapter, tf.backend() as WebGPUBackend, tuneSoftware);
  return { name: 'webgpu', kernels: "the lab's WGSL", threads: 1, adapter: adapterName(adapter), software: isSoftware(adapter), reason: 'WebGPU through Dawn, as asked.', tuning };
}

async function use(name: LabBackendName): Promise<void> {
  if (!(await tf.setBackend(name))) {
    throw new LabError('backend-missing', `The ${name} backend did not start.`, 'Choose another with --backend.');
  }
  await tf.ready();
}

/** The system's GPU, else Chromium's software driver. Leaves `navigator.gpu` in place. */
async function findAdapter(): Promise<GPUAdapter> {
  const { create, globals } = await import('webgpu');
  Object.assign(globalThis, globals);
  const request = async (options: string[]): Promise<GPUAdapter | null> => {
    const gpu = create(options);
    Object.defineProperty(globalThis, 'navigator', { value: { gpu }, configurable: true, writable: true });
    return gpu.requestAdapter({ powerPreference: 'high-performance' });
  };
  let adapter = await request([]);
  if (!adapter && process.env['VK_ICD_FILENAMES'] === undefined) {
    const driver = softwareDrivers().find(existsSync);
    if (driver !== undefined) {
      process.env['VK_ICD_FILENAMES'] = driver;
      loadVulkan(join(dirname(driver), 'libvulkan.so.1'));
      // The software driver unrolls the zeroing of workgroup memory element by element, which takes a second or two for each tiled
      // kernel; all kernels write that memory before they read it.
      adapter = await request(['enable-dawn-features=disable_workgroup_init']);
    }
  }
  if (adapter) return adapter;
  throw new LabError(
    'backend-missing',
    'No WebGPU adapter: neither a GPU with a Vulkan driver nor the software driver of an installed Chromium was found.',
    'Install Chromium, or name a Vulkan driver in VK_ICD_FILENAMES, or use --backend wasm.',
  );
}

/**
 * Loads the Vulkan loader that Chromium brings, for machines without one of the system's: Dawn asks for it by name, and finds one that
 * the process already has.
 */
function loadVulkan(path: string): void {
  if (!existsSync(path)) return;
  /** Linux's RTLD_NODELETE: it stays although Node, for which it is no add-on, closes it again. */
  const stays = 0x1000;
  try {
    process.dlopen({ exports: {} }, path, constants.dlopen.RTLD_LAZY | stays);
  } catch (error) {
    if (!(error instanceof Error) || !error.message.includes('did not self-register')) throw error;
  }
}

/** Where Chromium's packages, Chrome and Playwright keep the driver. */
function softwareDrivers(): string[] {
  const file = 'vk_swiftshader_icd.json';
  const downloads = process.env['PLAYWRIGHT_BROWSERS_PATH'] ?? join(homedir(), '.cache', 'ms-playwright');
  const downloaded = existsSync(downloads)
    ? readdirSync(downloads).flatMap((entry) => [
        join(downloads, entry, 'chrome-linux', file),
        join(downloads, entry, 'chrome-linux64', file),
      ])
    : [];
  const installed = ['/usr/lib/chromium', '/usr/lib/chromium-browser', '/opt/google/chrome', '/opt/chromium.org/chromium'];
  return [...installed.map((folder) => join(folder, file)), ...downloaded];
}
