import { backend, env, ready, setBackend } from '@tensorflow/tfjs-core';
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import plainUrl from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm?url';
import simdUrl from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url';
import threadedUrl from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-threaded-simd.wasm?url';
import { LabError } from '../../core/errors.ts';
import { registerLabKernels } from '../../kernels/register.ts';
import { checkAndReplace } from '../../kernels/self-check.ts';
import { initWasmKernels, type WasmKernelInfo } from '../../kernels/wasm/backend.ts';
import { spawnBrowserThread } from '../../kernels/wasm/browser-thread.ts';
import { wasmKernels } from '../../kernels/wasm/kernels.ts';
import { withSharedMemory } from '../../kernels/wasm/shared-memory.ts';
import type { StartedBackend } from './backend.ts';

/** More threads than this have nothing to do: a layer's work is cut by images and by panels of eight channels. */
const MOST_THREADS = 8;

/**
 * TensorFlow.js on wasm with the lab's kernels; on several threads where the page is cross-origin isolated.
 *
 * @param hardwareConcurrency logical cores
 * @throws LabError 'backend-missing'
 */
export async function startWasm(reason: string, hardwareConcurrency: number): Promise<StartedBackend> {
  const { setThreadsCount, setWasmPaths } = await import('@tensorflow/tfjs-backend-wasm');
  setWasmPaths({ 'tfjs-backend-wasm.wasm': plainUrl, 'tfjs-backend-wasm-simd.wasm': simdUrl, 'tfjs-backend-wasm-threaded-simd.wasm': threadedUrl });
  const count = globalThis.crossOriginIsolated ? Math.min(hardwareConcurrency, MOST_THREADS) : 1;
  const faults: string[] = [];
  if (count === 1 || !(await startShared(setThreadsCount, faults))) {
    env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
    await use();
  }
  const { relaxed, threads } = await initKernels(backend() as BackendWasm, count, faults);
  registerLabKernels('wasm', wasmKernels);
  const replaced = await checkAndReplace('wasm');
  return {
    report: {
      name: 'wasm',
      reason: faults.length > 0 ? `${reason} On one thread, for others did not start: ${faults.join('; ')}` : reason,
      adapter: null,
      threads,
      kernels: relaxed ? 'relaxed-simd' : 'simd',
      replaced,
    },
    details: null,
    tuning: null,
    lost: new Promise(() => undefined),
  };
}

async function use(): Promise<void> {
  if (!(await setBackend('wasm'))) {
    throw new LabError('backend-missing', 'WebAssembly did not start in this browser.', 'Use a current version of Chrome, Edge, Firefox or Safari.');
  }
  await ready();
}

/** Whether the backend started on a shared memory; one is 4 GiB of address space, which some devices refuse. */
async function startShared(setThreadsCount: (threads: number) => void, faults: string[]): Promise<boolean> {
  try {
    await withSharedMemory(setThreadsCount, use);
    return true;
  } catch (error) {
    faults.push(`no shared memory to be had (${textOf(error)})`);
    return false;
  }
}

/** With threads, and where one does not start (a content policy), without. */
async function initKernels(wasm: BackendWasm, count: number, faults: string[]): Promise<WasmKernelInfo> {
  try {
    return await initWasmKernels({ backend: wasm, threading: { spawn: spawnBrowserThread, count } });
  } catch (error) {
    if (count === 1) throw error;
    faults.push(textOf(error));
    return initWasmKernels({ backend: wasm });
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
