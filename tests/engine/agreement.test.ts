import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { agreement } from '../../src/engine/importance/agreement.ts';

// Few distinct values, zeros among them, so that ties occur as they do with dead ReLUs.
const importances = fc.array(fc.oneof(fc.integer({ min: 0, max: 4 }), fc.float({ min: 0, max: 100, noNaN: true })), { minLength: 2, maxLength: 60 });
const pairs = importances.chain((first) =>
  fc.tuple(fc.constant(Float32Array.from(first)), fc.array(fc.float({ min: 0, max: 9, noNaN: true }), { minLength: first.length, maxLength: first.length }).map((values) => Float32Array.from(values))));

/** Spearman by its definition: Pearson's correlation of mean ranks, ranks counted one by one. */
function naiveSpearman(a: Float32Array, b: Float32Array): number {
  const ranks = (values: Float32Array): number[] => [...values].map((value) => [...values].filter((other) => other < value).length + ([...values].filter((other) => other === value).length - 1) / 2);
  const [x, y] = [ranks(a), ranks(b)];
  const mean = (a.length - 1) / 2;
  const dot = (p: number[], q: number[]): number => p.reduce((sum, value, i) => sum + (value - mean) * (q[i]! - mean), 0);
  return dot(x, y) / Math.sqrt(dot(x, x) * dot(y, y));
}

describe('agreement of two importances', () => {
  it('by hand', () => {
    const found = agreement(Float32Array.of(0, 1, 2, 3), Float32Array.of(0, 2, 6, 4));
    expect(found.scale).toBeCloseTo(2, 12);
    expect(found.leastSquares).toBeCloseTo((2 + 12 + 12) / 14, 12);
    expect(found.spearman).toBeCloseTo(0.8, 12);
    // The top tenth of four is one: weight 3 against weight 2.
    expect(found.topOverlap).toBe(0);
  });

  it('has Spearman’s correlation whatever the ties', () => {
    fc.assert(
      fc.property(pairs, ([a, b]) => {
        const { spearman } = agreement(a, b);
        if (new Set(a).size === 1 || new Set(b).size === 1) expect(spearman).toBeNull();
        else expect(spearman).toBeCloseTo(naiveSpearman(a, b), 9);
      }),
    );
  });

  it('sees a scaled copy as the same but for the scale', () => {
    fc.assert(
      fc.property(pairs, ([a]) => {
        fc.pre(a.some((value) => value > 0));
        const found = agreement(a, a.map((value) => value * 4));
        expect(found.scale).toBeCloseTo(4, 6);
        expect(found.leastSquares).toBeCloseTo(4, 6);
        expect(found.topOverlap).toBe(1);
        if (found.spearman !== null) expect(found.spearman).toBeCloseTo(1, 9);
      }),
    );
  });

  it('counts the shared top tenth, and takes more weights than a key can number', () => {
    const first = Float32Array.from({ length: 100 }, (_, i) => i);
    const second = first.map((value) => (value >= 95 ? 0 : value));
    expect(agreement(first, second).topOverlap).toBe(0.5);
    const many = Float32Array.from({ length: 2 ** 21 + 3 }, (_, i) => i % 1000);
    expect(agreement(many, many)).toMatchObject({ scale: 1, topOverlap: 1 });
  });
});
