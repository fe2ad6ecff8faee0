/** The one type every weight file is read into and written from. */
import { sourceOf, type ByteSource } from './byte-source.ts';
import { narrowToBf16, narrowToF16, widenBf16, widenF16 } from './half.ts';

/** Values as they lie in memory, per stored dtype. Halves are widened to float32 when read and narrowed when written. */
interface DataOf {
  readonly F64: Float64Array;
  readonly F32: Float32Array;
  readonly F16: Float32Array;
  readonly BF16: Float32Array;
  readonly I64: BigInt64Array;
  readonly I32: Int32Array;
  readonly I16: Int16Array;
  readonly I8: Int8Array;
  readonly U8: Uint8Array;
  /** One byte a value, 0 or 1. */
  readonly BOOL: Uint8Array;
}

/** Element type in the file, in safetensors' words. */
export type Dtype = keyof DataOf;

/** Bytes an element takes in a file. */
export const ITEM_BYTES: { readonly [D in Dtype]: number } = {
  F64: 8,
  F32: 4,
  F16: 2,
  BF16: 2,
  I64: 8,
  I32: 4,
  I16: 2,
  I8: 1,
  U8: 1,
  BOOL: 1,
};

/** `dtype` is what the file says; `data` is C order, contiguous, exactly as many elements as `shape` has. */
interface TensorOf<D extends Dtype> {
  readonly name: string;
  readonly dtype: D;
  /** As PyTorch has it; `[]` is a single number. */
  readonly shape: readonly number[];
  readonly data: DataOf[D];
}

/** Discriminated by `dtype`. Data that readers return may be views of the file's bytes: do not write to them. */
export type NamedTensor = { [D in Dtype]: TensorOf<D> }[Dtype];

/** A tensor that lies elsewhere, and is read while a file of it is written. */
export interface DistantTensor {
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  /** Its values as {@link storedBytes} gives them. */
  readonly stored: ByteSource;
}

/** What files are written from. */
export type OutTensor = NamedTensor | DistantTensor;

export function isDtype(value: unknown): value is Dtype {
  return typeof value === 'string' && Object.hasOwn(ITEM_BYTES, value);
}

/** Product of the dimensions; 1 for `[]`. Infinity or imprecise beyond 2^53: readers check against byte lengths. */
export function elementCount(shape: readonly number[]): number {
  let count = 1;
  for (const size of shape) count *= size;
  return count;
}

/** Float32 weights under a name. `data` is kept, not copied. */
export function f32Tensor(name: string, shape: readonly number[], data: Float32Array): NamedTensor {
  const tensor: NamedTensor = { name, dtype: 'F32', shape, data };
  assertComplete(tensor);
  return tensor;
}

/** Size of a tensor's values in a file. */
export function storedSize({ shape, dtype }: Pick<OutTensor, 'shape' | 'dtype'>): number {
  return elementCount(shape) * ITEM_BYTES[dtype];
}

/** A tensor's values as a part of a file. */
export function storedSource(tensor: OutTensor): ByteSource {
  return 'stored' in tensor ? tensor.stored : sourceOf(storedBytes(tensor));
}

/** A tensor's values as files hold them: little-endian, C order. A view without a copy, except for halves and shared memory. */
export function storedBytes(tensor: NamedTensor): Uint8Array<ArrayBuffer> {
  assertComplete(tensor);
  switch (tensor.dtype) {
    case 'F16':
      return bytesOf(narrowToF16(tensor.data));
    case 'BF16':
      return bytesOf(narrowToBf16(tensor.data));
    default:
      return bytesOf(tensor.data);
  }
}

/** Any array's memory as bytes. Shared memory is copied: files and Blobs cannot hold it. */
export function bytesOf(data: ArrayBufferView): Uint8Array<ArrayBuffer> {
  const { buffer, byteOffset, byteLength } = data;
  if (buffer instanceof ArrayBuffer) return new Uint8Array(buffer, byteOffset, byteLength);
  return new Uint8Array(new Uint8Array(buffer, byteOffset, byteLength));
}

/**
 * The tensor whose values a file holds in `bytes` (little-endian, C order; length = elements · item size, checked by
 * the caller). A view of `bytes` where its alignment allows, else a copy; halves are widened exactly.
 */
export function tensorFromBytes(name: string, dtype: Dtype, shape: readonly number[], bytes: Uint8Array): NamedTensor {
  if (bytes.byteLength !== elementCount(shape) * ITEM_BYTES[dtype]) {
    throw new Error(`tensorFromBytes: ${bytes.byteLength} bytes for ${dtype} [${shape.join(', ')}]`);
  }
  // Not slice(): Node's Buffer, which is one of these arrays too, gives a view there.
  const { buffer, byteOffset } = bytes.byteOffset % ITEM_BYTES[dtype] === 0 ? bytes : new Uint8Array(bytes);
  const count = bytes.byteLength / ITEM_BYTES[dtype];
  switch (dtype) {
    case 'F64':
      return { name, dtype, shape, data: new Float64Array(buffer, byteOffset, count) };
    case 'F32':
      return { name, dtype, shape, data: new Float32Array(buffer, byteOffset, count) };
    case 'F16':
      return { name, dtype, shape, data: widenF16(new Uint16Array(buffer, byteOffset, count)) };
    case 'BF16':
      return { name, dtype, shape, data: widenBf16(new Uint16Array(buffer, byteOffset, count)) };
    case 'I64':
      return { name, dtype, shape, data: new BigInt64Array(buffer, byteOffset, count) };
    case 'I32':
      return { name, dtype, shape, data: new Int32Array(buffer, byteOffset, count) };
    case 'I16':
      return { name, dtype, shape, data: new Int16Array(buffer, byteOffset, count) };
    case 'I8':
      return { name, dtype, shape, data: new Int8Array(buffer, byteOffset, count) };
    case 'U8':
    case 'BOOL':
      return { name, dtype, shape, data: new Uint8Array(buffer, byteOffset, count) };
  }
}

/** A tensor's values as float32 weights: kept where they are float32 or halves, else rounded into a new array. */
export function toFloat32(tensor: NamedTensor): Float32Array {
  switch (tensor.dtype) {
    case 'F32':
    case 'F16':
    case 'BF16':
      return tensor.data;
    case 'I64':
      return Float32Array.from(tensor.data, Number);
    default:
      return Float32Array.from(tensor.data);
  }
}

/** "[64, 3, 11, 11]", as messages name shapes. */
export function formatShape(shape: readonly number[]): string {
  return `[${shape.join(', ')}]`;
}

function assertComplete(tensor: NamedTensor): void {
  if (tensor.data.length !== elementCount(tensor.shape)) {
    throw new Error(`Tensor ${tensor.name}: shape ${formatShape(tensor.shape)} but ${tensor.data.length} values.`);
  }
}
