/** Tensors of every dtype and shape, for properties. */
import fc from 'fast-check';
import type { Dtype, NamedTensor } from '../../src/formats/named-tensors.ts';
import { ITEM_BYTES, elementCount, storedBytes, tensorFromBytes } from '../../src/formats/named-tensors.ts';

const DTYPES = Object.keys(ITEM_BYTES) as Dtype[];

const shapes = fc.array(fc.nat({ max: 5 }), { maxLength: 4 });
/** Any text that UTF-8 can hold, and names that objects treat in a special way. */
const names = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 20 }),
  fc.constantFrom('__proto__', 'constructor', '0', '10', '', 'a/b', 'features.0.weight'),
);

/** One tensor with arbitrary bit patterns: NaN, infinities and subnormals included. */
function tensor(name: string): fc.Arbitrary<NamedTensor> {
  return fc.tuple(fc.constantFrom(...DTYPES), shapes).chain(([dtype, shape]) => {
    const length = elementCount(shape) * ITEM_BYTES[dtype];
    const byte = dtype === 'BOOL' ? fc.nat({ max: 1 }) : fc.nat({ max: 255 });
    return fc
      .array(byte, { minLength: length, maxLength: length })
      .map((bytes) => tensorFromBytes(name, dtype, shape, Uint8Array.from(bytes)));
  });
}

/** Up to six tensors with different names. */
export const tensorLists: fc.Arbitrary<NamedTensor[]> = fc
  .uniqueArray(names, { maxLength: 6 })
  .chain((list) => fc.tuple(...list.map((name) => tensor(name))));

/** A tensor as something that compares by value, bit for bit; NaN of halves by being NaN, whose payload narrowing may change. */
export function plain(tensor: NamedTensor): { name: string; dtype: Dtype; shape: readonly number[]; values: unknown } {
  const { name, dtype, shape } = tensor;
  const isHalf = dtype === 'F16' || dtype === 'BF16';
  const values = isHalf ? [...tensor.data] : [...storedBytes(tensor)];
  return { name, dtype, shape, values };
}

export function byName(tensors: readonly NamedTensor[]): ReturnType<typeof plain>[] {
  return tensors.map(plain).sort((a, b) => (a.name < b.name ? -1 : 1));
}
