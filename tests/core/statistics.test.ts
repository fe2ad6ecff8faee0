import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../src/core/random.ts';
import { estimate, studentT975, twoSidedTail } from '../../src/core/statistics.ts';

const finite = fc.double({ min: -1e3, max: 1e3, noNaN: true });

describe('Student’s t', () => {
  // Printed tables of the 97.5 % quantile.
  it.each([[1, 12.7062], [2, 4.30265], [3, 3.18245], [4, 2.77645], [9, 2.26216], [29, 2.04523], [120, 1.97993]])('with %i degrees of freedom is %d', (freedom, value) => {
    expect(studentT975(freedom)).toBeCloseTo(value, 4);
  });

  it('has the closed tails of 1 and 2 degrees of freedom', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.01, max: 50, noNaN: true }), (t) => {
        expect(twoSidedTail(t, 1)).toBeCloseTo(1 - (2 / Math.PI) * Math.atan(t), 10);
        expect(twoSidedTail(t, 2)).toBeCloseTo(1 - t / Math.sqrt(2 + t * t), 10);
      }),
    );
  });
});

describe('an estimate', () => {
  it('by hand: 1, 2, 3 is 2 ± 4.3027 · 1 / √3', () => {
    const found = estimate([1, 2, 3]);
    expect(found).toMatchObject({ mean: 2, count: 3 });
    expect(found?.half).toBeCloseTo(4.302652729 / Math.sqrt(3), 8);
  });

  it('of one value has no interval, of none is nothing, of equal values is exact', () => {
    expect(estimate([0.7])).toEqual({ mean: 0.7, half: null, count: 1 });
    expect(estimate([])).toBeNull();
    expect(estimate([0.5, 0.5, 0.5])).toEqual({ mean: 0.5, half: 0, count: 3 });
  });

  it('moves with its values and grows with their spread', () => {
    fc.assert(
      fc.property(fc.array(finite, { minLength: 2, maxLength: 12 }), finite, fc.double({ min: 0.1, max: 10, noNaN: true }), (values, shift, scale) => {
        const plain = estimate(values)!;
        const moved = estimate(values.map((value) => value * scale + shift))!;
        expect(moved.mean).toBeCloseTo(plain.mean * scale + shift, 6);
        expect(moved.half!).toBeCloseTo(plain.half! * scale, 6);
      }),
    );
  });

  it('holds the true mean 95 times in 100', () => {
    const random = createRandom(3, 'coverage');
    let held = 0;
    for (let trial = 0; trial < 4000; trial++) {
      const { mean, half } = estimate([random.normal(), random.normal(), random.normal()])!;
      if (Math.abs(mean) <= half!) held += 1;
    }
    // Four standard deviations of a share of 4,000.
    expect(Math.abs(held / 4000 - 0.95)).toBeLessThan(4 * Math.sqrt((0.95 * 0.05) / 4000));
  });
});
