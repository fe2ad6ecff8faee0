/** Measures of forgetting, all functions of the accuracy matrix R[i][j]: accuracy on task j right after training task i. */
import type { EvaluationPoint, Metrics } from './protocol.ts';

export type AccuracyMatrix = readonly (readonly (number | null)[])[];

/**
 * @param matrix one row per finished task; rows may hold entries for tasks not yet trained (zero-shot), used by FWT only
 * @param baseline accuracy of a randomly initialised network per task, for FWT (Lopez-Paz & Ranzato 2017); null: not measured
 * @param together the same matrix read out through all heads at once (class-incremental); null: not measured
 */
export function metricsOf(
  matrix: AccuracyMatrix,
  baseline: readonly (number | null)[] | null = null,
  together: AccuracyMatrix | null = null,
): Metrics {
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
    classIncremental: together === null ? null : readOut(together),
  };
}

function readOut(matrix: AccuracyMatrix): NonNullable<Metrics['classIncremental']> {
  const { accuracyMatrix, averageAccuracy, averageForgetting } = metricsOf(matrix);
  return { accuracyMatrix, averageAccuracy, averageForgetting };
}

/** What a run lacks against joint training on the same tasks. Null where either was not measured. */
export interface JointGap {
  /** Per task: R_joint[j][j] − R[j][j], what protection cost in learning it (intransigence; Chaudhry et al. 2018). */
  readonly intransigence: readonly (number | null)[];
  readonly averageIntransigence: number | null;
  /** Average accuracy of the joint run minus this run's, both after as many tasks. */
  readonly gapToJoint: number | null;
}

/** @param joint accuracy matrix of joint training, whose row i is a network that learned tasks 0 … i together */
export function jointGap(matrix: AccuracyMatrix, joint: AccuracyMatrix): JointGap {
  const intransigence = matrix.map((row, j) => difference(joint[j]?.[j] ?? null, row[j] ?? null));
  const average = (rows: AccuracyMatrix): number | null => metricsOf(rows.slice(0, matrix.length)).averageAccuracy;
  return {
    intransigence,
    averageIntransigence: mean(intransigence),
    gapToJoint: joint.length < matrix.length ? null : difference(average(joint), average(matrix)),
  };
}

/** The dip of earlier tasks while later ones are learned (De Lange et al. 2023), from whatever was measured along the way. */
export interface Stability {
  /** Per task: the lowest accuracy since it was learned; null for a task with no measurement since. */
  readonly minAccuracy: readonly (number | null)[];
  /** min-ACC: the mean of these over all tasks but the last. */
  readonly averageMinAccuracy: number | null;
  /** WC-ACC after the last task T of k: 1/k · R[T][T] + (1 − 1/k) · min-ACC. */
  readonly worstCaseAccuracy: number | null;
  /** Stability gap: mean over earlier tasks of R[T][j] minus the lowest accuracy of j during task T; what the dip took back and returned. */
  readonly gap: number | null;
}

/** @param evaluations of finished tasks, in order of their steps; their grain decides how much of the dip is seen */
export function stabilityOf(matrix: AccuracyMatrix, evaluations: readonly EvaluationPoint[]): Stability {
  const last = matrix.length - 1;
  const lowest = (j: number, counts: (point: EvaluationPoint) => boolean): number | null => {
    const seen = evaluations.filter(counts).map((point) => point.accuracy[j] ?? null).filter((value) => value !== null);
    return seen.length === 0 ? null : Math.min(...seen);
  };
  const tasks = matrix.map((_, j) => j);
  const minAccuracy = tasks.map((j) => lowest(j, (point) => point.task > j));
  const averageMinAccuracy = mean(minAccuracy.slice(0, -1));
  const newest = matrix[last]?.[last] ?? null;
  return {
    minAccuracy,
    averageMinAccuracy,
    worstCaseAccuracy: newest === null || averageMinAccuracy === null ? null : newest / (last + 1) + (1 - 1 / (last + 1)) * averageMinAccuracy,
    gap: mean(tasks.slice(0, -1).map((j) => difference(matrix[last]?.[j] ?? null, lowest(j, (point) => point.task === last)))),
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
