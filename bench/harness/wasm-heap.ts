import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';

/** What is allocated in the wasm backend's memory from JavaScript: tensors, and what the lab's kernels scratch on. */
export interface HeapMeter {
  readonly liveBytes: number;
  /** The highest since the last {@link reset}. */
  readonly peakBytes: number;
  reset(): void;
}

interface Heap {
  _malloc(bytes: number): number;
  _free(address: number): void;
}

/** Counts every allocation from here on; what was there before stays out. */
export function meterHeap(): HeapMeter {
  const wasm = (tf.backend() as BackendWasm).wasm as unknown as Heap;
  // Emscripten puts the real functions in place at their first call, over whatever stands there.
  wasm._free(wasm._malloc(8));
  const sizes = new Map<number, number>();
  let [live, peak] = [0, 0];
  const { _malloc: allocate, _free: free } = wasm;
  Object.assign(wasm, {
    _malloc(bytes: number): number {
      const address = allocate(bytes);
      sizes.set(address, bytes);
      live += bytes;
      peak = Math.max(peak, live);
      return address;
    },
    _free(address: number): void {
      live -= sizes.get(address) ?? 0;
      sizes.delete(address);
      free(address);
    },
  });
  return {
    get liveBytes() {
      return live;
    },
    get peakBytes() {
      return peak;
    },
    reset: () => {
      peak = live;
    },
  };
}
