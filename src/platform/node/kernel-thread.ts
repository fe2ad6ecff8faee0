import { Worker } from 'node:worker_threads';
import type { KernelThread } from '../../kernels/wasm/pool.ts';

/** Starts a worker thread that serves kernels, for `initWasmKernels` in Node. It does not keep the process alive. */
export function spawnNodeThread(): KernelThread {
  // The entry is TypeScript, and Node 20 takes no loader for one worker: so the worker registers it itself.
  const loader = import.meta.resolve('tsx/esm/api');
  const entry = new URL('./kernel-worker.ts', import.meta.url).href;
  const start = `import('${loader}').then(({ register }) => { register(); return import('${entry}'); })`;
  const worker = new Worker(start, { eval: true, execArgv: [] });
  return {
    start: (message) =>
      new Promise((resolve, reject) => {
        worker.once('message', () => {
          worker.unref();
          resolve();
        });
        worker.once('error', reject);
        worker.postMessage(message);
      }),
    terminate: () => void worker.terminate(),
  };
}
