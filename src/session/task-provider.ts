import type { RunConfig } from '../core/config.ts';
import type { TaskSummary } from '../core/protocol.ts';
import type { ImageSet, TaskData } from '../data/types.ts';
import type { ModelSpec } from '../engine/model/spec.ts';

/** Where a session's tasks come from: stored datasets, cut as the config says. */
export interface TaskProvider {
  /** The tasks of a config, in order. @throws LabError naming what the data cannot give */
  plan(config: RunConfig): Promise<readonly TaskSummary[]>;
  /** Images of one task, decoded to the model's input or to smaller squares. `onProgress` is a fraction in [0, 1]. */
  load(config: RunConfig, task: number, model: ModelSpec, onProgress: (share: number) => void, signal: AbortSignal): Promise<TaskData>;
  /** Images that importance is measured on where the source is another dataset. @throws LabError 'data-missing', 'importance-empty' */
  loadImportance(config: RunConfig, model: ModelSpec, signal: AbortSignal): Promise<ImageSet>;
}
