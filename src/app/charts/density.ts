/** A two-dimensional histogram made ready for drawing. Pure. */
import type { DriftDensity } from '../../core/importance-summary.ts';

const LEVELS = 8;

/** All parameters of one task together; they share their axes. Null of none. */
export function summed(densities: readonly DriftDensity[]): DriftDensity | null {
  const [first] = densities;
  if (!first) return null;
  const counts = first.counts.map((_, index) => densities.reduce((sum, density) => sum + (density.counts[index] ?? 0), 0));
  const total = (read: (density: DriftDensity) => number): number => densities.reduce((sum, density) => sum + read(density), 0);
  return { ...first, name: '', counts, free: total(({ free }) => free), still: total(({ still }) => still) };
}

/** Cells grouped by the logarithm of their count, so that a plot is a handful of paths. @param left,bottom where the first cell's corner is */
export function levelPaths(density: DriftDensity, left: number, bottom: number, width: number, height: number): readonly { readonly share: number; readonly d: string }[] {
  const { counts, rows } = density;
  const most = Math.max(...counts, 1);
  const paths = Array.from({ length: LEVELS }, () => '');
  counts.forEach((count, index) => {
    if (count === 0) return;
    const level = Math.min(LEVELS - 1, Math.floor((Math.log(count + 1) / Math.log(most + 1)) * LEVELS));
    const x = left + Math.floor(index / rows) * width;
    const y = bottom - ((index % rows) + 1) * height;
    paths[level] += `M${x.toFixed(1)} ${y.toFixed(1)}h${(width - 0.4).toFixed(1)}v${(height - 0.4).toFixed(1)}h${(0.4 - width).toFixed(1)}z`;
  });
  return paths.flatMap((d, level) => (d === '' ? [] : [{ share: (level + 1) / LEVELS, d }]));
}

/** Columns with at least this many weights have a median worth drawing. */
const ENOUGH = 5;

/** The row that holds the median of each column. */
export function medians({ counts, columns, rows }: DriftDensity): readonly { readonly column: number; readonly row: number }[] {
  return Array.from({ length: columns }, (_, column) => column).flatMap((column) => {
    const own = counts.slice(column * rows, (column + 1) * rows);
    const total = own.reduce((a, b) => a + b, 0);
    if (total < ENOUGH) return [];
    let before = 0;
    const row = own.findIndex((count) => (before += count) * 2 >= total);
    return [{ column, row }];
  });
}
