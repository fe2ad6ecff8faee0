/** What λ does to a weight: the share of its distance from θ* that one proximal step takes away. Pure. */
import type { LayerImportance } from '../../core/importance-summary.ts';

/** From this pull a step on, a weight counts as held: it keeps less than half of what 70 steps would move it. */
const HELD_FROM = 0.01;

/**
 * One proximal step leaves (θ − θ*) / (1 + 2 lr λ Ω) (DESIGN: penalty step "proximal").
 * @param product 2 lr λ Ω
 * @returns share taken away, 0 to 1
 */
export function pullShare(product: number): number {
  return product / (1 + product);
}

/**
 * Share of a layer's weights that are held, from its histogram of log₁₀ Ω.
 * @param strength 2 lr λ
 */
export function heldShare(layer: LayerImportance, strength: number): number {
  if (strength <= 0 || layer.count === 0) return 0;
  const threshold = Math.log10(HELD_FROM / (1 - HELD_FROM) / strength);
  let held = 0;
  layer.histogram.forEach((count, bucket) => {
    const low = layer.histogramMin + bucket * layer.histogramStep;
    // Inside the bucket that the threshold cuts, weights are taken as evenly spread.
    held += count * Math.min(1, Math.max(0, (low + layer.histogramStep - threshold) / layer.histogramStep));
  });
  return held / layer.count;
}
