/** A run's files, ready to be saved. */
import { LabError } from '../core/errors.ts';
import type { DownloadItem, WeightFormat } from '../core/protocol.ts';
import type { ByteSource } from '../formats/byte-source.ts';
import { zipSource } from '../formats/zip-write.ts';
import { filesOf, runFiles } from './run-files.ts';
import type { CheckpointSource } from './checkpoint.ts';
import type { RunRecord } from './run-record.ts';
import { travellingRun } from './run-transfer.ts';
import type { Session } from './session.ts';

export interface DownloadFile {
  readonly fileName: string;
  readonly mimeType: string;
  readonly content: ByteSource;
}

/** @throws LabError 'run-state' while the current run has no finished task, 'run-missing' for a run that is not stored */
export async function downloadRun(session: Session, item: DownloadItem, format: WeightFormat): Promise<DownloadFile> {
  const { currentRecord: record } = session;
  if (item.kind === 'run' && item.runId !== undefined && item.runId !== record?.id) {
    const stored = await session.runs.record(item.runId);
    return runFile(stored, await session.runs.checkpoint(stored.id, stored.finishedTasks));
  }
  if (!record || record.finishedTasks === 0) {
    throw new LabError('run-state', 'There is nothing to download yet: no task is finished.', 'Train a task first.');
  }
  const checkpoint = await session.lastState();
  if (item.kind === 'run') return runFile(record, checkpoint);
  const files = filesOf(item, runFiles(record, checkpoint), format);
  if (item.kind === 'all') return download(`${stemOf(record)}.zip`, zipSource(files));
  const [file] = files;
  if (!file) throw new Error(`no file for ${item.kind}`);
  return download(file.path.split('/').at(-1)!, file.content);
}

async function runFile(record: RunRecord, checkpoint: CheckpointSource): Promise<DownloadFile> {
  return download(`${stemOf(record)}.maslab`, await travellingRun(record, checkpoint));
}

function stemOf({ config }: RunRecord): string {
  return `mas-lab-${config.method}-${config.dataset}`.replace(/[^\w-]+/g, '-');
}

function download(fileName: string, content: ByteSource): DownloadFile {
  return { fileName, mimeType: mimeTypeOf(fileName), content };
}

function mimeTypeOf(fileName: string): string {
  switch (fileName.split('.').at(-1)) {
    case 'zip':
      return 'application/zip';
    case 'csv':
      return 'text/csv';
    case 'json':
      return 'application/json';
    default:
      return 'application/octet-stream';
  }
}
