/**
 * Threads over one shared WebAssembly memory.
 *
 * Each thread instantiates the kernels over the memory and sleeps on a word in it. To run a kernel the caller writes which and where
 * its job is, wakes them, does the first part itself, and waits until all have answered. Who does which part is fixed, so a number of threads
 * gives the same results every time.
 *
 * Words of the control block, int32, in memory that the caller allocates; those that different sides write are a cache line apart:
 */
import { WASM_KERNELS, type WasmKernel, type WasmKernelName, type WasmKernels } from './kernel-names.ts';

/** Counts the calls; threads sleep on it. */
const CALL = 0;
const KERNEL = 1;
const JOB = 2;
const PARTS = 3;
/** Threads that have not answered this call; the caller sleeps on it. */
const WAITING = 16;
/** 1 once a thread's kernel threw. */
const FAILED = 32;
/** Size of the control block. */
export const CONTROL_BYTES = 192;

/** Looks at a word before going to sleep on it: about 20 µs, longer than the pause between two kernels of a training step. */
const SPINS = 1500;

/** What a thread is told first. */
export interface ThreadStart {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  /** Address of the control block. */
  readonly control: number;
  /** Which part is this thread's, from 1. */
  readonly part: number;
}

/** A worker that hands its first message to {@link serveKernels}, whatever kind of worker the platform has. */
export interface KernelThread {
  /** Sends the message; resolves when the worker answers it, rejects when the worker fails. */
  start(message: ThreadStart): Promise<void>;
  /** Ends the worker. */
  terminate(): void;
}

/** Threads that share a kernel's work with the one that calls it. */
export interface KernelPool {
  /** Threads in all, the caller included. */
  readonly threads: number;
  /**
   * Does a job in `parts` parts, the first on the calling thread, and returns when all are done. Blocks, so not for a page's main thread.
   *
   * @param job   address of its fields
   * @param parts at most {@link threads}
   * @param own   the kernel on the calling thread
   * @throws Error when the kernel threw on another thread
   */
  run(kernel: WasmKernelName, job: number, parts: number, own: WasmKernel): void;
  /** Ends the threads. */
  dispose(): void;
}

/**
 * Starts threads − 1 workers and waits until they are ready.
 *
 * @param control zeroed memory of {@link CONTROL_BYTES} at this address
 */
export async function createKernelPool(
  spawn: () => KernelThread,
  threads: number,
  { module, memory, control }: Omit<ThreadStart, 'part'>,
): Promise<KernelPool> {
  const words = new Int32Array(memory.buffer, control, CONTROL_BYTES / 4);
  const others: KernelThread[] = [];
  try {
    for (let part = 1; part < threads; part++) others.push(spawn());
    await Promise.all(others.map((thread, i) => thread.start({ module, memory, control, part: i + 1 })));
  } catch (error) {
    for (const thread of others) thread.terminate();
    throw error;
  }
  return {
    threads,
    run(kernel, job, parts, own) {
      words[KERNEL] = WASM_KERNELS.indexOf(kernel);
      words[JOB] = job;
      words[PARTS] = parts;
      // Every thread answers every call, also one without a part: so none can read the next call's words as this one's.
      Atomics.store(words, WAITING, others.length);
      Atomics.add(words, CALL, 1);
      Atomics.notify(words, CALL);
      own(job, 0, parts);
      for (let left = Atomics.load(words, WAITING), spins = 0; left > 0; left = Atomics.load(words, WAITING)) {
        if (++spins > SPINS) Atomics.wait(words, WAITING, left);
      }
      if (Atomics.exchange(words, FAILED, 0) === 1) throw new Error(`The wasm kernel ${kernel} failed on another thread`);
    },
    dispose() {
      for (const thread of others) thread.terminate();
    },
  };
}

/**
 * A thread's life: instantiates the kernels, says it is ready, and runs its parts of all calls until the worker is terminated. Never
 * returns, so the worker hears no further message.
 *
 * @param ready sends the answer that {@link KernelThread.start} waits for
 */
export function serveKernels({ module, memory, control, part }: ThreadStart, ready: () => void): never {
  const kernels = new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as WasmKernels;
  const words = new Int32Array(memory.buffer, control, CONTROL_BYTES / 4);
  let seen = Atomics.load(words, CALL);
  ready();
  for (;;) {
    for (let spins = 0; Atomics.load(words, CALL) === seen; ) {
      if (++spins > SPINS) Atomics.wait(words, CALL, seen);
    }
    seen++;
    const parts = words[PARTS]!;
    try {
      if (part < parts) kernels[WASM_KERNELS[words[KERNEL]!]!](words[JOB]!, part, parts);
    } catch {
      // The caller throws in its stead: nothing could hear it here.
      Atomics.store(words, FAILED, 1);
    }
    if (Atomics.sub(words, WAITING, 1) === 1) Atomics.notify(words, WAITING);
  }
}
