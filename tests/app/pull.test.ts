import { describe, expect, it } from 'vitest';
import type { LayerImportance } from '../../src/core/importance-summary.ts';
import { heldShare, pullShare } from '../../src/app/charts/pull.ts';

/** 100 weights: 20 with Ω = 0, 40 around 10⁻³, 40 around 1. */
const layer: LayerImportance = {
  name: 'features.0.weight', count: 100, mean: 0.4, max: 1, share: 1, zeroShare: 0.2, histogram: [40, 0, 0, 40], histogramMin: -3.5, histogramStep: 1, drift: 0,
};

describe('the pull of λ', () => {
  it('is nothing at zero and everything in the limit', () => {
    expect(pullShare(0)).toBe(0);
    expect(pullShare(1)).toBe(0.5);
    expect(pullShare(1e9)).toBeCloseTo(1, 8);
  });

  it('holds more weights the stronger it is, and never those with Ω = 0', () => {
    expect(heldShare(layer, 0)).toBe(0);
    expect(heldShare(layer, 0.01 / 0.99 / 0.1)).toBeCloseTo(0.4, 12);
    expect(heldShare(layer, 1e6)).toBeCloseTo(0.8, 12);
  });

  it('takes part of the bucket that the threshold cuts', () => {
    // Threshold at log₁₀ Ω = 0: half of the upper bucket, which reaches from −0.5 to 0.5.
    expect(heldShare(layer, 0.01 / 0.99)).toBeCloseTo(0.2, 12);
  });
});
