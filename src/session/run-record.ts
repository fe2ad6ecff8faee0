/** What a run leaves in the store: a record of everything said on screen, and one checkpoint per finished task. */
import { DEFAULT_CONFIG, type RunConfig } from '../core/config.ts';
import { metricsOf } from '../core/metrics.ts';
import type { ImportanceSummary } from '../core/importance-summary.ts';
import type { EvaluationPoint, Metrics, RunHistory, RunSummary, StepPoint, TaskSummary } from '../core/protocol.ts';
import type { Locks } from '../data/locks.ts';
import type { BlobStore } from '../data/types.ts';
import type { CheckpointSource } from './checkpoint.ts';
import { CheckpointStore, RUN_PREFIX, runLock, runMissing } from './checkpoint-store.ts';

/** A change made while the run trained, from this step on; part of what reproduces it. */
export interface Adjustment {
  readonly step: number;
  readonly change: Partial<Pick<RunConfig, 'lambda' | 'epochs' | 'learningRate'>>;
}

export interface RunRecord {
  readonly version: 1;
  readonly id: string;
  name: string;
  note: string;
  /** As it stands now; `adjustments` has how it came there. */
  config: RunConfig;
  readonly createdAt: string;
  updatedAt: string;
  readonly backend: string;
  readonly parent: { readonly runId: string; readonly afterTask: number } | null;
  readonly tasks: readonly TaskSummary[];
  finishedTasks: number;
  /** One row per finished task; entries right of the diagonal are zero-shot (FWT). */
  accuracyMatrix: (number | null)[][];
  /** The same read out through all heads at once. */
  classIncremental: (number | null)[][];
  /** Accuracy of the untrained network per task, for FWT. */
  baseline: (number | null)[];
  adjustments: Adjustment[];
  steps: StepPoint[];
  evaluations: EvaluationPoint[];
  importances: ImportanceSummary[];
  elapsedMs: number;
  importanceMs: number[];
  stepMs: number[];
}

const recordKey = (id: string): string => `${RUN_PREFIX}${id}/record`;

/** Runs in a {@link BlobStore}, which several tabs may share. */
export class RunStore {
  private readonly blobs: BlobStore;
  private readonly locks: Locks;
  private readonly checkpoints: CheckpointStore;

  constructor(blobs: BlobStore, locks: Locks) {
    this.blobs = blobs;
    this.locks = locks;
    this.checkpoints = new CheckpointStore(blobs, locks);
  }

  async list(): Promise<RunRecord[]> {
    const keys = (await this.blobs.keys()).filter((key) => key.startsWith(RUN_PREFIX) && key.endsWith('/record'));
    const records = await Promise.all(keys.map((key) => this.blobs.get(key)));
    return records.filter(isRecord).map(completed).sort((a, b) => b.updatedAt.localeCompare(a.updatedAt));
  }

  /** @throws LabError 'run-missing' */
  async record(id: string): Promise<RunRecord> {
    const record = await this.findRecord(id);
    if (record === null) throw runMissing(id, 'its record');
    return record;
  }

  /** Its tensors are read when they are asked for. @throws LabError 'run-missing' */
  async checkpoint(id: string, afterTask: number): Promise<CheckpointSource> {
    const checkpoint = await this.findCheckpoint(id, afterTask);
    if (checkpoint === null) throw runMissing(id, `the state after task ${afterTask}`);
    return checkpoint;
  }

  /** Null where none is stored. */
  findCheckpoint(id: string, afterTask: number): Promise<CheckpointSource | null> {
    return this.checkpoints.find(id, afterTask);
  }

  /** Null where none is stored. */
  async findRecord(id: string): Promise<RunRecord | null> {
    const record = await this.blobs.get(recordKey(id));
    return isRecord(record) ? completed(record) : null;
  }

  async saveRecord(record: RunRecord): Promise<void> {
    // Not while a checkpoint is kept: the record may speak of it already.
    await this.locks.exclusive(runLock(record.id), () => this.blobs.set(recordKey(record.id), structuredClone(record)));
  }

  /**
   * Record and checkpoint together, so that a crash between them cannot leave one without the other.
   * @throws LabError 'storage-full', nothing changed
   */
  async saveTask(record: RunRecord, checkpoint: CheckpointSource): Promise<void> {
    await this.checkpoints.save(record.id, checkpoint, [[recordKey(record.id), structuredClone(record)]]);
  }

  async delete(id: string): Promise<void> {
    const prefix = `${RUN_PREFIX}${id}/`;
    // Another tab may be keeping a checkpoint of it: what it writes after this must be whole.
    await this.locks.exclusive(runLock(id), async () => this.blobs.delete((await this.blobs.keys()).filter((key) => key.startsWith(prefix))));
  }

  /** Deletes what savings that were cut off left behind. */
  cleanUp(): Promise<void> {
    return this.checkpoints.cleanUp();
  }
}

/** What a new record is marked with. */
export interface RecordMaker {
  backendName(): string;
  /** ISO 8601. */
  date(): string;
  newId(): string;
}

/** A run with nothing trained. */
export function newRecord(host: RecordMaker, config: RunConfig, tasks: readonly TaskSummary[], parent: RunRecord['parent']): RunRecord {
  const now = host.date();
  return {
    version: 1, id: host.newId(), name: '', note: '', config, createdAt: now, updatedAt: now, backend: host.backendName(), parent, tasks,
    finishedTasks: 0, accuracyMatrix: [], classIncremental: [], baseline: [], adjustments: [], steps: [], evaluations: [], importances: [],
    elapsedMs: 0, importanceMs: [], stepMs: [],
  };
}

/** Gives `target` what `source` had when `tasks` of its tasks were finished; both may be the same record. */
export function cutRecord(target: RunRecord, source: RunRecord, tasks: number): RunRecord {
  target.finishedTasks = tasks;
  target.accuracyMatrix = source.accuracyMatrix.slice(0, tasks);
  target.classIncremental = source.classIncremental.slice(0, tasks);
  target.baseline = source.baseline.slice(0, tasks);
  target.steps = source.steps.filter((point) => point.task < tasks);
  target.evaluations = source.evaluations.filter((point) => point.task < tasks);
  target.importances = source.importances.filter((summary) => summary.task < tasks);
  target.importanceMs = source.importanceMs.slice(0, tasks);
  target.stepMs = source.stepMs.slice(0, tasks);
  const lastStep = target.steps.at(-1)?.step ?? 0;
  target.adjustments = source.adjustments.filter((adjustment) => adjustment.step <= lastStep);
  return target;
}

export function recordMetrics(record: RunRecord): Metrics {
  return metricsOf(record.accuracyMatrix, record.baseline, record.classIncremental);
}

export function runSummary(record: RunRecord): RunSummary {
  const { id, name, note, config, createdAt, updatedAt, finishedTasks, parent, backend } = record;
  return {
    id, name, note, config, createdAt, updatedAt, finishedTasks, parent, backend,
    metrics: recordMetrics(record),
  };
}

export function runHistory(record: RunRecord): RunHistory {
  const { tasks, steps, evaluations, importances } = record;
  return { summary: runSummary(record), tasks, steps, evaluations, importances };
}

function isRecord(value: unknown): value is RunRecord {
  return typeof value === 'object' && value !== null && (value as Partial<RunRecord>).version === 1;
}

/** A run that an older lab stored, with the settings that came since at their defaults. */
function completed(record: RunRecord): RunRecord {
  return { ...record, config: { ...DEFAULT_CONFIG, ...record.config } };
}
