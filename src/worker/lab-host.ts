/** The lab in its worker: one session, its data and its backend, behind the API that the page calls. */
import type { BackendChoice, RunConfig } from '../core/config.ts';
import { LabError, toErrorData } from '../core/errors.ts';
import type { BackendReport, Command, Download, DownloadItem, LabApi, LabEvent, RunHistory, TaskReport, TaskSummary, Thumbnail, WeightFormat } from '../core/protocol.ts';
import type { BlobStore, ImageDecoder } from '../data/types.ts';
import type { StartedBackend } from '../platform/browser/backend.ts';
import { modelSpec } from '../engine/model/models.ts';
import { DatasetTasks } from '../session/dataset-tasks.ts';
import { Session } from '../session/session.ts';
import { runHistory } from '../session/run-record.ts';
import { taskReport } from '../session/task-report.ts';
import { createBreathe } from './breathe.ts';
import type { DataDesk } from './data-desk.ts';
import { downloadRun } from './downloads.ts';
import { EventStream } from './event-stream.ts';
import { importRunFile } from './weight-import.ts';

export interface LabPlatform {
  readonly store: BlobStore;
  readonly decoder: ImageDecoder;
  readonly desk: DataDesk;
  startBackend(choice: BackendChoice, hardwareConcurrency: number): Promise<StartedBackend>;
}

export class LabHost implements LabApi {
  private readonly platform: LabPlatform;
  private readonly tasks: DatasetTasks;
  private readonly session: Session;
  private stream: EventStream | null = null;
  private backend: BackendReport | null = null;
  private hardwareConcurrency = 1;

  constructor(platform: LabPlatform) {
    this.platform = platform;
    this.tasks = new DatasetTasks(platform.desk, platform.decoder);
    this.session = new Session({
      store: platform.store,
      provider: this.tasks,
      backendName: () => this.backend?.name ?? 'none',
      emit: (event) => this.emit(event),
      now: () => performance.now(),
      date: () => new Date().toISOString(),
      newId: () => crypto.randomUUID(),
      breathe: createBreathe(),
    });
    platform.desk.onEvent = (event) => this.emit(event);
  }

  async connect(listener: (events: readonly LabEvent[]) => void, options: { backend: BackendChoice; hardwareConcurrency: number }): Promise<void> {
    this.stream = new EventStream(listener);
    this.hardwareConcurrency = options.hardwareConcurrency;
    await this.startBackend(options.backend);
    await this.platform.desk.announce();
    await this.session.announceRuns();
  }

  async dispatch(command: Command): Promise<void> {
    switch (command.kind) {
      case 'cancel-import':
        return this.platform.desk.cancel();
      case 'delete-dataset':
        return this.platform.desk.delete(command.dataset);
      case 'rename-dataset':
        return this.platform.desk.rename(command.dataset, command.name);
      case 'choose-backend':
        return this.changeBackend(command.backend);
      default:
        return this.session.dispatch(command);
    }
  }

  importFiles(files: readonly { readonly path: string; readonly file: File }[], name: string | null): Promise<void> {
    return this.platform.desk.importFiles(files, name);
  }

  importUrl(url: string): Promise<void> {
    return this.platform.desk.importUrl(url);
  }

  importWeights(file: File): Promise<string> {
    return importRunFile(this.session, file);
  }

  planTasks(config: RunConfig): Promise<readonly TaskSummary[]> {
    return this.tasks.plan(config);
  }

  thumbnails(dataset: string, classId: string, count: number, size: number): Promise<readonly Thumbnail[]> {
    return this.platform.desk.thumbnails(dataset, classId, count, size);
  }

  async taskReport(task: number): Promise<TaskReport> {
    const record = this.session.currentRecord;
    if (!record) throw new LabError('run-state', 'There is no run to look at.', 'Start one with “Train all tasks”.');
    const { live } = this.session;
    const model = modelSpec(record.config.model, record.config.dropout);
    const data = live?.data.get(task) ?? (await this.tasks.load(record.config, task, model, () => undefined, new AbortController().signal));
    return taskReport(record, task, await this.session.judgement(task), data.test);
  }

  async runHistory(runId: string): Promise<RunHistory> {
    const { currentRecord } = this.session;
    return runHistory(currentRecord?.id === runId ? currentRecord : await this.session.runs.record(runId));
  }

  download(item: DownloadItem, format: WeightFormat): Promise<Download> {
    return downloadRun(this.session, item, format);
  }

  private emit(event: LabEvent): void {
    this.stream?.push(event);
  }

  private async startBackend(choice: BackendChoice): Promise<void> {
    const started = await this.platform.startBackend(choice, this.hardwareConcurrency);
    this.backend = started.report;
    this.emit({ kind: 'backend', backend: started.report });
    void started.lost.then((reason) => this.fallBack(started, reason));
  }

  private async changeBackend(choice: BackendChoice): Promise<void> {
    await this.session.suspend();
    await this.startBackend(choice);
  }

  /** The device is gone: wasm takes over, and what was training goes on from the last finished task. */
  private async fallBack(lost: StartedBackend, reason: string): Promise<void> {
    if (this.backend !== lost.report) return;
    try {
      const wasBusy = this.session.busy;
      await this.session.suspend();
      await this.startBackend('wasm');
      this.emit({ kind: 'notice', text: `The graphics device was lost (${reason}). WebAssembly has taken over, from the last finished task.` });
      if (wasBusy) await this.session.dispatch({ kind: 'continue', scope: 'all' });
    } catch (error) {
      this.emit({ kind: 'error', error: toErrorData(error) });
    }
  }
}
