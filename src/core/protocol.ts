/** Everything that crosses between the page and the lab worker: commands in, events out. All plain data. */
import type { Comparison, ComparisonProgress, ComparisonRequest } from './comparison.ts';
import type { BackendChoice, ModelId, RunConfig } from './config.ts';
import type { DatasetContents, DatasetSummary, StoredImage, UnfinishedImport } from './dataset-summary.ts';
import type { DialectReport } from './dialects.ts';
import type { LabErrorData } from './errors.ts';
import type { ImportanceSummary } from './importance-summary.ts';
import type { TileReport } from './measured-tiles.ts';
import type { SelfCheckProgress, SelfCheckReport } from './self-check-report.ts';
import type { AnswerAt, ConfusionCell, SamplePrediction, TaskReport } from './task-report.ts';
import type { WatchedWeight, WeightChoice, WeightUpdate } from './watched-weight.ts';

/** What the person asks for. Queries that return data are methods of {@link LabApi}. */
export type Command =
  | { kind: 'start'; config: RunConfig; scope: 'all' | 'task' }
  /** Goes on with the current run: trains the next task or all that remain. */
  | { kind: 'continue'; scope: 'all' | 'task' }
  | { kind: 'pause' }
  | { kind: 'resume' }
  /** One training step, then pause. */
  | { kind: 'step' }
  /** On to the end of the present epoch or task, then pause. */
  | { kind: 'train-through'; stretch: 'epoch' | 'task' }
  /** Chooses the weight whose updates are told one by one, with 'watched' and 'update' events; null: none. */
  | { kind: 'watch'; choice: WeightChoice | null }
  /** Ends the current task's training at once; finished tasks are kept. */
  | { kind: 'stop' }
  /** Forgets the current run on screen; stored runs stay. */
  | { kind: 'reset' }
  | { kind: 'adjust'; change: Partial<Pick<RunConfig, 'lambda' | 'epochs' | 'learningRate'>> }
  /** Loads a stored run at the end of task `afterTask` (number of finished tasks) and makes it current; training on from there with other settings is a branch. */
  | { kind: 'open-run'; runId: string; afterTask: number; change: Partial<RunConfig> }
  | { kind: 'delete-run'; runId: string }
  | { kind: 'annotate-run'; runId: string; name: string; note: string }
  | { kind: 'cancel-import' }
  /** From its next batch of images on. */
  | { kind: 'pause-import' }
  | { kind: 'resume-import' }
  /** Drops what an interrupted import has stored. */
  | { kind: 'discard-import'; id: string }
  | { kind: 'cancel-comparison' }
  /** After the case that runs. */
  | { kind: 'stop-self-check' }
  | { kind: 'delete-dataset'; dataset: string }
  | { kind: 'rename-dataset'; dataset: string; name: string }
  | { kind: 'delete-weights'; id: string }
  | { kind: 'choose-backend'; backend: BackendChoice };

export type RunPhase =
  | { kind: 'idle' }
  | { kind: 'preparing'; task: number }
  | { kind: 'training'; task: number; epoch: number; step: number; stepsPerEpoch: number }
  | { kind: 'evaluating'; task: number; epoch: number }
  | { kind: 'measuring'; task: number; done: number; total: number }
  | { kind: 'saving'; task: number }
  /** Waiting for "resume" in the middle of a task. */
  | { kind: 'paused'; task: number; epoch: number; step: number; stepsPerEpoch: number }
  /** Between tasks: `finished` of them are done and more remain. */
  | { kind: 'ready'; finished: number }
  | { kind: 'done' }
  | { kind: 'failed'; error: LabErrorData };

export interface BackendReport {
  readonly name: 'webgpu' | 'wasm' | 'cpu';
  /** Why this one, in plain words. */
  readonly reason: string;
  readonly adapter: string | null;
  readonly threads: number;
  /** 'simd', 'relaxed-simd', 'wgsl', 'composed'. */
  readonly kernels: string;
  /** Kernels that failed the self-check on this device and were replaced by stock operations. */
  readonly replaced: readonly string[];
}

export interface TaskSummary {
  readonly index: number;
  readonly classes: readonly { readonly id: string; readonly name: string }[];
  readonly trainCount: number;
  readonly testCount: number;
}

/** One point of the loss curves. `step` counts all training steps of the run from 1. */
export interface StepPoint {
  readonly step: number;
  readonly task: number;
  readonly epoch: number;
  /** Mean cross-entropy of the batches since the last point, nats. */
  readonly loss: number;
  /** λ Σ Ω (θ − θ*)² at this step. */
  readonly penalty: number;
  readonly learningRate: number;
  readonly lambda: number;
}

