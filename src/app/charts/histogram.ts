/** Histograms of log₁₀ Ω as SVG paths. Pure. */
import type { LayerImportance } from '../../core/importance-summary.ts';

export const HISTOGRAM_WIDTH = 180;
export const HISTOGRAM_HEIGHT = 26;

/** Whole decades that hold every layer's histogram, so that all share one axis. */
export function histogramRange(layers: readonly LayerImportance[]): { readonly min: number; readonly max: number } {
  let min = Infinity;
  let max = -Infinity;
  for (const layer of layers) {
    layer.histogram.forEach((count, bucket) => {
      if (count === 0) return;
      min = Math.min(min, layer.histogramMin + bucket * layer.histogramStep);
      max = Math.max(max, layer.histogramMin + (bucket + 1) * layer.histogramStep);
    });
  }
  return min === Infinity ? { min: -1, max: 0 } : { min: Math.floor(min), max: Math.ceil(max) };
}

/** Bars from the bottom up, in a box of {@link HISTOGRAM_WIDTH} × {@link HISTOGRAM_HEIGHT}. */
export function histogramPath(layer: LayerImportance, min: number, max: number): string {
  const most = Math.max(...layer.histogram, 1);
  const scale = HISTOGRAM_WIDTH / (max - min);
  let d = '';
  layer.histogram.forEach((count, bucket) => {
    if (count === 0) return;
    const x = (layer.histogramMin + bucket * layer.histogramStep - min) * scale;
    // Square roots keep the rare, important weights visible beside the many unimportant ones.
    const height = Math.max(1, Math.sqrt(count / most) * HISTOGRAM_HEIGHT);
    d += `M${x.toFixed(1)} ${HISTOGRAM_HEIGHT}v${(-height).toFixed(1)}h${Math.max(1, layer.histogramStep * scale - 0.5).toFixed(1)}V${HISTOGRAM_HEIGHT}z`;
  });
  return d;
}
