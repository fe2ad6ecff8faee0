/**
 * Threads over one shared WebAssembly memory.
 *
 * Each thread instantiates the kernels over the memory and sleeps on a word in it. To run a kernel the caller writes which and where its job
 * is and how many parts it has, wakes them, and all take parts until none is left. There are more parts than threads, and a thread that the
 * system gave no core takes none, so it holds nobody up: on a machine that also draws a page that is the rule. The cut into parts does not
 * depend on who takes which, so neither do the results.
 *
 * Words of the control block, int32, in memory that the caller allocates; those that different sides write are a cache line apart:
 */
import { WASM_KERNELS, type WasmKernel, type WasmKernelName, type WasmKernels } from './kernel-names.ts';

/**
 * The number of the call, and in the lowest eight bits how many of its parts nobody has taken: in one word, so that a thread that wakes
 * late cannot take a part of one call for a part of the next. Threads sleep on it.
 */
const CLAIM = 0;
/** How many parts the call has, which kernel, and where its job is: written while no part can be taken. */
const PARTS = 1;
const KERNEL = 2;
const JOB = 3;
/** Parts that are done; the caller sleeps on it. */
const DONE = 16;
/** 1 once a kernel threw on another thread than the caller's. */
const FAILED = 32;
/** Size of the control block. */
export const CONTROL_BYTES = 192;
/** What the lowest eight bits of CLAIM can count. */
export const MOST_PARTS = 255;

/** Looks at a word before going to sleep on it: about 20 µs, longer than the pause between two kernels of a training step. */
const SPINS = 1500;

/** What a thread is told first. */
export interface ThreadStart {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  /** Address of the control block. */
  readonly control: number;
  /** Which of the threads it is, from 1; the caller is 0. */
  readonly lane: number;
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
   * Does a job in `parts` parts and returns when all are done. Blocks, so not for a page's main thread.
   *
   * @param job   address of its fields
   * @param parts at most {@link MOST_PARTS}
   * @param own   the kernel on the calling thread
   * @throws what the kernel threw on this thread; Error when it threw on another
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
  { module, memory, control }: Omit<ThreadStart, 'lane'>,
): Promise<KernelPool> {
  const words = new Int32Array(memory.buffer, control, CONTROL_BYTES / 4);
  const others: KernelThread[] = [];
  try {
    for (let lane = 1; lane < threads; lane++) others.push(spawn());
    await Promise.all(others.map((thread, i) => thread.start({ module, memory, control, lane: i + 1 })));
  } catch (error) {
    for (const thread of others) thread.terminate();
    throw error;
  }
  let calls = 0;
  return {
    threads,
    run(kernel, job, parts, own) {
      words[PARTS] = parts;
      words[KERNEL] = WASM_KERNELS.indexOf(kernel);
      words[JOB] = job;
      Atomics.store(words, DONE, 0);
      calls += 1;
      Atomics.store(words, CLAIM, (calls << 8) | parts);
      Atomics.notify(words, CLAIM);
      let thrown: { readonly error: unknown } | null = null;
      for (let part = claim(words); part >= 0; part = claim(words)) {
        try {
          own(job, part, parts, 0);
        } catch (error) {
          // Others may be at work on the same job: it ends only when they are done.
          thrown ??= { error };
        }
        Atomics.add(words, DONE, 1);
      }
      for (let done = Atomics.load(words, DONE), spins = 0; done < parts; done = Atomics.load(words, DONE)) {
        if (++spins > SPINS) Atomics.wait(words, DONE, done);
      }
      const failed = Atomics.exchange(words, FAILED, 0) === 1;
      if (thrown) throw thrown.error;
      if (failed) throw new Error(`The wasm kernel ${kernel} failed on another thread`);
    },
    dispose() {
      for (const thread of others) thread.terminate();
    },
  };
}

/** Takes a part of the present call. @returns its number, or −1 where all are taken */
function claim(words: Int32Array): number {
  for (let open = Atomics.load(words, CLAIM); (open & MOST_PARTS) > 0; ) {
    const found = Atomics.compareExchange(words, CLAIM, open, open - 1);
    if (found === open) return (open & MOST_PARTS) - 1;
    open = found;
  }
  return -1;
}

/**
 * A thread's life: instantiates the kernels, says it is ready, and takes parts of all calls until the worker is terminated. Never
 * returns, so the worker hears no further message.
 *
 * @param ready sends the answer that {@link KernelThread.start} waits for
 */
export function serveKernels({ module, memory, control, lane }: ThreadStart, ready: () => void): never {
  const kernels = new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as WasmKernels;
  const words = new Int32Array(memory.buffer, control, CONTROL_BYTES / 4);
  ready();
  for (;;) {
    const part = claim(words);
    if (part < 0) {
      rest(words);
      continue;
    }
    // No other call can begin before this part is done, so these are its words.
    const parts = words[PARTS]!;
    try {
      kernels[WASM_KERNELS[words[KERNEL]!]!](words[JOB]!, part, parts, lane);
    } catch {
      // The caller throws in its stead: nothing could hear it here.
      Atomics.store(words, FAILED, 1);
    }
    if (Atomics.add(words, DONE, 1) + 1 === parts) Atomics.notify(words, DONE);
  }
}

/** Until there are parts to take: first looking, then asleep. */
function rest(words: Int32Array): void {
  for (let spins = 0; spins < SPINS; spins++) if ((Atomics.load(words, CLAIM) & MOST_PARTS) > 0) return;
  const seen = Atomics.load(words, CLAIM);
  if ((seen & MOST_PARTS) === 0) Atomics.wait(words, CLAIM, seen);
}
