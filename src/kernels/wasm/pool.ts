import type { WasmKernel } from './runtime.ts';

/** Threads that share a kernel's work with the one that calls it. */
export interface KernelPool {
  /** Threads in all, the caller included. */
  readonly threads: number;
  /**
   * Does a job in `parts` parts, the first on the calling thread, and returns when all are done.
   *
   * @param kernel index into WASM_KERNELS
   * @param own    the same kernel on the calling thread
   */
  run(kernel: number, job: number, parts: number, own: WasmKernel): void;
  /** Ends the threads. */
  dispose(): void;
}
