/** A whole lab without a face: data, one session, reports and files. The page's worker and the command line each host one. */
import type { Comparison, ComparisonRequest } from '../core/comparison.ts';
import type { RunConfig } from '../core/config.ts';
import type { DialectReport } from '../core/dialects.ts';
import { LabError } from '../core/errors.ts';
import type { BackendReport, DownloadItem, LabEvent, RunHistory, TaskSummary, WeightFormat, WeightImport } from '../core/protocol.ts';
import type { SelfCheckFindings } from '../core/self-check-report.ts';
import type { AnswerAt, ConfusionCell, SamplePrediction, TaskReport } from '../core/task-report.ts';
import { fitPixels } from '../data/fit.ts';
import { httpSource } from '../data/sources/http-source.ts';
import { ImageStore } from '../data/image-store.ts';
import type { Locks } from '../data/locks.ts';
import type { BlobStore, ByteSource, ImageDecoder, TaskData } from '../data/types.ts';
import { runTree, type OutFile } from '../formats/tree.ts';
import { modelSpec } from '../engine/model/models.ts';
import { storedPieces } from './comparison-pieces.ts';
import { runSelfCheck } from './self-check.ts';
import { runComparison, type DatasetNames, type PieceStore } from './comparison.ts';
import { DataDesk, type StorageState } from './data-desk.ts';
import { DatasetTasks } from './dataset-tasks.ts';
import { measureDialects } from './dialect-measurement.ts';
import { taskImportanceSet } from './importance-set.ts';
import { downloadRun, type DownloadFile } from './run-download.ts';
import { runFiles } from './run-files.ts';
import { runHistory, type RunRecord } from './run-record.ts';
import { Session } from './session.ts';
import { answersTo, cellImages, taskReport } from './task-report.ts';
import { importWeights } from './weight-import.ts';

/** What a host gives its lab. */
export interface LabPlatform {
  readonly blobs: BlobStore;
  readonly locks: Locks;
  /** @param fit the lab's one rule for bringing an image to the model's input */
  createDecoder(fit: typeof fitPixels): ImageDecoder;
  storageState(): Promise<StorageState>;
  /** Asks that what is stored is not evicted. */
  askToPersist(): Promise<unknown>;
  /** Name of the backend that runs, kept with each run. */
  backendName(): string;
  emit(event: LabEvent): void;
  /** Monotonic milliseconds. */
  now(): number;
  /** ISO 8601. */
  date(): string;
  newId(): string;
  /** Lets waiting messages in. */
  breathe(): Promise<void>;
  /** Given moments between steps, in which measurements can make later ones faster; ends within milliseconds once `goOn` says false. */
  tune?(goOn: () => boolean): Promise<void>;
}

export class Lab {
  readonly session: Session;
  readonly desk: DataDesk;
  private readonly tasks: DatasetTasks;
  private readonly platform: LabPlatform;
  private comparing: AbortController | null = null;
  private checking: AbortController | null = null;

  constructor(platform: LabPlatform) {
    this.platform = platform;
    const decoder = platform.createDecoder(fitPixels);
    const images = new ImageStore(platform.blobs, platform.locks);
    this.desk = new DataDesk({
      images, decoder, emit: (event) => platform.emit(event), storageState: () => platform.storageState(), askToPersist: () => platform.askToPersist(),
    });
    this.tasks = new DatasetTasks(this.desk, decoder);
    this.session = new Session({
      store: platform.blobs,
      locks: platform.locks,
      provider: this.tasks,
      backendName: () => platform.backendName(),
      emit: (event) => platform.emit(event),
      now: () => platform.now(),
      date: () => platform.date(),
      newId: () => platform.newId(),
      breathe: () => platform.breathe(),
      tune: (goOn) => this.tune(goOn),
    });
  }

  /** Says what is stored: datasets and runs. */
  async announce(): Promise<void> {
    await this.desk.cleanUp();
    await this.desk.announce();
    await this.session.runs.cleanUp();
    await this.session.announceRuns();
    await this.announceWeights();
  }

  planTasks(config: RunConfig): Promise<readonly TaskSummary[]> {
    return this.tasks.plan(config);
  }

  /** @throws LabError 'run-state' where there is no run */
  async taskReport(task: number): Promise<TaskReport> {
    const record = this.requireRun();
    return taskReport(record, task, await this.session.judgement(task), (await this.taskData(record, task)).test);
  }

  /** @throws LabError 'run-state' where there is no run, or the task is unfinished */
  async confusionImages(task: number, cell: ConfusionCell): Promise<readonly SamplePrediction[]> {
    const judgement = await this.session.judgement(task);
    return cellImages(judgement, (await this.taskData(this.requireRun(), task)).test, cell);
  }

  /** @throws LabError 'run-state' where no task is finished, or the task has no such image */
  async answersOver(task: number, index: number): Promise<readonly AnswerAt[]> {
    return answersTo(this.requireRun(), await this.session.answers(task), index);
  }

  /** @throws LabError 'run-missing' */
  async runHistory(runId: string): Promise<RunHistory> {
    const { currentRecord } = this.session;
    return runHistory(currentRecord?.id === runId ? currentRecord : await this.session.runs.record(runId));
  }

  /** @throws LabError 'run-state' while no task is finished */
  download(item: DownloadItem, format: WeightFormat): Promise<DownloadFile> {
    return downloadRun(this.session, item, format);
  }

