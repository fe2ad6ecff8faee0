/** References from a pickle to the storages of its file, and tensors made from them. */
import type { NamedTensor } from './named-tensors.ts';
import { ITEM_BYTES, elementCount, formatShape, tensorFromBytes } from './named-tensors.ts';
import { storageDtype } from './pickle/globals.ts';
import { chargeCopy } from './pickle/limits.ts';
import type { PickleBudget } from './pickle/limits.ts';
import type { PickleValue, PyStorage, PyTensor, StorageData } from './pickle/values.ts';
import { kindOf } from './pickle/values.ts';
import { quoted, refusal } from './refuse.ts';
import { contiguousStrides } from './torch-types.ts';

/** The storages a pickle has referred to so far, by key. */
export class StorageTable {
  readonly byKey = new Map<string, StorageData>();
  private readonly fileName: string;

  constructor(fileName: string) {
    this.fileName = fileName;
  }

  /**
   * The storage that ('storage', class, key, location, count[, view]) means. The location ("cpu", "cuda:0") is of no use
   * here; a view is (key, offset, count) inside the storage, or None.
   *
   * @throws LabError 'BAD_PICKLE', 'OUT_OF_BOUNDS'
   */
  resolve(id: PickleValue): PyStorage {
    const items = typeof id === 'object' && id?.kind === 'tuple' ? id.items : [];
    const [kind, storageClass, key, , count, view = null] = items;
    const dtype = storageClass === undefined ? null : storageDtype(storageClass);
    if ((items.length !== 5 && items.length !== 6) || kind !== 'storage' || dtype === null || !isKey(key) || !isCount(count)) {
      throw this.badReference(id);
    }
    const data = this.byKey.get(String(key)) ?? { key: String(key), dtype, count, bytes: null };
    if (data.dtype !== dtype || data.count !== count) {
      throw refusal('BAD_PICKLE', this.fileName, `storage ${quoted(data.key)} is ${data.count} ${data.dtype} in one place and ${count} ${dtype} in another`);
    }
    this.byKey.set(data.key, data);
    return view === null ? { kind: 'storage', data, offset: 0, count } : this.view(data, view);
  }

  private view(data: StorageData, view: PickleValue): PyStorage {
    const items = typeof view === 'object' && view?.kind === 'tuple' ? view.items : [];
    const [, offset, count] = items;
    if (items.length !== 3 || !isCount(offset) || !isCount(count)) throw this.badReference(view);
    if (offset + count > data.count) {
      throw refusal('OUT_OF_BOUNDS', this.fileName, `a view reaches element ${offset + count} of storage ${quoted(data.key)}, which has ${data.count}`);
    }
    return { kind: 'storage', data, offset, count };
  }

  private badReference(id: PickleValue): Error {
    return refusal('BAD_PICKLE', this.fileName, `a ${kindOf(id)} stands where the pickle should refer to a storage`);
  }
}

/** Bytes that a storage needs. */
export function storageBytes(data: StorageData): number {
  return data.count * ITEM_BYTES[data.dtype];
}

/**
 * A tensor's values in C order: a view of the file where it is contiguous and aligned there, else a copy; halves widened.
 *
 * @throws LabError 'TOO_LARGE' when the copies of one file together would exceed its budget
 */
export function readTensor(name: string, tensor: PyTensor, budget: PickleBudget, fileName: string): NamedTensor {
  const { data, offset, shape } = tensor;
  if (data.bytes === null) throw new Error(`Storage ${data.key} was never given its bytes.`);
  const item = ITEM_BYTES[data.dtype];
  const count = elementCount(shape);
  const what = `tensor ${quoted(name)} ${formatShape(shape)}`;
  if (count > 0 && !isContiguous(tensor)) {
    chargeCopy(what, count * item, budget, fileName);
    return tensorFromBytes(name, data.dtype, shape, gather(tensor, data.bytes, item, count));
  }
  const start = count > 0 ? offset * item : 0;
  const bytes = data.bytes.subarray(start, start + count * item);
  if (data.dtype === 'F16' || data.dtype === 'BF16') chargeCopy(what, count * 4, budget, fileName);
  else if (bytes.byteOffset % item !== 0) chargeCopy(what, bytes.byteLength, budget, fileName);
  return tensorFromBytes(name, data.dtype, shape, bytes);
}

function isContiguous({ shape, strides }: PyTensor): boolean {
  const expected = contiguousStrides(shape);
  return shape.every((size, axis) => size === 1 || strides[axis] === expected[axis]);
}

/** Elements of a strided view one after another, as bytes. */
function gather({ offset, shape, strides }: PyTensor, storage: Uint8Array, item: number, count: number): Uint8Array {
  const out = new Uint8Array(count * item);
  const inner = shape.length - 1;
  const innerSize = shape[inner]!;
  const innerStride = strides[inner]! * item;
  const position = new Array<number>(shape.length).fill(0);
  let from = offset * item;
  for (let to = 0; to < out.length; ) {
    for (let i = 0, at = from; i < innerSize; i++, at += innerStride) {
      for (let byte = 0; byte < item; byte++) out[to++] = storage[at + byte]!;
    }
    // The next row: count up the outer axes like an odometer.
    for (let axis = inner - 1; axis >= 0; axis--) {
      from += strides[axis]! * item;
      if (++position[axis]! < shape[axis]!) break;
      from -= strides[axis]! * item * shape[axis]!;
      position[axis] = 0;
    }
  }
  return out;
}

function isKey(value: PickleValue | undefined): value is string | number {
  return typeof value === 'string' || typeof value === 'number';
}

function isCount(value: PickleValue | undefined): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
