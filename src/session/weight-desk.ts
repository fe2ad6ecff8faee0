/** What imports of weights work on. */
import type { RunConfig } from '../core/config.ts';
import { LabError } from '../core/errors.ts';
import type { Session } from './session.ts';
import type { TaskProvider } from './task-provider.ts';

export interface WeightDesk {
  readonly session: Session;
  readonly provider: TaskProvider;
  /** Settings as they are chosen now, for files that carry none. */
  readonly config: RunConfig;
  newId(): string;
  /** Now, as text. */
  date(): string;
  breathe(): Promise<void>;
  /** Tells of what takes longer than a moment. */
  say(text: string): void;
}

/** @throws LabError 'run-state' while something trains: what is imported here uses or changes the finished tasks of the current run */
export function requireIdle({ busy }: Session, fileName: string): void {
  if (busy) throw new LabError('run-state', `${fileName} cannot be used while the run trains.`, 'Stop the run, or wait until it is finished, and import the file again.');
}