/** Accuracy of every task seen so far (null for later ones), measured after `step` while training `task`. */
export interface EvaluationPoint {
  readonly step: number;
  readonly task: number;
  readonly epoch: number;
  readonly accuracy: readonly (number | null)[];
  /** Over all test images, right after the task ended; else over the capped sample. */
  readonly full: boolean;
  /** Taken inside an epoch, in the first steps after a task switch, to see the dip there (setting `stabilityEvery`). */
  readonly midEpoch?: true;
}

export interface Metrics {
  /** R[i][j]: accuracy on task j right after training task i; null where not measured. */
  readonly accuracyMatrix: readonly (readonly (number | null)[])[];
  /** R[j][j] − R[T][j] per finished task, T the last finished. */
  readonly forgetting: readonly (number | null)[];
  /** max over i < T of R[i][j], minus R[T][j] (Chaudhry et al. 2018). */
  readonly maxForgetting: readonly (number | null)[];
  readonly averageAccuracy: number | null;
  /** Mean over all finished tasks but the last. */
  readonly averageForgetting: number | null;
  readonly bwt: number | null;
  readonly fwt: number | null;
  readonly learningAccuracy: number | null;
  /** The same network read out without being told the task: the largest logit of all heads together. Null where not measured. */
  readonly classIncremental: {
    readonly accuracyMatrix: readonly (readonly (number | null)[])[];
    readonly averageAccuracy: number | null;
    readonly averageForgetting: number | null;
  } | null;
}

export interface Speed {
  readonly imagesPerSecond: number;
  readonly stepMs: number;
  /** Time left for what was asked, null while unknown. */
  readonly etaMs: number | null;
  readonly tensors: number;
  readonly deviceBytes: number;
}

export interface RunSummary {
  readonly id: string;
  readonly name: string;
  readonly note: string;
  readonly config: RunConfig;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly finishedTasks: number;
  readonly metrics: Metrics;
  /** The run and task it was branched from. */
  readonly parent: { readonly runId: string; readonly afterTask: number } | null;
  readonly backend: string;
}

/** All curves of one run, for overlays. */
export interface RunHistory {
  readonly summary: RunSummary;
  readonly tasks: readonly TaskSummary[];
  readonly steps: readonly StepPoint[];
  readonly evaluations: readonly EvaluationPoint[];
  readonly importances: readonly ImportanceSummary[];
}

/** Imported weights that runs can start from. */
export interface WeightsSummary {
  /** SHA-256 of the file they came in: what a config's `initialWeights` says. */
  readonly id: string;
  /** The file's name, or its address. */
  readonly name: string;
  /** Models with these names and shapes. */
  readonly models: readonly ModelId[];
  readonly sizeBytes: number;
  readonly importedAt: string;
}

export type LabEvent =
  | { kind: 'backend'; backend: BackendReport }
  | { kind: 'datasets'; datasets: readonly DatasetSummary[]; unfinished: readonly UnfinishedImport[]; usedBytes: number | null; quotaBytes: number | null; persistent: boolean }
  | { kind: 'runs'; runs: readonly RunSummary[] }
  | { kind: 'weights'; weights: readonly WeightsSummary[] }
  /** A run became current (new, resumed, branched or reset to null). */
  | { kind: 'run'; runId: string | null; config: RunConfig | null; tasks: readonly TaskSummary[]; history: RunHistory | null }
  | { kind: 'phase'; phase: RunPhase }
  | { kind: 'steps'; points: readonly StepPoint[] }
  | { kind: 'evaluation'; point: EvaluationPoint }
  | { kind: 'metrics'; metrics: Metrics }
  | { kind: 'importance'; summary: ImportanceSummary }
  | { kind: 'speed'; speed: Speed }
  /** The stability product lr · 2λ · max Ω at the present settings; the gradient form diverges from `limit` on. */
  | { kind: 'stability'; product: number; limit: number }
  | { kind: 'config'; config: RunConfig }
  /** The watched weight was chosen, or its task ended. `parameters` are those that could be chosen. */
  | { kind: 'watched'; weight: WatchedWeight; parameters: readonly { readonly name: string; readonly shape: readonly number[] }[] }
  | { kind: 'update'; update: WeightUpdate }
  | {
      kind: 'import-progress';
      name: string;
      bytesDone: number;
      bytesTotal: number;
      imagesDone: number;
      imagesTotal: number | null;
      imagesPerSecond: number;
      etaMs: number | null;
      skipped: number;
      paused: boolean;
      /** That can still be stored; null where the platform does not say. */
      freeBytes: number | null;
    }
  /** The first task of what is being imported is there. */
  | { kind: 'import-listed'; dataset: string }
  | {
      kind: 'import-done';
      dataset: string;
      name: string;
      classCount: number;
      trainCount: number;
      testCount: number;
      ignored: number;
      skipped: number;
      skippedEntries: readonly { readonly name: string; readonly reason: string }[];
      elapsedMs: number;
    }
  | { kind: 'import-failed'; error: LabErrorData | null }
  | { kind: 'comparison'; progress: ComparisonProgress }
  | { kind: 'self-check'; progress: SelfCheckProgress }
  /** More is known of this device's tiles. */
  | { kind: 'tiles'; tiles: TileReport }
  /** Something to know, nothing to do: a backend fallback, a run to resume. */
  | { kind: 'notice'; text: string }
  | { kind: 'error'; error: LabErrorData };

