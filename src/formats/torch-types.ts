/** What PyTorch's two file layouts share: storage classes and how a tensor stands in a pickle. */
import type { PickleWriter } from './pickle/pickle-write.ts';
import type { Dtype } from './named-tensors.ts';

const STORAGE_OF: { readonly [D in Dtype]: string } = {
  F32: 'FloatStorage',
  F64: 'DoubleStorage',
  F16: 'HalfStorage',
  BF16: 'BFloat16Storage',
  I64: 'LongStorage',
  I32: 'IntStorage',
  I16: 'ShortStorage',
  I8: 'CharStorage',
  U8: 'ByteStorage',
  BOOL: 'BoolStorage',
};

/** `torch.<class>` by name, and the dtype it holds. */
export const STORAGE_CLASSES: ReadonlyMap<string, Dtype> = new Map(
  (Object.keys(STORAGE_OF) as Dtype[]).map((dtype) => [STORAGE_OF[dtype], dtype]),
);

/** The number every legacy file begins with. */
export const LEGACY_MAGIC = 0x1950a86a20f9469cfc6cn;
export const LEGACY_PROTOCOL = 1001;

/**
 * A reference to storage `key` of `count` elements. Legacy files (and tensors pickled one by one) add a sixth entry for
 * views, which is None.
 */
export function writeStorageReference(pickle: PickleWriter, dtype: Dtype, key: string, count: number, layout: 'zip' | 'legacy'): void {
  pickle.mark().text('storage').global('torch', STORAGE_OF[dtype]).text(key).text('cpu').int(count);
  if (layout === 'legacy') pickle.none();
  pickle.tuple().persistentId();
}

/** `_rebuild_tensor_v2(storage, 0, shape, strides, requires_grad, hooks)` around whatever `writeStorage` puts there. */
export function writeTensor(pickle: PickleWriter, shape: readonly number[], writeStorage: () => void): void {
  pickle.global('torch._utils', '_rebuild_tensor_v2').mark();
  writeStorage();
  pickle.int(0).tupleOf(shape).tupleOf(contiguousStrides(shape)).bool(false).emptyOrderedDict().tuple().reduce();
}

/** Strides in elements of a C-order tensor; dimensions of size 0 count as 1, as PyTorch has it. */
export function contiguousStrides(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length);
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = stride;
    stride *= Math.max(shape[axis]!, 1);
  }
  return strides;
}
