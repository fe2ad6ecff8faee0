import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { logAxis, niceCeil, niceTicks, stepTicks } from '../../src/app/charts/run-shape.ts';

describe('axis numbers', () => {
  it('are round', () => {
    expect(niceTicks(0, 768, 7)).toEqual([0, 200, 400, 600]);
    expect(niceTicks(190, 410, 4)).toEqual([200, 300, 400]);
    expect(niceTicks(0, 1, 4)).toEqual([0, 0.25, 0.5, 0.75, 1]);
    expect([0, 0.0123, 1.9, 2, 61].map(niceCeil)).toEqual([1, 0.015, 2, 2, 80]);
  });

  it('count whole steps, however few there are', () => {
    expect(stepTicks(0, 1, 6)).toEqual([0, 1]);
    expect(stepTicks(480, 482, 6)).toEqual([480, 481, 482]);
    expect(stepTicks(0, 15, 6)).toEqual([0, 5, 10, 15]);
    expect(stepTicks(0, 768, 7)).toEqual([0, 200, 400, 600]);
    fc.assert(fc.property(fc.nat(100_000), fc.integer({ min: 1, max: 100_000 }), fc.integer({ min: 2, max: 12 }), (from, span, count) => {
      const ticks = stepTicks(from, from + span, count);
      expect(ticks.length).toBeLessThanOrEqual(count + 1);
      for (const tick of ticks) expect(Number.isInteger(tick) && tick >= from && tick <= from + span).toBe(true);
    }));
  });
});

describe('a log axis', () => {
  it('begins at the decade of the least value and is read in powers of ten', () => {
    expect(logAxis(0.23, 2)).toEqual({ bottom: 0.1, ticks: [0.1, 0.2, 0.5, 1, 2] });
    expect(logAxis(0.0011, 0.4)).toEqual({ bottom: 0.001, ticks: [0.001, 0.01, 0.1] });
  });

  it('spans one decade at least and few at most', () => {
    expect(logAxis(1.2, 2).bottom).toBe(0.1);
    expect(logAxis(1e-12, 0.004)).toEqual({ bottom: 1e-7, ticks: [1e-7, 1e-6, 1e-5, 1e-4, 1e-3] });
    expect(logAxis(Infinity, 1)).toEqual({ bottom: 0.1, ticks: [0.1, 0.2, 0.5, 1] });
  });
});
