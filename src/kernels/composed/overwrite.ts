import type { TensorInfo } from '@tensorflow/tfjs-core';

/** What the cpu backend keeps of a tensor. */
interface CpuRecord {
  values: unknown;
}
/** What the wasm backend keeps of a tensor: where it lies on the heap. */
interface WasmRecord {
  readonly memoryOffset: number;
}
/** What the webgpu backend keeps of a tensor: a buffer, or values not yet uploaded. */
interface WebgpuRecord {
  resource?: unknown;
  external?: unknown;
  values: unknown;
}

interface Records<T> {
  get(dataId: object): T;
}
interface AnyBackend {
  readonly data?: Records<CpuRecord>;
  readonly dataIdMap?: Records<WasmRecord>;
  readonly wasm?: { readonly HEAPU8: Uint8Array };
  readonly tensorMap?: Records<WebgpuRecord>;
}

/**
 * Gives `target` the contents of `source`, float32 and of the same size; tensors that share target's data see them too. No stock
 * operation writes in place, so this reaches into the records of the three backends that the lab runs on.
 *
 * @param source a fresh result that the caller disposes at once: its contents are undefined afterwards
 */
export function overwrite(backend: AnyBackend, target: TensorInfo, source: TensorInfo): void {
  if (backend.dataIdMap && backend.wasm) {
    const to = backend.dataIdMap.get(target.dataId).memoryOffset;
    const from = backend.dataIdMap.get(source.dataId).memoryOffset;
    const sizeBytes = 4 * source.shape.reduce((product, extent) => product * extent, 1);
    backend.wasm.HEAPU8.copyWithin(to, from, from + sizeBytes);
  } else if (backend.tensorMap) {
    // Buffers change owner: commands already recorded keep theirs, and the old one goes when the source is disposed.
    const to = backend.tensorMap.get(target.dataId);
    const from = backend.tensorMap.get(source.dataId);
    [to.resource, from.resource] = [from.resource, to.resource];
    [to.external, from.external] = [from.external, to.external];
    [to.values, from.values] = [from.values, to.values];
  } else if (backend.data) {
    // The array is replaced, not written: it may be the caller's own, handed to tf.tensor().
    backend.data.get(target.dataId).values = backend.data.get(source.dataId).values;
  } else {
    throw new Error('overwrite: a backend that is neither cpu, wasm nor webgpu');
  }
}
