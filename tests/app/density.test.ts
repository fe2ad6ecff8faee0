import { describe, expect, it } from 'vitest';
import { levelPaths, medians, summed } from '../../src/app/charts/density.ts';
import { power } from '../../src/app/charts/power.ts';
import { indexOf, partsOf, positionOf } from '../../src/app/playground/update-parts.ts';
import { takeOver } from '../../src/app/panels/take-over.ts';
import type { DriftDensity } from '../../src/core/importance-summary.ts';
import type { WeightUpdate } from '../../src/core/watched-weight.ts';

const density = (counts: readonly number[], free = 0): DriftDensity => ({ name: 'p', omegaMin: -3, driftMin: -4, step: 0.3, columns: 2, rows: 3, counts, free, still: 1 });

describe('density of drift', () => {
  it('adds up over layers', () => {
    expect(summed([density([1, 0, 2, 0, 0, 3], 4), density([1, 1, 1, 1, 1, 1], 5)])).toMatchObject({ counts: [2, 1, 3, 1, 1, 4], free: 9, still: 2 });
    expect(summed([])).toBeNull();
  });

  it('has its median where half of a column is reached, and none where there is too little', () => {
    expect(medians(density([1, 1, 8, 2, 2, 0]))).toEqual([{ column: 0, row: 2 }]);
    expect(medians(density([6, 1, 1, 0, 5, 0]))).toEqual([{ column: 0, row: 0 }, { column: 1, row: 1 }]);
  });

  it('draws every cell that holds something, once', () => {
    const paths = levelPaths(density([1, 0, 100, 0, 0, 10]), 0, 30, 10, 10);
    expect(paths.map(({ d }) => d.split('M').length - 1).reduce((a, b) => a + b, 0)).toBe(3);
    expect(paths.at(-1)).toMatchObject({ share: 1, d: 'M0.0 0.0h9.6v9.6h-9.6z' });
  });

  it('writes powers of ten', () => {
    expect([power(-12), power(0), power(3)]).toEqual(['10⁻¹²', '10⁰', '10³']);
  });
});

describe('a step taken apart', () => {
  const update: WeightUpdate = {
    step: 1, task: 1, parameter: 'p', index: 0, learningRate: 0.1, momentum: 0.5, weightDecay: 0.01, lambda: 2, penaltyStep: 'proximal',
    theta: 1, velocity: 0.4, gradient: -0.2, omega: 3, anchor: 0.5, thetaAfter: 0.7, velocityAfter: 3,
  };

  it('adds up to the movement', () => {
    const parts = partsOf(update);
    expect(parts.loss + parts.momentum + parts.decay + parts.pull).toBeCloseTo(parts.sum, 12);
    expect(parts.free).toBeCloseTo(1 + 0.02 - 0.02 - 0.001, 12);
    expect(parts.share).toBeCloseTo(1.2 / 2.2, 12);
  });

  it('has no pull without an Ω', () => {
    expect(partsOf({ ...update, omega: null, anchor: null })).toMatchObject({ pull: 0, strength: 0, share: 0 });
  });

  it('reads and writes positions', () => {
    expect(positionOf(((2 * 3 + 1) * 5 + 4) * 5 + 3, [4, 3, 5, 5])).toEqual([2, 1, 4, 3]);
    expect(indexOf('2, 1 4,3', [4, 3, 5, 5])).toBe(((2 * 3 + 1) * 5 + 4) * 5 + 3);
    expect([indexOf('4, 0', [4, 2]), indexOf('1', [4, 2]), indexOf('1, x', [4, 2]), indexOf('1.5, 0', [4, 2])]).toEqual([null, null, null, null]);
  });
});

describe('taking over', () => {
  it('counts later tasks only, and names who takes most', () => {
    const claims = [
      [{ task: 1, class: 0, count: 5 }, { task: 2, class: 1, count: 3 }, { task: 0, class: 1, count: 9 }],
      [{ task: 2, class: 1, count: 4 }, { task: 1, class: 1, count: 2 }, { task: 3, class: 0, count: 6 }],
    ];
    expect(takeOver(claims, 1)).toEqual({ images: 29, lost: 13, taker: { task: 2, class: 1, count: 7 } });
    expect(takeOver([[{ task: 0, class: 0, count: 2 }]], 0)).toEqual({ images: 2, lost: 0, taker: null });
  });
});
