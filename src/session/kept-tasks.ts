import type { RunConfig } from '../core/config.ts';
import type { TaskSummary } from '../core/protocol.ts';
import type { ImageSet, TaskData } from '../data/types.ts';
import type { ModelSpec } from '../engine/model/spec.ts';
import type { TaskProvider } from './task-provider.ts';

/** Keeps the decoded tasks of the present cut, for runs that differ in method alone. */
export class KeptTasks implements TaskProvider {
  private readonly inner: TaskProvider;
  private cut = '';
  private kept = new Map<number, TaskData>();

  constructor(inner: TaskProvider) {
    this.inner = inner;
  }

  plan(config: RunConfig): Promise<readonly TaskSummary[]> {
    return this.inner.plan(config);
  }

  async load(config: RunConfig, task: number, model: ModelSpec, onProgress: (share: number) => void, signal: AbortSignal): Promise<TaskData> {
    const { dataset, split, manualTasks, tasks, classesPerTask, seed } = config;
    const cut = JSON.stringify([dataset, split, manualTasks, tasks, classesPerTask, seed, model.input]);
    if (cut !== this.cut) {
      this.cut = cut;
      this.kept = new Map();
    }
    const known = this.kept.get(task);
    if (known) return known;
    const data = await this.inner.load(config, task, model, onProgress, signal);
    this.kept.set(task, data);
    return data;
  }

  loadImportance(config: RunConfig, model: ModelSpec, signal: AbortSignal): Promise<ImageSet> {
    return this.inner.loadImportance(config, model, signal);
  }
}
