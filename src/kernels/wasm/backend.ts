import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { LAB_KERNEL_BINARIES } from './generated/lab-kernels.ts';
import type { WasmKernels } from './kernel-names.ts';
import { CONTROL_BYTES, createKernelPool, type KernelPool, type KernelThread } from './pool.ts';
import { allocate, findRuntime, setRuntime, WasmRuntime } from './runtime.ts';

/** What the kernels found on this machine. */
export interface WasmKernelInfo {
  /** Multiply-adds are fused (relaxed SIMD). */
  readonly relaxed: boolean;
  /** Threads that share a large kernel's work. */
  readonly threads: number;
}

/** What Emscripten's module keeps beside its typed interface: the memory, exported by one binary and imported by the threaded one. */
interface EmscriptenMemory {
  readonly wasmMemory?: WebAssembly.Memory;
  readonly asm?: { readonly memory?: WebAssembly.Memory };
}

/** How to share work among threads. */
export interface Threading {
  /** Starts one thread, e.g. `spawnBrowserThread`. */
  readonly spawn: () => KernelThread;
  /** Threads in all, the caller's included. */
  readonly count: number;
}

/**
 * Makes the lab's WebAssembly kernels ready over a wasm backend's memory, once: a second call for a backend reports the first. To be
 * awaited before any of them runs.
 *
 * @param options.threading used only where the backend's memory is shared (TensorFlow.js's threaded binary, which it takes where the page is
 * cross-origin isolated); kernels must then be called from a worker, which may wait
 * @throws Error where the backend's memory cannot be found (another version of TensorFlow.js), or a thread does not start
 */
export async function initWasmKernels(options: {
  readonly backend: BackendWasm;
  readonly threading?: Threading;
}): Promise<WasmKernelInfo> {
  const { backend, threading } = options;
  const ready = findRuntime(backend);
  if (ready) return { relaxed: ready.relaxed, threads: ready.threads };
  const memory = memoryOf(backend);
  const shared = typeof SharedArrayBuffer !== 'undefined' && memory.buffer instanceof SharedArrayBuffer;
  const fused = decode(shared ? LAB_KERNEL_BINARIES.relaxedShared : LAB_KERNEL_BINARIES.relaxed);
  const relaxed = WebAssembly.validate(fused);
  const binary = relaxed ? fused : decode(shared ? LAB_KERNEL_BINARIES.plainShared : LAB_KERNEL_BINARIES.plain);
  const module = await WebAssembly.compile(binary);
  const instance = await WebAssembly.instantiate(module, { env: { memory } });
  const pool = shared && threading && threading.count > 1 ? await startPool(backend, module, memory, threading) : undefined;
  const runtime = new WasmRuntime(backend, memory, instance.exports as unknown as WasmKernels, relaxed, pool);
  setRuntime(backend, runtime);
  return { relaxed, threads: runtime.threads };
}

async function startPool(
  backend: BackendWasm,
  module: WebAssembly.Module,
  memory: WebAssembly.Memory,
  { spawn, count }: Threading,
): Promise<KernelPool> {
  const control = allocate(backend, CONTROL_BYTES);
  new Uint8Array(memory.buffer, control, CONTROL_BYTES).fill(0);
  return createKernelPool(spawn, count, { module, memory, control });
}

function memoryOf(backend: BackendWasm): WebAssembly.Memory {
  const module = backend.wasm as unknown as EmscriptenMemory;
  const memory = module.wasmMemory ?? module.asm?.memory;
  if (!(memory instanceof WebAssembly.Memory)) throw new Error('The wasm backend shows no memory');
  return memory;
}

function decode(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}