export interface Thumbnail {
  readonly width: number;
  readonly height: number;
  readonly rgba: Uint8ClampedArray;
}

export type DownloadItem =
  | { kind: 'all' }
  | { kind: 'shared-model' }
  | { kind: 'reg-params' }
  | { kind: 'head'; task: number }
  | { kind: 'metrics-csv' }
  | { kind: 'metrics-json' }
  | { kind: 'config' }
  /** The current run, or a stored one. */
  | { kind: 'run'; runId?: string };

export type WeightFormat = 'safetensors' | 'pytorch';

/** What became of a file of weights. */
export interface WeightImport {
  /** For the person. */
  readonly said: string;
  /** Settings that use what came in, for the next run. */
  readonly settings: Partial<RunConfig>;
}

export interface Download {
  readonly fileName: string;
  readonly mimeType: string;
  readonly blob: Blob;
}

/** What can be written as a report. */
export type Report =
  | { readonly kind: 'comparison'; readonly comparison: Comparison }
  | { readonly kind: 'dialects'; readonly report: DialectReport };

/** The table alone, or everything there is in one zip. */
export type ReportFormat = 'markdown' | 'csv' | 'zip';

/** What the worker exposes through Comlink. Every rejection carries a LabError as data (see `worker/errors.ts`). */
export interface LabApi {
  /**
   * Starts the backend and the event stream. Called once; resolves when the lab can train.
   * @param options `tune`: measure tiles on a software adapter too
   */
  connect(listener: (events: readonly LabEvent[]) => void, options: { backend: BackendChoice; hardwareConcurrency: number; tune: boolean }): Promise<void>;
  dispatch(command: Command): Promise<void>;
  /** Imports dropped or picked files (a zip, Parquet, IDX files, images with their relative paths). */
  importFiles(files: readonly { readonly path: string; readonly file: File }[], name: string | null): Promise<void>;
  /** Imports from an address (Parquet or shards manifest); of Parquet only some `classes`: how many of the first or which, '' for all. */
  importUrl(url: string, classes: string): Promise<void>;
  /**
   * Takes in a run file, a tree of models as a zip, a backbone, importances, a head or a config: a file, or the address of one.
   * @param config the settings chosen now, for files that carry none
   */
  importWeights(from: File | string, config: RunConfig): Promise<WeightImport>;
  /** Whether a zip is a tree of models, for {@link importWeights}, rather than of images. Rejects for a damaged one. */
  holdsTree(file: File): Promise<boolean>;
  /** How a config would be cut into tasks. @throws 'class-too-small', 'data-mismatch', … */
  planTasks(config: RunConfig): Promise<readonly TaskSummary[]>;
  /** A few training images of a class, decoded. */
  thumbnails(dataset: string, classId: string, count: number, size: number): Promise<readonly Thumbnail[]>;
  /** @throws 'data-missing' */
  datasetContents(dataset: string): Promise<DatasetContents>;
  /** Images of a class from number `from` on, decoded; those that do not decode are left out. */
  classImages(dataset: string, classId: string, split: 'train' | 'test', from: number, count: number, size: number): Promise<readonly StoredImage[]>;
  taskReport(task: number): Promise<TaskReport>;
  /** Test images in a cell of the confusion matrix, some dozens at most. @throws 'run-state' for an unfinished task */
  confusionImages(task: number, cell: ConfusionCell): Promise<readonly SamplePrediction[]>;
  /** The answers to one test image of a finished task since it was learned, from the states that are kept. @throws 'run-state' */
  answersOver(task: number, index: number): Promise<readonly AnswerAt[]>;
  runHistory(runId: string): Promise<RunHistory>;
  download(item: DownloadItem, format: WeightFormat): Promise<Download>;
  /** Proves the kernels, the network and the speed on this device, with 'self-check' events. @throws 'run-state' while something uses the device */
  selfCheck(): Promise<SelfCheckReport>;
  /** Trains methods side by side, with 'comparison' events; nothing of it is stored. @throws 'run-state' while a run trains, 'cancelled' */
  compare(request: ComparisonRequest): Promise<Comparison>;
  /** Importance of the current run's last finished task as published implementations of MAS compute it. @throws 'run-state' */
  dialects(): Promise<DialectReport>;
  /** A report as the command line writes it. */
  report(report: Report, format: ReportFormat): Promise<Download>;
}
