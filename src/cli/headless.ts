/** The lab without a page, hosted by Node. */
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunConfig } from '../core/config.ts';
import { LabError } from '../core/errors.ts';
import type { LabEvent } from '../core/protocol.ts';
import type { BackendInfo } from '../platform/node/backend.ts';
import { fileBlobStore } from '../platform/node/file-blob-store.ts';
import { fileLocks } from '../platform/node/file-locks.ts';
import { sharpDecoder } from '../platform/node/sharp-decoder.ts';
import { Lab } from '../session/lab.ts';
import type { RunCommand } from '../session/session.ts';
import { givenFiles } from './given-files.ts';

export interface Headless {
  readonly lab: Lab;
  /** Frees what the lab kept on disk while it ran. */
  close(): Promise<void>;
}

/**
 * A lab on a folder for the length of this process: datasets are imported into it, runs are kept in it.
 * @param backend that was started; its tiles are measured where it can
 */
export async function openHeadless({ name, tuning }: Pick<BackendInfo, 'name' | 'tuning'>, onEvent: (event: LabEvent) => void): Promise<Headless> {
  const folder = await mkdtemp(join(tmpdir(), 'mas-lab-'));
  const lab = new Lab({
    blobs: await fileBlobStore(folder),
    locks: fileLocks(join(folder, 'locks')),
    createDecoder: sharpDecoder,
    storageState: async () => ({ usedBytes: null, quotaBytes: null, persistent: true }),
    askToPersist: async () => true,
    backendName: () => name,
    emit: onEvent,
    now: () => performance.now(),
    date: () => new Date().toISOString(),
    newId: () => randomUUID(),
    breathe: () => new Promise((resolve) => setImmediate(resolve)),
    tune: async (goOn) => {
      const said = await tuning?.measure(goOn);
      if (said) onEvent(said);
    },
  });
  return { lab, close: () => rm(folder, { recursive: true, force: true }) };
}

/**
 * The dataset that `--data` names: 'builtin', a file (a zip, Parquet, one of MNIST's IDX files), a folder of such files or of images, or an
 * address to stream from.
 * @param classes of Parquet, how many of the first or which; '' for all
 * @returns its id in the lab
 * @throws LabError 'data-missing' where there is no such path; of the import
 */
export async function openData(lab: Lab, data: string, failure: () => LabError | null, classes = ''): Promise<string> {
  if (data === 'builtin') return data;
  const isAddress = /^https?:\/\//.test(data);
  const info = await (isAddress ? lab.desk.importUrl(data, classes) : lab.desk.importFiles(await givenFiles(data, '--data'), null, classes));
  if (info) return info.id;
  throw failure() ?? new LabError('data-missing', `${data} gave no dataset: the files wait for others (MNIST wants images and labels).`, 'Name the folder that holds all of them.');
}

/** The config with its datasets opened: their ids in place of the paths. @throws LabError of {@link openData} */
export async function withDatasets(lab: Lab, config: RunConfig, failure: () => LabError | null, classes = ''): Promise<RunConfig> {
  const dataset = await openData(lab, config.dataset, failure, classes);
  if (config.importanceSource !== 'dataset') return { ...config, dataset };
  const same = config.importanceDataset === config.dataset;
  return { ...config, dataset, importanceDataset: same ? dataset : await openData(lab, config.importanceDataset, failure) };
}

/**
 * Imports what `--also` names, files or folders apart by commas, so that `--classes` can take classes from it.
 * @param say told under which id each can be named
 */
export async function openMoreData(lab: Lab, paths: string | undefined, failure: () => LabError | null, say: (text: string) => void): Promise<void> {
  for (const path of (paths ?? '').split(',').filter((part) => part !== '')) say(`${path} is dataset “${await openData(lab, path, failure)}”.`);
}

/** Trains all tasks. @throws the LabError that ended the run */
export async function trainAll(lab: Lab, config: RunConfig): Promise<void> {
  await train(lab, { kind: 'start', config, scope: 'all' });
  requireDone(lab);
}

/** Trains the tasks of the current run that remain. @throws the LabError that ended the run */
export async function continueAll(lab: Lab): Promise<void> {
  await train(lab, { kind: 'continue', scope: 'all' });
  requireDone(lab);
}

/** Trains the first task. @throws the LabError that ended the run */
export function trainFirst(lab: Lab, config: RunConfig): Promise<void> {
  return train(lab, { kind: 'start', config, scope: 'task' });
}

function requireDone(lab: Lab): void {
  const phase = lab.session.currentPhase;
  if (phase.kind !== 'done') throw new Error(`training ended as ${phase.kind}`);
}

async function train(lab: Lab, command: RunCommand): Promise<void> {
  await lab.session.dispatch(command);
  await lab.session.settled();
  const phase = lab.session.currentPhase;
  if (phase.kind === 'failed') throw LabError.fromData(phase.error);
}
