import { describe, expect, it } from 'vitest';
import { narrowToBf16, narrowToF16, widenBf16, widenF16 } from '../../src/formats/half.ts';

const ALL = Uint16Array.from({ length: 0x10000 }, (_, bits) => bits);

describe.each([
  { name: 'F16', widen: widenF16, narrow: narrowToF16, exponent: 0x7c00, fraction: 0x03ff },
  { name: 'BF16', widen: widenBf16, narrow: narrowToBf16, exponent: 0x7f80, fraction: 0x007f },
])('$name', ({ widen, narrow, exponent, fraction }) => {
  const isNaNBits = (bits: number): boolean => (bits & exponent) === exponent && (bits & fraction) !== 0;

  it('widens and narrows all 65,536 values to themselves, NaN to NaN', () => {
    const values = widen(ALL);
    const back = narrow(values);
    for (const bits of ALL) {
      if (isNaNBits(bits)) {
        expect(values[bits]).toBeNaN();
        expect(isNaNBits(back[bits]!)).toBe(true);
      } else if (back[bits] !== bits) {
        expect([bits, values[bits], back[bits]]).toEqual([bits, values[bits], bits]);
      }
    }
  });

  it('rounds to nearest, ties to even', () => {
    // Neighbours, their middle, and a little to each side of it. Positive finite values only: signs are symmetric.
    for (let bits = 1; bits < exponent - 1; bits += 7) {
      const [low, high] = widen(Uint16Array.of(bits, bits + 1)) as unknown as [number, number];
      const middle = (low + high) / 2;
      const step = (high - low) / 8;
      const rounded = narrow(Float32Array.of(middle - step, middle, middle + step));
      expect([...rounded]).toEqual([bits, bits % 2 === 0 ? bits : bits + 1, bits + 1]);
    }
  });
});

it('has the known values', () => {
  expect([...widenF16(Uint16Array.of(0x3c00, 0xc000, 0x7bff, 0x0001, 0x0400, 0x7c00))]).toEqual([1, -2, 65504, 2 ** -24, 2 ** -14, Infinity]);
  expect([...narrowToF16(Float32Array.of(65519, 65520, -1e9, 2 ** -26))]).toEqual([0x7bff, 0x7c00, 0xfc00, 0]);
  expect(Object.is(widenF16(Uint16Array.of(0x8000))[0], -0)).toBe(true);
});
