/** PyTorch's tensors from ../shared/reference, and the one way they are compared with ours. */
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect } from 'vitest';

const ROOT = resolve(import.meta.dirname, '../../../shared/reference');

/** A file of the reference, or a failure that says what is missing: these tests never skip. */
export function referenceFile(...path: string[]): Uint8Array {
  const file = join(ROOT, ...path);
  if (!existsSync(file)) throw new Error(`The PyTorch reference is missing: ${path.join('/')} was not found in ../shared/reference beside the project.`);
  // A Buffer's slice would share the file's memory.
  return new Uint8Array(readFileSync(file));
}

export interface ReferenceTensor {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/** All tensors of a reference safetensors file; integers are widened to float32. */
export function referenceTensors(...path: string[]): ReadonlyMap<string, ReferenceTensor> {
  const bytes = referenceFile(...path);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerSize = Number(view.getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + headerSize))) as Record<
    string,
    { dtype: string; shape: number[]; data_offsets: [number, number] }
  >;
  const tensors = new Map<string, ReferenceTensor>();
  for (const [name, entry] of Object.entries(header)) {
    if (name === '__metadata__') continue;
    const data = bytes.slice(8 + headerSize + entry.data_offsets[0], 8 + headerSize + entry.data_offsets[1]);
    tensors.set(name, { shape: entry.shape, values: widen(entry.dtype, data.buffer) });
  }
  return tensors;
}

function widen(dtype: string, buffer: ArrayBuffer): Float32Array {
  switch (dtype) {
    case 'F32':
      return new Float32Array(buffer);
    case 'U8':
      return Float32Array.from(new Uint8Array(buffer));
    case 'I64':
      return Float32Array.from(new BigInt64Array(buffer), Number);
    default:
      throw new Error(`unexpected dtype ${dtype} in the reference`);
  }
}

export function referenceJson<T>(...path: string[]): T {
  return JSON.parse(new TextDecoder().decode(referenceFile(...path))) as T;
}

/** The "use" column of the reference README, section 4: the only tolerances there are. */
export const TOLERANCE = {
  forward: 3e-5,
  grad: 5e-5,
  omegaGlobal: 5e-5,
  omegaBatch: 5e-5,
  omegaVector: 2e-5,
  omegaLocal: 2e-5,
  fisher: 5e-5,
  sgdParameters: 5e-6,
  sgdMovement: 2e-4,
  si: 2e-4,
  lwf: 5e-5,
  scalars: 1e-5,
  full: 5e-5,
} as const;

/** max|a − b| / max|b|, the reference's measure; names the worst element on failure. */
export function expectClose(name: string, actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number): void {
  expect(actual.length, `${name}: number of elements`).toBe(expected.length);
  let worst = 0;
  let scale = 0;
  for (let i = 0; i < expected.length; i++) {
    scale = Math.max(scale, Math.abs(expected[i]!));
    const gap = Math.abs(actual[i]! - expected[i]!);
    if (!(gap <= Math.abs(actual[worst]! - expected[worst]!))) worst = i;
  }
  const gap = Math.abs(actual[worst]! - expected[worst]!);
  const error = scale === 0 ? gap : gap / scale;
  expect(error <= tolerance, `${name}[${worst}]: expected ${expected[worst]}, found ${actual[worst]}; error ${error.toExponential(2)} of ${tolerance}`).toBe(true);
}
