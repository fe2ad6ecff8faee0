/** The lab in its worker: one session, its data and its backend, behind the API that the page calls. */
import type { Comparison, ComparisonRequest } from '../core/comparison.ts';
import type { BackendChoice, RunConfig } from '../core/config.ts';
import type { DialectReport } from '../core/dialects.ts';
import { toErrorData } from '../core/errors.ts';
import type { DatasetContents, StoredImage } from '../core/dataset-summary.ts';
import type { BackendReport, Command, Download, DownloadItem, LabApi, LabEvent, Report, ReportFormat, RunHistory, TaskSummary, Thumbnail, WeightFormat, WeightImport } from '../core/protocol.ts';
import type { AdapterDetails, SelfCheckReport } from '../core/self-check-report.ts';
import type { AnswerAt, ConfusionCell, SamplePrediction, TaskReport } from '../core/task-report.ts';
import { fileSource } from '../platform/browser/file-source.ts';
import { outgoingBlob } from '../platform/browser/outgoing-files.ts';
import type { StartedBackend } from '../platform/browser/backend.ts';
import { Lab, type LabPlatform } from '../session/lab.ts';
import type { DownloadFile } from '../session/run-download.ts';
import { reportDownload } from '../session/report-download.ts';
import { holdsTree } from '../session/tree-zip.ts';
import { createBreathe } from './breathe.ts';
import { EventStream } from './event-stream.ts';

/** What this browser gives the lab; the rest the host brings itself. */
export interface BrowserPlatform extends Pick<LabPlatform, 'blobs' | 'locks' | 'createDecoder' | 'storageState' | 'askToPersist'> {
  startBackend(choice: BackendChoice, hardwareConcurrency: number, tuneSoftware: boolean): Promise<StartedBackend>;
}

export class LabHost implements LabApi {
  private readonly platform: BrowserPlatform;
  private readonly lab: Lab;
  private stream: EventStream | null = null;
  private backend: BackendReport | null = null;
  private adapter: AdapterDetails | null = null;
  private tuning: StartedBackend['tuning'] = null;
  private hardwareConcurrency = 1;
  private tuneSoftware = false;

  constructor(platform: BrowserPlatform) {
    this.platform = platform;
    this.lab = new Lab({
      ...platform,
      backendName: () => this.backend?.name ?? 'none',
      emit: (event) => this.emit(event),
      now: () => performance.now(),
      date: () => new Date().toISOString(),
      newId: () => crypto.randomUUID(),
      breathe: createBreathe(),
      tune: (goOn) => this.tune(goOn),
    });
  }

  async connect(listener: (events: readonly LabEvent[]) => void, options: Parameters<LabApi['connect']>[1]): Promise<void> {
    this.stream = new EventStream(listener);
    this.hardwareConcurrency = options.hardwareConcurrency;
    this.tuneSoftware = options.tune;
    await this.startBackend(options.backend);
    await this.lab.announce();
  }

  async dispatch(command: Command): Promise<void> {
    switch (command.kind) {
      case 'cancel-import':
        return this.lab.desk.cancel();
      case 'pause-import':
        return this.lab.desk.pause();
      case 'resume-import':
        return this.lab.desk.resume();
      case 'discard-import':
        return this.lab.desk.discard(command.id);
      case 'delete-dataset':
        return this.lab.desk.delete(command.dataset);
      case 'rename-dataset':
        return this.lab.desk.rename(command.dataset, command.name);
      case 'delete-weights':
        return this.lab.deleteWeights(command.id);
      case 'choose-backend':
        this.lab.requireFreeDevice();
        return this.changeBackend(command.backend);
      case 'cancel-comparison':
        return this.lab.stopComparing();
      case 'stop-self-check':
        return this.lab.stopSelfCheck();
      case 'start':
      case 'continue':
      case 'step':
      case 'train-through':
        this.lab.requireFreeDevice();
        this.tuning?.refill();
        return this.lab.session.dispatch(command);
      default:
        return this.lab.session.dispatch(command);
    }
  }

  async importFiles(files: readonly { readonly path: string; readonly file: File }[], name: string | null): Promise<void> {
    await this.lab.desk.importFiles(files.map(({ path, file }) => ({ path, source: fileSource(file) })), name);
  }

  async importUrl(url: string, classes: string): Promise<void> {
    await this.lab.desk.importUrl(url, classes);
  }

  importWeights(from: File | string, config: RunConfig): Promise<WeightImport> {
    return this.lab.importWeights(typeof from === 'string' ? from : fileSource(from), config);
  }

