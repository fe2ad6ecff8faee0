import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { LAB_KERNEL_BINARIES } from './generated/lab-kernels.ts';
import { setRuntime, type WasmKernels, WasmRuntime } from './runtime.ts';

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

/**
 * Makes the lab's WebAssembly kernels ready over a wasm backend's memory. To be awaited before any of them runs.
 *
 * @throws Error where the backend's memory cannot be found (another version of TensorFlow.js)
 */
export async function initWasmKernels({ backend }: { readonly backend: BackendWasm }): Promise<WasmKernelInfo> {
  const memory = memoryOf(backend);
  const shared = typeof SharedArrayBuffer !== 'undefined' && memory.buffer instanceof SharedArrayBuffer;
  const fused = decode(shared ? LAB_KERNEL_BINARIES.relaxedShared : LAB_KERNEL_BINARIES.relaxed);
  const relaxed = WebAssembly.validate(fused);
  const binary = relaxed ? fused : decode(shared ? LAB_KERNEL_BINARIES.plainShared : LAB_KERNEL_BINARIES.plain);
  const module = await WebAssembly.compile(binary);
  const instance = await WebAssembly.instantiate(module, { env: { memory } });
  const runtime = new WasmRuntime(backend, memory, instance.exports as unknown as WasmKernels);
  setRuntime(backend, runtime);
  return { relaxed, threads: runtime.threads };
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
