import { env } from '@tensorflow/tfjs-core';

/**
 * Has TensorFlow.js start its wasm backend on a shared memory, for the lab's threads, without threads of its own.
 *
 * Only its threaded binary has a shared memory, and Emscripten starts eight workers with that binary, from the text of a function (which
 * a minifier breaks, and Node refuses), before it knows how many are wanted. The lab wants none: XNNPACK is held to the calling thread, and
 * the lab's kernels have a pool of their own. So while the backend starts, `Worker` names one that only says it is ready.
 *
 * @param setThreadsCount of `@tensorflow/tfjs-backend-wasm`
 * @param start           sets the backend and awaits it
 */
export async function withSharedMemory(setThreadsCount: (threads: number) => void, start: () => Promise<void>): Promise<void> {
  env().set('WASM_HAS_MULTITHREAD_SUPPORT', true);
  setThreadsCount(1);
  const own = Object.getOwnPropertyDescriptor(globalThis, 'Worker');
  // Emscripten assigns Worker in Node; that is let pass without effect.
  Object.defineProperty(globalThis, 'Worker', { configurable: true, get: () => IdleWorker, set: () => undefined });
  try {
    await start();
  } finally {
    if (own) Object.defineProperty(globalThis, 'Worker', own);
    else Reflect.deleteProperty(globalThis, 'Worker');
  }
}

/** What Emscripten asks of a thread that it never uses. */
class IdleWorker {
  onmessage: ((event: { readonly data: unknown }) => void) | undefined;

  postMessage(message: { readonly cmd?: string }): void {
    if (message.cmd === 'load') queueMicrotask(() => this.onmessage?.({ data: { cmd: 'loaded' } }));
  }
  /** Node's way to listen; Emscripten also sets {@link onmessage}. */
  on(): void {}
  unref(): void {}
  terminate(): void {}
}
