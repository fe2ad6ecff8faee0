import { ready, setBackend } from '@tensorflow/tfjs-core';
import plainUrl from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm?url';
import simdUrl from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url';
import threadedUrl from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-threaded-simd.wasm?url';
import { LabError } from '../../core/errors.ts';
import { registerLabKernels } from '../../kernels/register.ts';
import type { StartedBackend } from './backend.ts';

/** TensorFlow.js on wasm with the lab's kernels. @throws LabError 'backend-missing' */
export async function startWasm(reason: string, _hardwareConcurrency: number): Promise<StartedBackend> {
  const { setWasmPaths } = await import('@tensorflow/tfjs-backend-wasm');
  setWasmPaths({ 'tfjs-backend-wasm.wasm': plainUrl, 'tfjs-backend-wasm-simd.wasm': simdUrl, 'tfjs-backend-wasm-threaded-simd.wasm': threadedUrl });
  if (!(await setBackend('wasm'))) {
    throw new LabError('backend-missing', 'WebAssembly did not start in this browser.', 'Use a current version of Chrome, Edge, Firefox or Safari.');
  }
  await ready();
  registerLabKernels('wasm');
  return {
    report: { name: 'wasm', reason, adapter: null, threads: 1, kernels: 'composed', replaced: [] },
    lost: new Promise(() => undefined),
  };
}
