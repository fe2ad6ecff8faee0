import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import type { WasmKernelName, WasmKernels } from './kernel-names.ts';
import type { PerImage } from '../ops.ts';
import { type KernelPool, MOST_PARTS } from './pool.ts';

/** One field of a job: an address or integer, a boolean (1 or 0), or a float32. */
export type JobField = number | boolean | { readonly float: number };

/** `reduction.ts` in `assembly/`. */
export const REDUCTION: Readonly<Record<PerImage, number>> = { sum: 0, abs: 1, square: 2 };

/** Bytes that hold any job. */
const JOB_BYTES = 256;
/** Below this much work (multiply-adds, or about as long as them) waking threads costs more than they save. */
const WORK_WORTH_SHARING = 500_000;

/**
 * The lab's kernels over one wasm backend: its memory is theirs, so tensors are read and written where they lie.
 */
export class WasmRuntime {
  private readonly backend: BackendWasm;
  private readonly memory: WebAssembly.Memory;
  private readonly kernels: WasmKernels;
  private readonly pool: KernelPool | undefined;
  /** Multiply-adds are fused. */
  readonly relaxed: boolean;
  /** Address of the fields of the job that runs. */
  private readonly job: number;
  private scratchAddress = 0;
  private scratchBytes = 0;

  constructor(backend: BackendWasm, memory: WebAssembly.Memory, kernels: WasmKernels, relaxed: boolean, pool?: KernelPool) {
    this.backend = backend;
    this.memory = memory;
    this.kernels = kernels;
    this.relaxed = relaxed;
    this.pool = pool;
    this.job = allocate(backend, JOB_BYTES);
  }

  /** Threads that share a large kernel's work, this one included. */
  get threads(): number {
    return this.pool?.threads ?? 1;
  }

  /**
   * Into how many parts to cut work of so many multiply-adds.
   *
   * @param each parts for each thread: several, so that one that the system held up leaves its share to the others; few where every
   * part repeats some of the work
   */
  partsFor(work: number, each = 4): number {
    return this.threads === 1 || work < WORK_WORTH_SHARING ? 1 : Math.min(MOST_PARTS, each * this.threads);
  }

  /** How many threads may take so many parts, each with scratch of its own. */
  lanes(parts: number): number {
    return parts === 1 ? 1 : this.threads;
  }

  /** Where a tensor's values begin. */
  address(tensor: TensorInfo): number {
    return this.backend.dataIdMap.get(tensor.dataId).memoryOffset;
  }

  /** A new float32 tensor, its values undefined. */
  output(shape: readonly number[]): TensorInfo {
    return this.backend.makeOutput([...shape], 'float32');
  }

  /** A new float32 tensor of zeros. */
  zeros(shape: readonly number[]): TensorInfo {
    const tensor = this.output(shape);
    this.floats(this.address(tensor), sizeOf(shape)).fill(0);
    return tensor;
  }

  /**
   * Memory that a kernel may write during its call, at least so many bytes; contents undefined. One block serves all
   * kernels, and grows to the largest need.
   */
  scratch(bytes: number): number {
    if (bytes > this.scratchBytes) {
      if (this.scratchAddress !== 0) heapOf(this.backend)._free(this.scratchAddress);
      this.scratchAddress = allocate(this.backend, bytes);
      this.scratchBytes = bytes;
    }
    return this.scratchAddress;
  }

  /** `count` float32 values at an address. Valid until the next allocation. */
  floats(address: number, count: number): Float32Array {
    return new Float32Array(this.memory.buffer, address, count);
  }

  /** `count` int32 values at an address. Valid until the next allocation. */
  ints(address: number, count: number): Int32Array {
    return new Int32Array(this.memory.buffer, address, count);
  }

  /** `count` float64 values at an address. Valid until the next allocation. */
  doubles(address: number, count: number): Float64Array {
    return new Float64Array(this.memory.buffer, address, count);
  }

  /** Bytes at an address. Valid until the next allocation. */
  bytes(address: number, count: number): Uint8Array {
    return new Uint8Array(this.memory.buffer, address, count);
  }

  /**
   * Runs a kernel to its end.
   *
   * @param fields of its job, in the order of its class in `assembly/`
   * @param parts  into how many it is cut, as {@link partsFor} said
   */
  run(kernel: WasmKernelName, fields: readonly JobField[], parts = 1): void {
    const view = new DataView(this.memory.buffer, this.job, JOB_BYTES);
    fields.forEach((field, i) => {
      if (typeof field === 'object') view.setFloat32(4 * i, field.float, true);
      else view.setInt32(4 * i, Number(field), true);
    });
    if (parts > 1 && this.pool) this.pool.run(kernel, this.job, parts, this.kernels[kernel]);
    else this.kernels[kernel](this.job, 0, 1, 0);
  }
}

const runtimes = new WeakMap<object, WasmRuntime>();

/** The runtime made for a backend, if one was. */
export function findRuntime(backend: object): WasmRuntime | undefined {
  return runtimes.get(backend);
}

/** The runtime made for a backend by `initWasmKernels`. */
export function runtimeOf(backend: object): WasmRuntime {
  const runtime = runtimes.get(backend);
  if (!runtime) throw new Error('initWasmKernels was not awaited for this backend');
  return runtime;
}

export function setRuntime(backend: object, runtime: WasmRuntime): void {
  runtimes.set(backend, runtime);
}

export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, extent) => product * extent, 1);
}

/** Rounds bytes up so that what follows begins on a cache line. */
export function aligned(bytes: number): number {
  return Math.ceil(bytes / 64) * 64;
}

/** Emscripten's allocator, of which the package's types know nothing. */
interface Heap {
  _malloc(bytes: number): number;
  _free(address: number): void;
}

function heapOf(backend: BackendWasm): Heap {
  return backend.wasm as unknown as Heap;
}

/** Memory on the backend's heap, which may grow. */
export function allocate(backend: BackendWasm, bytes: number): number {
  const address = heapOf(backend)._malloc(bytes) >>> 0;
  if (address === 0) throw new Error(`The wasm memory has no ${bytes} bytes left`);
  return address;
}
