/** A run's files as `formats/tree.ts` lays them out, from its record and last checkpoint. */
import { LabError } from '../core/errors.ts';
import { stabilityOf, type Stability } from '../core/metrics.ts';
import type { DownloadItem, Metrics, WeightFormat } from '../core/protocol.ts';
import { headFile, metricsCsv, regParamsFile, runTree, sharedModelFile, type OutFile, type RunFiles, type TaskFiles } from '../formats/tree.ts';
import type { JsonValue } from '../formats/json-value.ts';
import { textSource } from '../formats/byte-source.ts';
import type { OutTensor } from '../formats/named-tensors.ts';
import { tensorsUnder, type CheckpointSource } from './checkpoint.ts';
import { recordMetrics, type RunRecord } from './run-record.ts';

/** The names in DESIGN.md section 7 of a finished run's measures. */
export interface RunReport extends Metrics, Pick<Stability, 'averageMinAccuracy' | 'worstCaseAccuracy'> {
  readonly config: RunRecord['config'];
  readonly backend: string;
  readonly tasks: readonly { readonly classes: readonly { readonly id: string; readonly name: string }[] }[];
  /** Dips as far as they were measured: per epoch, and in the first steps after a switch where `stabilityEvery` asks for it. */
  readonly stabilityGap: number | null;
  /** Median over all tasks' steps. */
  readonly stepMs: number | null;
  readonly importanceMs: number | null;
  readonly elapsedMs: number;
  readonly adjustments: RunRecord['adjustments'];
}

export function runReport(record: RunRecord): RunReport {
  const { averageMinAccuracy, worstCaseAccuracy, gap } = stabilityOf(record.accuracyMatrix, record.evaluations);
  return {
    config: record.config,
    backend: record.backend,
    tasks: record.tasks.map(({ classes }) => ({ classes })),
    ...recordMetrics(record),
    averageMinAccuracy,
    worstCaseAccuracy,
    stabilityGap: gap,
    stepMs: middle(record.stepMs),
    importanceMs: middle(record.importanceMs),
    elapsedMs: record.elapsedMs,
    adjustments: record.adjustments,
  };
}

/** @param checkpoint of the record's last finished task */
export function runFiles(record: RunRecord, { finishedTasks, tensors }: CheckpointSource): RunFiles {
  const shared = tensorsUnder('backbone/', tensors);
  const omega = tensorsUnder('omega/', tensors);
  const anchor = tensorsUnder('anchor/', tensors);
  const protectedNames = new Set(omega.map(({ name }) => name));
  return {
    shared,
    omega,
    // Unless imported with Ω, θ* is the backbone as it was when the last task ended.
    anchor: anchor.length > 0 ? anchor : shared.filter(({ name }) => protectedNames.has(name)),
    heads: Array.from({ length: finishedTasks }, (_, task) => taskFiles(record, tensorsUnder(`head/${task}/`, tensors), task)),
    config: json(record.config),
    metrics: json(runReport(record)),
    accuracyMatrix: record.accuracyMatrix,
  };
}

/** One file, or the whole tree. @throws LabError 'run-state' where the run has no such file yet */
export function filesOf(item: DownloadItem, files: RunFiles, format: WeightFormat): OutFile[] {
  switch (item.kind) {
    case 'all':
      return runTree(files);
    case 'shared-model':
      return [sharedModelFile(files, format)];
    case 'reg-params':
      if (files.omega.length === 0) throw new LabError('run-state', 'This run has no importances.', 'Only methods that measure importance (MAS, EWC, SI) have them, after their first task.');
      return [regParamsFile(files, format)];
    case 'head': {
      const head = files.heads[item.task];
      if (!head) throw new LabError('run-state', `Task ${item.task + 1} has no head yet.`, 'Train it first.');
      return [headFile(head, format)];
    }
    case 'metrics-csv':
      return [{ path: 'metrics.csv', content: textSource(metricsCsv(files.accuracyMatrix)) }];
    case 'metrics-json':
      return [{ path: 'metrics.json', content: textSource(`${JSON.stringify(files.metrics, null, 2)}\n`) }];
    case 'config':
      return [{ path: 'config.json', content: textSource(`${JSON.stringify(files.config, null, 2)}\n`) }];
    case 'run':
      throw new Error('a whole run is written by run-file.ts');
  }
}

function taskFiles(record: RunRecord, head: readonly OutTensor[], task: number): TaskFiles {
  const weight = head.find(({ name }) => name === 'fc.weight');
  const bias = head.find(({ name }) => name === 'fc.bias');
  const summary = record.tasks[task];
  if (!weight || !bias || !summary) throw new Error(`head ${task} is incomplete`);
  return {
    task,
    classes: summary.classes,
    weight,
    bias,
    accuracyThen: record.accuracyMatrix[task]?.[task] ?? null,
  };
}

/** Records and reports are plain JSON by construction. */
function json(value: unknown): JsonValue {
  return JSON.parse(JSON.stringify(value)) as JsonValue;
}

function middle(values: readonly number[]): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? null;
}
