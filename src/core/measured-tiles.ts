/** Tiles of WebGPU products as they were measured on a device. Plain data: kept, told, written into reports. */

/** One product of the lab's WebGPU kernels. */
export interface MeasuredTiles {
  /** Operands as they are read, what becomes of results, extents (`kernels/webgpu/gemm-product.ts`). */
  readonly product: string;
  /** Of the product's WGSL: another version of the lab measures anew. */
  readonly sourceHash: string;
  /** Rows × columns × depth of a tile / rows a thread. */
  readonly tiles: string;
  readonly usualTiles: string;
  /** Milliseconds of one product, in these tiles and in the usual ones; equal where none proved faster. */
  readonly ms: number;
  readonly usualMs: number;
}

/** What is known of this device. */
export interface TileReport {
  readonly measured: readonly MeasuredTiles[];
  /** Milliseconds that measuring took in this visit. */
  readonly elapsedMs: number;
}