  holdsTree(file: File): Promise<boolean> {
    return holdsTree(fileSource(file));
  }

  planTasks(config: RunConfig): Promise<readonly TaskSummary[]> {
    return this.lab.planTasks(config);
  }

  thumbnails(dataset: string, classId: string, count: number, size: number): Promise<readonly Thumbnail[]> {
    return this.lab.desk.thumbnails(dataset, classId, count, size);
  }

  datasetContents(dataset: string): Promise<DatasetContents> {
    return this.lab.desk.contents(dataset);
  }

  classImages(dataset: string, classId: string, split: 'train' | 'test', from: number, count: number, size: number): Promise<readonly StoredImage[]> {
    return this.lab.desk.classImages(dataset, classId, split, from, count, size);
  }

  compare(request: ComparisonRequest): Promise<Comparison> {
    this.tuning?.refill();
    return this.lab.compare(request);
  }

  dialects(): Promise<DialectReport> {
    return this.lab.dialects();
  }

  taskReport(task: number): Promise<TaskReport> {
    return this.lab.taskReport(task);
  }

  confusionImages(task: number, cell: ConfusionCell): Promise<readonly SamplePrediction[]> {
    return this.lab.confusionImages(task, cell);
  }

  answersOver(task: number, index: number): Promise<readonly AnswerAt[]> {
    return this.lab.answersOver(task, index);
  }

  runHistory(runId: string): Promise<RunHistory> {
    return this.lab.runHistory(runId);
  }

  async download(item: DownloadItem, format: WeightFormat): Promise<Download> {
    return inBlob(await this.lab.download(item, format));
  }

  async report(report: Report, format: ReportFormat): Promise<Download> {
    return inBlob(reportDownload(report, format));
  }

  async selfCheck(): Promise<SelfCheckReport> {
    const { backend } = this;
    if (!backend) throw new Error('no backend to check');
    this.tuning?.refill();
    const checks = await this.lab.selfCheck(backend.name);
    const tiles = this.tuning?.report.measured ?? [];
    return { date: new Date().toISOString(), backend, adapter: this.adapter, tiles, userAgent: navigator.userAgent, ...checks };
  }

  private emit(event: LabEvent): void {
    this.stream?.push(event);
  }

  private async startBackend(choice: BackendChoice): Promise<void> {
    const started = await this.platform.startBackend(choice, this.hardwareConcurrency, this.tuneSoftware).catch(async (error: unknown) => {
      if (choice === 'wasm') throw error;
      const { message } = toErrorData(error);
      this.emit({ kind: 'notice', text: `${message} WebAssembly has taken over.` });
      return this.platform.startBackend('wasm', this.hardwareConcurrency, this.tuneSoftware);
    });
    this.backend = started.report;
    this.adapter = started.details;
    this.tuning = started.tuning;
    this.emit({ kind: 'backend', backend: started.report });
    if (started.tuning) await this.announceTiles(started.tuning);
    void started.lost.then((reason) => this.fallBack(started, reason));
  }

  /** What is known of this device from earlier visits. */
  private async announceTiles(tuning: NonNullable<StartedBackend['tuning']>): Promise<void> {
    await tuning.keepIn(this.platform.blobs);
    if (tuning.report.measured.length > 0) this.emit({ kind: 'tiles', tiles: tuning.report });
  }

  private async tune(goOn: () => boolean): Promise<void> {
    const said = await this.tuning?.measure(goOn);
    if (said) this.emit(said);
  }

  private async changeBackend(choice: BackendChoice): Promise<void> {
    await this.lab.session.suspend();
    await this.startBackend(choice);
  }

  /** The device is gone: wasm takes over, and what was training goes on from the last finished task. */
  private async fallBack(lost: StartedBackend, reason: string): Promise<void> {
    if (this.backend !== lost.report) return;
    try {
      const wasBusy = this.lab.session.busy;
      await this.lab.session.suspend();
      await this.startBackend('wasm');
      this.emit({ kind: 'notice', text: `The graphics device was lost (${reason}). WebAssembly has taken over, from the last finished task.` });
      if (wasBusy) await this.lab.session.dispatch({ kind: 'continue', scope: 'all' });
    } catch (error) {
      this.emit({ kind: 'error', error: toErrorData(error) });
    }
  }
}

async function inBlob({ fileName, mimeType, content }: DownloadFile): Promise<Download> {
  return { fileName, mimeType, blob: await outgoingBlob(content, mimeType) };
}
