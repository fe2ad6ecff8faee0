/** Measures of forgetting, all functions of the accuracy matrix R[i][j]: accuracy on task j right after training task i. */
import type { Metrics } from './protocol.ts';

export type AccuracyMatrix = readonly (readonly (number | null)[])[];

/**
 * @param matrix one row per finished task; rows may hold entries for tasks not yet trained (zero-shot), used by FWT only
 * @param baseline accuracy of a randomly initialised network per task, for FWT (Lopez-Paz & Ranzato 2017); null: not measured
 */
export function metricsOf(matrix: AccuracyMatrix, baseline: readonly (number | null)[] | null = null): Metrics {
  const last = matrix.length - 1;
  const entry = (i: number, j: number): number | null => matrix[i]?.[j] ?? null;
  const tasks = Array.from({ length: matrix.length }, (_, j) => j);
  const forgetting = tasks.map((j) => difference(entry(j, j), entry(last, j)));
  const maxForgetting = tasks.map((j) => {
    if (j === last) return 0;
    const before = tasks.slice(j, last).map((i) => entry(i, j)).filter((r) => r !== null);
    return before.length === 0 ? null : difference(Math.max(...before), entry(last, j));
  });
  const earlier = tasks.slice(0, -1);
  return {
    accuracyMatrix: matrix,
    forgetting,
    maxForgetting,
    averageAccuracy: mean(tasks.map((j) => entry(last, j))),
    averageForgetting: mean(earlier.map((j) => forgetting[j] ?? null)),
    bwt: mean(earlier.map((j) => difference(entry(last, j), entry(j, j)))),
    fwt: baseline === null ? null : mean(tasks.slice(1).map((j) => difference(entry(j - 1, j), baseline[j] ?? null))),
    learningAccuracy: mean(tasks.map((j) => entry(j, j))),
  };
}

function difference(a: number | null, b: number | null): number | null {
  return a === null || b === null ? null : a - b;
}

/** Mean of what is there; null for nothing. */
function mean(values: readonly (number | null)[]): number | null {
  const present = values.filter((value) => value !== null);
  return present.length === 0 ? null : present.reduce((sum, value) => sum + value, 0) / present.length;
}
