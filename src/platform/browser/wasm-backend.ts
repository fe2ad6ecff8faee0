import { backend, env, ready, setBackend } from '@tensorflow/tfjs-core';
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import plainUrl from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm?url';
import simdUrl from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url';
import threadedUrl from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-threaded-simd.wasm?url';
import { LabError } from '../../core/errors.ts';
import { registerLabKernels } from '../../kernels/register.ts';
import { checkAndReplace } from '../../kernels/self-check.ts';
import { initWasmKernels } from '../../kernels/wasm/backend.ts';
import { wasmKernels } from '../../kernels/wasm/kernels.ts';
import type { StartedBackend } from './backend.ts';

/** TensorFlow.js on wasm with the lab's kernels. @throws LabError 'backend-missing' */
export async function startWasm(reason: string, _hardwareConcurrency: number): Promise<StartedBackend> {
  const { setWasmPaths } = await import('@tensorflow/tfjs-backend-wasm');
  setWasmPaths({ 'tfjs-backend-wasm.wasm': plainUrl, 'tfjs-backend-wasm-simd.wasm': simdUrl, 'tfjs-backend-wasm-threaded-simd.wasm': threadedUrl });
  // Emscripten's threads are started from the text of a function, which does not survive minification.
  env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
  if (!(await setBackend('wasm'))) {
    throw new LabError('backend-missing', 'WebAssembly did not start in this browser.', 'Use a current version of Chrome, Edge, Firefox or Safari.');
  }
  await ready();
  const { relaxed, threads } = await initWasmKernels({ backend: backend() as BackendWasm });
  registerLabKernels('wasm', wasmKernels);
  const replaced = await checkAndReplace('wasm');
  return {
    report: { name: 'wasm', reason, adapter: null, threads, kernels: relaxed ? 'relaxed-simd' : 'simd', replaced },
    lost: new Promise(() => undefined),
  };
}
