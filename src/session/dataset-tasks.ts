import type { RunConfig } from '../core/config.ts';
import { LabError } from '../core/errors.ts';
import type { TaskSummary } from '../core/protocol.ts';
import { loadFirstImages, loadTask } from '../data/image-set.ts';
import { planTasks, type ClassRef } from '../data/splits.ts';
import type { DatasetInfo, DatasetReader, ImageDecoder, ImageSet, TaskData } from '../data/types.ts';
import type { ModelSpec } from '../engine/model/spec.ts';
import { importanceClasses, requireImportanceSet } from './importance-set.ts';
import type { TaskProvider } from './task-provider.ts';

/** The datasets a session can cut tasks from. */
export interface Datasets {
  list(): Promise<readonly DatasetInfo[]>;
  /** @throws LabError 'data-missing' */
  reader(id: string): Promise<DatasetReader>;
}

/** Tasks cut from stored datasets, decoded to the model's input. */
export class DatasetTasks implements TaskProvider {
  private readonly datasets: Datasets;
  private readonly decoder: ImageDecoder;

  constructor(datasets: Datasets, decoder: ImageDecoder) {
    this.datasets = datasets;
    this.decoder = decoder;
  }

  async plan(config: RunConfig): Promise<readonly TaskSummary[]> {
    return (await this.classes(config)).map((classes, index) => ({
      index,
      // Of another dataset than the run's own, as a split by hand names it.
      classes: classes.map(({ dataset, info }) => ({ id: dataset === config.dataset ? info.id : `${dataset}:${info.id}`, name: info.name })),
      trainCount: classes.reduce((sum, { info }) => sum + info.trainCount, 0),
      testCount: classes.reduce((sum, { info }) => sum + info.testCount, 0),
    }));
  }

  async load(config: RunConfig, task: number, model: ModelSpec, onProgress: (share: number) => void, signal: AbortSignal): Promise<TaskData> {
    const classes = (await this.classes(config))[task];
    if (!classes) throw new LabError('data-mismatch', `The split has no task ${task + 1}.`, 'Check tasks and classes per task.');
    const sources = await Promise.all(classes.map(async ({ dataset, info }) => ({ reader: await this.datasets.reader(dataset), classId: info.id })));
    return loadTask(sources, {
      size: model.input.size,
      channels: model.input.channels,
      mayStaySmall: true,
      decoder: this.decoder,
      onProgress: (done, total) => onProgress(done / total),
      signal,
    });
  }

  async loadImportance(config: RunConfig, model: ModelSpec, signal: AbortSignal): Promise<ImageSet> {
    const { dataset, classes } = importanceClasses(config, await this.datasets.list());
    const reader = await this.datasets.reader(dataset.id);
    const each = Math.ceil(config.importanceImages / classes.length);
    const { size, channels } = model.input;
    return loadFirstImages(classes.map(({ id }) => ({ reader, classId: id })), each, { size, channels, mayStaySmall: true, decoder: this.decoder, signal });
  }

  private async classes(config: RunConfig): Promise<readonly (readonly ClassRef[])[]> {
    const catalogue = await this.datasets.list();
    const tasks = planTasks(catalogue, config);
    requireImportanceSet(config, tasks, catalogue);
    return tasks;
  }
}