  /**
   * Proves this device, saying so in 'self-check' events.
   * @throws LabError 'run-state' while something trains or another self-check runs
   */
  async selfCheck(backend: BackendReport['name']): Promise<SelfCheckFindings & { readonly complete: boolean }> {
    if (this.session.busy) throw new LabError('run-state', 'The lab is training.', 'Pause does not free the device: stop the run, or wait for its end.');
    this.requireFreeDevice();
    const { platform } = this;
    const controller = new AbortController();
    this.checking = controller;
    try {
      return await runSelfCheck(backend, {
        signal: controller.signal,
        onProgress: (progress) => platform.emit({ kind: 'self-check', progress }),
        breathe: async () => {
          await platform.breathe();
          await this.tune(() => !controller.signal.aborted);
        },
        now: () => platform.now(),
      });
    } finally {
      this.checking = null;
    }
  }

  /** Ends a self-check after the case that runs; nothing where none does. */
  stopSelfCheck(): void {
    this.checking?.abort();
  }

  /** The seed's tree of the current run. @throws LabError 'run-state' while no task is finished */
  async files(): Promise<OutFile[]> {
    const { currentRecord } = this.session;
    const checkpoint = await this.session.lastState();
    if (!currentRecord) throw new Error('a checkpoint without its run');
    return runTree(runFiles(currentRecord, checkpoint));
  }

  /**
   * Trains methods side by side, saying so in 'comparison' events.
   * @param kept where finished pieces are kept, and what datasets are called there; without, in the lab's store until the end
   * @throws LabError 'run-state' while a run or another comparison trains; of `runComparison`
   */
  async compare(request: ComparisonRequest, kept?: { readonly pieces: PieceStore; readonly names: DatasetNames }): Promise<Comparison> {
    const { platform } = this;
    if (this.session.busy) throw new LabError('run-state', 'Another training is going on.', 'Wait for it, or stop it first.');
    this.requireFreeDevice();
    const controller = new AbortController();
    this.comparing = controller;
    const own = kept ? null : storedPieces(platform.blobs);
    try {
      const comparison = await runComparison(request, {
        provider: this.tasks,
        store: platform.blobs,
        locks: platform.locks,
        signal: controller.signal,
        ...(own ? { pieces: own } : kept),
        onProgress: (progress) => platform.emit({ kind: 'comparison', progress }),
        backendName: () => platform.backendName(),
        now: () => platform.now(),
        date: () => platform.date(),
        newId: () => platform.newId(),
        breathe: () => platform.breathe(),
        tune: (goOn) => this.tune(goOn),
      });
      await own?.clear();
      return comparison;
    } finally {
      this.comparing = null;
    }
  }

  /** @throws LabError 'run-state' while something trains or no task is finished; of `measureDialects` */
  async dialects(): Promise<DialectReport> {
    if (this.session.busy) throw new LabError('run-state', 'The lab is training.', 'Wait for it, or stop it first.');
    this.requireFreeDevice();
    const checkpoint = await this.session.lastCheckpoint();
    const record = this.session.currentRecord;
    if (!record) throw new Error('a checkpoint without its run');
    const { config } = record;
    const task = record.finishedTasks - 1;
    const images = config.importanceSource === 'dataset'
      ? await this.tasks.loadImportance(config, modelSpec(config.model, config.dropout), new AbortController().signal)
      : taskImportanceSet(config, task, await this.taskData(record, task));
    return measureDialects(record, checkpoint, images, this.platform);
  }

  /** Ends a comparison at its next step; nothing where none trains. */
  stopComparing(): void {
    this.comparing?.abort();
  }

  /** @throws LabError 'run-state' while a comparison or a self-check uses the device, which anything else on it would disturb */
  requireFreeDevice(): void {
    if (this.comparing) throw new LabError('run-state', 'A comparison is training.', 'Wait for it, or stop it first.');
    if (this.checking) throw new LabError('run-state', 'The self-check is running.', 'Wait for it, or stop it first.');
  }

  /**
   * Takes in weights, a run or a tree of models.
   * @param from an address, or where the bytes are
   * @param config serves files that carry no settings
   * @throws LabError of `weight-import.ts`; 'network'
   */
  async importWeights(from: ByteSource | string, config: RunConfig): Promise<WeightImport> {
    const { platform, session } = this;
    const source = typeof from === 'string' ? await httpSource(from) : from;
    const taken = await importWeights({
      session, config, provider: this.tasks,
      newId: () => platform.newId(),
      date: () => platform.date(),
      breathe: () => platform.breathe(),
      say: (text) => platform.emit({ kind: 'notice', text }),
    }, source);
    await this.announceWeights();
    return taken;
  }

  /** @throws LabError 'run-state' while the run on screen starts from them: going back to its beginning would fail */
  async deleteWeights(id: string): Promise<void> {
    if (this.session.currentRecord?.config.initialWeights === id) {
      throw new LabError('run-state', 'The run on screen starts from these weights.', 'Reset it first; it stays stored.');
    }
    await this.session.weights.delete(id);
    await this.announceWeights();
  }

  private async announceWeights(): Promise<void> {
    this.platform.emit({ kind: 'weights', weights: await this.session.weights.list() });
    await this.desk.announce();
  }

  private async tune(goOn: () => boolean): Promise<void> {
    await this.platform.tune?.(goOn);
  }

  private requireRun(): RunRecord {
    const record = this.session.currentRecord;
    if (!record) throw new LabError('run-state', 'There is no run to look at.', 'Start one with “Train all tasks”.');
    return record;
  }

  /** A task's images: those of the run on the device, or decoded anew. */
  private async taskData({ config }: RunRecord, task: number): Promise<TaskData> {
    const model = modelSpec(config.model, config.dropout);
    return this.session.live?.data.get(task) ?? this.tasks.load(config, task, model, () => undefined, new AbortController().signal);
  }
}
