/** The run as the page shows it: as it is, or as it was after the step that the person looks back to. */
import { metricsOf } from '../../core/metrics.ts';
import type { EvaluationPoint, Metrics } from '../../core/protocol.ts';

export interface Shown {
  readonly metrics: Metrics | null;
  readonly latest: EvaluationPoint | null;
}

/** Metrics and newest evaluation as they were right after `step`, from the evaluations alone. */
export function shownAt(evaluations: readonly EvaluationPoint[], step: number): Shown {
  const past = evaluations.filter((point) => point.step <= step);
  const rows = past.filter((point) => point.full).map((point) => point.accuracy);
  return { metrics: rows.length === 0 ? null : metricsOf(rows), latest: past.at(-1) ?? null };
}
