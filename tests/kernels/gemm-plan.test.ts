import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { alternativePlans, planGemm, slabBytes, tilingName, type GemmPlan } from '../../src/kernels/webgpu/gemm-plan.ts';

const extent = fc.integer({ min: 1, max: 200_000 });
const plans = fc.tuple(extent, extent, extent);

function expectToRunAnywhere(plan: GemmPlan): void {
  expect(plan.threads).toBe((plan.tileRows / plan.rowsPerThread) * (plan.tileColumns / plan.columnsPerThread));
  expect(plan.threads).toBeGreaterThanOrEqual(64);
  expect(plan.threads).toBeLessThanOrEqual(256);
  expect(slabBytes(plan)).toBeLessThanOrEqual(16384);
  expect(plan.slices).toBeLessThanOrEqual(65535);
}

describe('planGemm', () => {
  it('covers the depth with slices of which none is empty', () => {
    fc.assert(
      fc.property(plans, ([rows, columns, depth]) => {
        const { slices, sliceLength, tileDepth } = planGemm(rows, columns, depth);
        expect(slices * sliceLength).toBeGreaterThanOrEqual(depth);
        expect((slices - 1) * sliceLength).toBeLessThan(depth);
        expect(sliceLength % tileDepth).toBe(0);
      }),
    );
  });

  it('covers the images with slices of which none is empty, where their sums are folded', () => {
    fc.assert(
      fc.property(extent, extent, fc.integer({ min: 1, max: 512 }), fc.integer({ min: 2, max: 4000 }), (rows, columns, count, depth) => {
        const { slices, sliceLength, tileDepth } = planGemm(rows, columns, count * depth, { count, depth });
        expect(slices * sliceLength).toBeGreaterThanOrEqual(count);
        expect((slices - 1) * sliceLength).toBeLessThan(count);
        expect(tileDepth).toBeLessThanOrEqual(16);
        expect(Math.ceil(depth / tileDepth) * tileDepth - depth).toBeLessThan(tileDepth);
      }),
    );
  });

  it('stays within what every device offers', () => {
    fc.assert(
      fc.property(plans, fc.boolean(), ([rows, columns, depth], folds) => {
        const plan = folds ? planGemm(rows, columns, 8 * depth, { count: 8, depth }) : planGemm(rows, columns, depth);
        expectToRunAnywhere(plan);
      }),
    );
  });

  it('never writes more partial sums than the operands hold', () => {
    fc.assert(
      fc.property(plans, ([rows, columns, depth]) => {
        const { slices } = planGemm(rows, columns, depth);
        if (slices > 1) expect(slices * rows * columns).toBeLessThanOrEqual(depth * (rows + columns));
      }),
    );
  });

  it('reads each weight of a wide layer once for a batch of up to 64, in many slices', () => {
    for (const batch of [1, 8, 32, 64]) {
      const { tileRows, slices } = planGemm(batch, 4096, 9216);
      expect(tileRows).toBeGreaterThanOrEqual(batch);
      expect(slices).toBeGreaterThan(1);
    }
  });

  it("cuts the first layer's filter gradient, 363 × 64 outputs, into enough workgroups to fill a large GPU", () => {
    const { tileRows, tileColumns, slices, threads } = planGemm(363, 64, 32 * 55 * 55);
    const workgroups = Math.ceil(363 / tileRows) * Math.ceil(64 / tileColumns) * slices;
    expect(workgroups * threads).toBeGreaterThanOrEqual(65536);
  });

  it('wastes little of an image: 49 positions take slabs of 10', () => {
    expect(planGemm(576, 96, 32 * 49, { count: 32, depth: 49 }).tileDepth).toBe(10);
    expect(planGemm(576, 96, 32 * 169, { count: 32, depth: 169 }).tileDepth).toBe(13);
    expect(planGemm(576, 96, 32 * 9, { count: 32, depth: 9 }).tileDepth).toBe(9);
  });
});

describe('alternativePlans', () => {
  const cases = fc.tuple(extent, extent, fc.integer({ min: 2, max: 512 }), fc.integer({ min: 2, max: 4000 }), fc.boolean()).map(([rows, columns, count, depth, folds]) => {
    const usual = planGemm(rows, columns, count * depth, folds ? { count, depth } : undefined);
    return { usual, rows, columns, alternatives: alternativePlans(usual, rows, columns, count * depth, folds) };
  });

  it('differ from the usual plan and from each other in tiles, never in slices: the order of every sum stays', () => {
    fc.assert(
      fc.property(cases, ({ usual, alternatives }) => {
        for (const { slices, sliceLength } of alternatives) expect({ slices, sliceLength }).toEqual({ slices: usual.slices, sliceLength: usual.sliceLength });
        expect(new Set([usual, ...alternatives].map(tilingName)).size).toBe(alternatives.length + 1);
      }),
    );
  });

  it('run on any device, are a handful, and waste no half of a tile', () => {
    fc.assert(
      fc.property(cases, ({ rows, columns, alternatives }) => {
        expect(alternatives.length).toBeLessThanOrEqual(6);
        for (const plan of alternatives) {
          expectToRunAnywhere(plan);
          if (plan.tileRows > 16) expect(plan.tileRows / 2).toBeLessThan(rows);
          if (plan.tileColumns > 16) expect(plan.tileColumns / 2).toBeLessThan(columns);
        }
      }),
    );
  });

  it('include smaller tiles and fewer registers a thread for a large product, and narrow tiles for a few rows', () => {
    const names = alternativePlans(planGemm(4096, 4096, 1024), 4096, 4096, 1024, false).map(tilingName);
    expect(names).toEqual(expect.arrayContaining(['128x64x16/8x4', '64x64x16/8x4', '64x64x16/4x4']));
    expect(alternativePlans(planGemm(8, 4096, 9216), 8, 4096, 9216, false).map(tilingName)).toEqual(['16x64x32/4x4', '16x256x8/4x4']);
  });
});
