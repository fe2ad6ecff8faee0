import { memory, tensor1d, type Tensor } from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { driftDensity } from '../../src/engine/importance/drift-density.ts';
import { overlapOf, topTenth } from '../../src/engine/importance/top-sets.ts';
import { disposeParams, type Params } from '../../src/engine/model/params.ts';
import { useBackend } from '../helpers/backends.ts';

beforeAll(() => useBackend('cpu'));

const params = (...values: readonly (readonly number[])[]): Params => new Map(values.map((own, k): [string, Tensor] => [`p${k}`, tensor1d([...own], 'float32')]));
const members = (set: Uint32Array, count: number): number[] => Array.from({ length: count }, (_, k) => k).filter((k) => ((set[k >>> 5]! >>> (k & 31)) & 1) === 1);

describe('the tenth of weights that matter most', () => {
  it('is exact over all parameters', async () => {
    await fc.assert(fc.asyncProperty(fc.array(fc.float({ min: 0, max: 1000, noNaN: true }), { minLength: 10, maxLength: 120 }), fc.integer({ min: 1, max: 9 }), async (raw, cut) => {
      const values = [...Float32Array.from(raw, Math.abs)];
      const omega = params(values.slice(0, cut), values.slice(cut));
      const found = members(await topTenth(omega), values.length);
      disposeParams(omega);
      const wanted = Math.round(values.length / 10);
      const threshold = values.toSorted((a, b) => b - a)[wanted - 1]!;
      expect(found).toEqual([...values.keys()].filter((k) => values[k]! >= threshold && values[k]! > 0));
    }));
  });

  it('overlaps as sets do', () => {
    const set = (...bits: readonly number[]): Uint32Array => bits.reduce((all, k) => ((all[k >>> 5]! |= 1 << (k & 31)), all), new Uint32Array(2));
    const overlap = overlapOf([set(0, 1, 31, 32), set(1, 31, 40), null], [2, 40]);
    expect(overlap.jaccard).toEqual([[1, 2 / 5, null], [2 / 5, 1, null], [null, null, null]]);
    expect(overlap.served).toEqual([42 - 5, 3, 2]);
    expect(overlap.sharedByLayer).toEqual([1 / 2, 1 / 40]);
  });
});

describe('drift against Ω', () => {
  it('counts every weight once, in the bucket of its powers of two', async () => {
    const omega = params([0, 1, 1.5, 4], [0.25]);
    const anchor = params([0, 0, 0, 0], [0]);
    const theta = params([3, -0.5, 0.6, 0], [0.125]);
    const before = memory().numTensors;
    const [first, second] = await driftDensity(omega, anchor, theta);
    expect(memory().numTensors).toBe(before);
    // Columns 2^−2 … 2^0, rows 2^−3 … 2^−1: the weight of Ω 4 did not move, the one of Ω 0 is free.
    expect(first).toMatchObject({ name: 'p0', columns: 3, rows: 3, free: 1, still: 1, counts: [0, 0, 0, 0, 0, 0, 0, 0, 2] });
    expect(second).toMatchObject({ name: 'p1', columns: 3, rows: 3, free: 0, still: 0, counts: [1, 0, 0, 0, 0, 0, 0, 0, 0] });
    expect(first!.omegaMin).toBeCloseTo(Math.log10(0.25), 12);
    expect(first!.driftMin).toBeCloseTo(Math.log10(0.125), 12);
    [omega, anchor, theta].forEach(disposeParams);
  });

  it('keeps to twelve decades, with what is smaller in the first bucket', async () => {
    const omega = params([1e-30, 1]);
    const anchor = params([0, 0]);
    const theta = params([1, 1]);
    const [density] = await driftDensity(omega, anchor, theta);
    expect(density).toMatchObject({ columns: 40, rows: 1 });
    expect([density!.counts[0], density!.counts[39]]).toEqual([1, 1]);
    [omega, anchor, theta].forEach(disposeParams);
  });
});
