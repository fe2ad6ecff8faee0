import type { KernelThread } from './pool.ts';

/** Starts a module worker that serves kernels; for `initWasmKernels` in a page that is cross-origin isolated. */
export function spawnBrowserThread(): KernelThread {
  const worker = new Worker(new URL('./pool-worker.ts', import.meta.url), { type: 'module', name: 'kernels' });
  return {
    start: (message) =>
      new Promise((resolve, reject) => {
        worker.onmessage = () => resolve();
        worker.onerror = (event) => reject(new Error(`A kernel thread did not start: ${event.message}`));
        worker.postMessage(message);
      }),
    terminate: () => worker.terminate(),
  };
}
