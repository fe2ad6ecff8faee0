/** What each chart shows as rows of a table: exports carry every point, never the sampled curve. Pure. */
import type { ImportanceSummary } from '../../core/importance-summary.ts';
import type { EvaluationPoint, Metrics, RunSummary, StepPoint, TaskSummary } from '../../core/protocol.ts';
import type { TaskReport } from '../../core/task-report.ts';
import type { SweepPoint } from '../state/sweep.ts';

export type Cell = string | number | null;
export interface Table {
  readonly header: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
}

export function accuracyTable(evaluations: readonly EvaluationPoint[], tasks: readonly TaskSummary[]): Table {
  return {
    header: ['step', 'training_task', 'epoch', 'full_test_set', ...tasks.map(({ index }) => `accuracy_task_${index + 1}`)],
    rows: evaluations.map((point) => [point.step, point.task + 1, point.epoch + 1, point.full ? 1 : 0, ...tasks.map(({ index }) => point.accuracy[index] ?? null)]),
  };
}

export function lossTable(points: readonly StepPoint[]): Table {
  return {
    header: ['step', 'task', 'epoch', 'cross_entropy_nats', 'penalty', 'learning_rate', 'lambda'],
    rows: points.map((point) => [point.step, point.task + 1, point.epoch + 1, point.loss, point.penalty, point.learningRate, point.lambda]),
  };
}

/** R[i][j], one row per training task. */
export function matrixTable(metrics: Metrics | null, tasks: readonly TaskSummary[]): Table {
  return {
    header: ['after_task', ...tasks.map(({ index }) => `accuracy_task_${index + 1}`)],
    rows: (metrics?.accuracyMatrix ?? []).map((row, index) => [index + 1, ...tasks.map((task) => row[task.index] ?? null)]),
  };
}

export function forgettingTable(metrics: Metrics | null): Table {
  const matrix = metrics?.accuracyMatrix ?? [];
  return {
    header: ['task', 'accuracy_right_after_learning', 'accuracy_now', 'forgetting', 'max_based_forgetting'],
    rows: matrix.map((row, index) => [
      index + 1, row[index] ?? null, matrix.at(-1)?.[index] ?? null, metrics?.forgetting[index] ?? null, metrics?.maxForgetting[index] ?? null,
    ]),
  };
}

export function importanceTable(summaries: readonly ImportanceSummary[]): Table {
  return {
    header: ['after_task', 'parameter', 'count', 'share_of_total', 'mean_omega', 'max_omega', 'zero_share', 'drift_rms', 'histogram_log10_min', 'histogram_log10_step', 'histogram_counts'],
    rows: summaries.flatMap((summary) => summary.layers.map((layer) => [
      summary.task + 1, layer.name, layer.count, layer.share, layer.mean, layer.max, layer.zeroShare, layer.drift, layer.histogramMin, layer.histogramStep, layer.histogram.join(' '),
    ])),
  };
}

/** One row a cell that holds weights. */
export function driftTable(summaries: readonly ImportanceSummary[]): Table {
  return {
    header: ['after_task', 'parameter', 'omega_log10_from', 'drift_log10_from', 'bucket_log10_width', 'weights'],
    rows: summaries.flatMap((summary) => (summary.density ?? []).flatMap(({ name, omegaMin, driftMin, step, rows, counts }) =>
      counts.flatMap((count, index) => count === 0 ? [] : [[
        summary.task + 1, name, omegaMin + step * Math.floor(index / rows), driftMin + step * (index % rows), step, count,
      ]]))),
  };
}

/** One row a pair of tasks, as known after each task. */
export function overlapTable(summaries: readonly ImportanceSummary[]): Table {
  return {
    header: ['after_task', 'task_a', 'task_b', 'jaccard_of_top_tenths'],
    rows: summaries.flatMap((summary) => (summary.overlap?.jaccard ?? []).flatMap((row, a) => row.slice(0, a).map((value, b) => [summary.task + 1, a + 1, b + 1, value]))),
  };
}

/** One row a pair of classes: how many test images of one the network takes for the other. */
export function confusionTable(classes: TaskReport['classes'], counts: readonly (readonly number[])[]): Table {
  const name = (index: number): string => classes[index]?.name ?? String(index);
  return {
    header: ['class', 'said', 'test_images'],
    rows: counts.flatMap((row, label) => row.map((count, said) => [name(label), name(said), count])),
  };
}

/** One row a λ. */
export function sweepTable(points: readonly SweepPoint[]): Table {
  return {
    header: ['lambda', 'average_accuracy', 'average_forgetting'],
    rows: points.map(({ lambda, averageAccuracy, averageForgetting }) => [lambda, averageAccuracy, averageForgetting]),
  };
}

/** Stored runs with what they are made of and how they ended. */
export function runsTable(runs: readonly RunSummary[]): Table {
  return {
    header: ['run', 'name', 'note', 'method', 'lambda', 'dataset', 'model', 'tasks', 'finished_tasks', 'seed', 'average_accuracy', 'average_forgetting', 'bwt', 'branched_from', 'branched_after_task', 'created_at'],
    rows: runs.map(({ id, name, note, config, finishedTasks, metrics, parent, createdAt }) => [
      id, name, note, config.method, config.lambda, config.dataset, config.model, config.tasks, finishedTasks, config.seed,
      metrics.averageAccuracy, metrics.averageForgetting, metrics.bwt, parent?.runId ?? null, parent?.afterTask ?? null, createdAt,
    ]),
  };
}

/** RFC 4180: fields with commas, quotes or line breaks are quoted; null is an empty field. */
export function toCsv({ header, rows }: Table): string {
  const field = (cell: Cell): string => {
    if (cell === null) return '';
    const text = String(cell);
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return [header, ...rows].map((row) => row.map(field).join(',')).join('\r\n') + '\r\n';
}
