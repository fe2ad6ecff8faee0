import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GrowingAverage, sampleMinMax, smooth } from '../../src/app/charts/sampling.ts';

const sampled = (ys: readonly number[], buckets: number): number[] => {
  const out: number[] = [];
  const count = sampleMinMax(ys, 0, ys.length, buckets, out);
  return out.slice(0, count);
};

describe('sampleMinMax', () => {
  it('keeps every point of a short curve', () => {
    expect(sampled([3, 1, 2], 10)).toEqual([0, 1, 2]);
  });

  it('keeps a single spike among thousands of points', () => {
    const ys = Array.from({ length: 5000 }, (_, i) => (i === 3210 ? 99 : Math.sin(i)));
    expect(sampled(ys, 100)).toContain(3210);
  });

  it('skips NaN and an all-NaN curve', () => {
    expect(sampled([NaN, 1, NaN], 10)).toEqual([1]);
    expect(sampled(new Array<number>(1000).fill(NaN), 10)).toEqual([]);
  });

  it('gives ascending indices, at most four a bucket, with the extremes and both ends', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ noNaN: true }), { minLength: 1, maxLength: 2000 }), fc.integer({ min: 1, max: 60 }), (ys, buckets) => {
        const indices = sampled(ys, buckets);
        expect(indices.length).toBeLessThanOrEqual(Math.max(4 * buckets, ys.length > 2 * buckets ? 0 : ys.length));
        for (let i = 1; i < indices.length; i++) expect(indices[i]!).toBeGreaterThan(indices[i - 1]!);
        const values = indices.map((index) => ys[index]!);
        expect(Math.max(...values)).toBe(Math.max(...ys));
        expect(Math.min(...values)).toBe(Math.min(...ys));
        expect(indices[0]).toBe(0);
        expect(indices.at(-1)).toBe(ys.length - 1);
      }),
    );
  });
});

describe('smooth', () => {
  it('leaves values as they are at weight 0 and a constant as it is at any weight', () => {
    expect(smooth([1, 5, 2], 0)).toEqual([1, 5, 2]);
    for (const value of smooth([4, 4, 4, 4], 0.9)) expect(value).toBeCloseTo(4, 12);
  });

  it('is the debiased exponential average', () => {
    const [first, second] = smooth([1, 3], 0.5);
    expect(first).toBe(1);
    expect(second).toBeCloseTo((0.25 * 1 + 0.5 * 3) / 0.75, 12);
  });

  it('passes NaN through without spoiling what follows', () => {
    const [, gap, after] = smooth([2, NaN, 2], 0.5);
    expect(gap).toBeNaN();
    expect(after).toBeCloseTo(2, 12);
  });
});

describe('GrowingAverage', () => {
  it('gives what smoothing the whole column gives, however it grew, and starts again for another column', () => {
    const average = new GrowingAverage(0.8);
    const values: number[] = [];
    for (let i = 0; i < 50; i++) {
      values.push(i === 7 ? NaN : Math.sin(i));
      expect(average.of(values, 0)).toEqual(smooth(values, 0.8));
    }
    values[3] = 5;
    expect(average.of(values, 1)).toEqual(smooth(values, 0.8));
    values.length = 10;
    expect(average.of(values, 1)).toEqual(smooth(values, 0.8));
  });
});
