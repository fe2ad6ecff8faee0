/** The lab without a page: the same session and engine, hosted by Node. */
import { randomUUID } from 'node:crypto';
import type { RunConfig } from '../core/config.ts';
import { LabError, type LabErrorData } from '../core/errors.ts';
import type { LabEvent } from '../core/protocol.ts';
import type { BlobStore, ImageDecoder } from '../data/types.ts';
import { DatasetTasks, type Datasets } from '../session/dataset-tasks.ts';
import { Session } from '../session/session.ts';

export interface HeadlessHost {
  readonly store: BlobStore;
  readonly datasets: Datasets;
  readonly decoder: ImageDecoder;
  readonly backendName: string;
  readonly onEvent: (event: LabEvent) => void;
}

export function headlessSession(host: HeadlessHost): Session {
  return new Session({
    store: host.store,
    provider: new DatasetTasks(host.datasets, host.decoder),
    backendName: () => host.backendName,
    emit: host.onEvent,
    now: () => performance.now(),
    date: () => new Date().toISOString(),
    newId: () => randomUUID(),
    breathe: () => new Promise((resolve) => setImmediate(resolve)),
  });
}

/** Trains all tasks. @throws the LabError that ended the run */
export async function trainAll(session: Session, config: RunConfig): Promise<void> {
  await session.dispatch({ kind: 'start', config, scope: 'all' });
  await session.settled();
  const phase = session.currentPhase;
  if (phase.kind === 'failed') throw failure(phase.error);
  if (phase.kind !== 'done') throw new Error(`training ended as ${phase.kind}`);
}

function failure(error: LabErrorData): LabError {
  return LabError.fromData(error);
}
