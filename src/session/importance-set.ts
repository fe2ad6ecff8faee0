/** Which images importance is measured on: the task's own, some of its classes, or those of another dataset, whose labels nobody asks. */
import type { RunConfig } from '../core/config.ts';
import { LabError } from '../core/errors.ts';
import { methodHas } from '../core/method-settings.ts';
import { subset } from '../data/image-set.ts';
import type { ClassRef } from '../data/splits.ts';
import type { ClassInfo, DatasetInfo, ImageSet, TaskData } from '../data/types.ts';

/** Ids of the classes that importance is limited to; null for all. */
function chosenClasses(config: Pick<RunConfig, 'importanceClasses'>): readonly string[] | null {
  const ids = config.importanceClasses.split(',').map((id) => id.trim()).filter((id) => id !== '');
  return ids.length === 0 ? null : ids;
}

/** The task's images that importance is measured on. @throws LabError 'importance-empty' where its chosen classes have none */
export function taskImportanceSet(config: RunConfig, task: number, data: TaskData): ImageSet {
  const images = config.importanceSource === 'test' ? data.test : data.train;
  const chosen = chosenClasses(config);
  if (chosen === null) return images;
  const labels = new Set([...data.classes.keys()].filter((label) => chosen.includes(data.classes[label]!.id)));
  const kept = [...images.labels.keys()].filter((k) => labels.has(images.labels[k]!));
  if (kept.length === 0) throw emptyTask(config, task);
  return subset(images, kept);
}

/** The classes of another dataset that importance is measured on. @throws LabError 'data-missing' for an unknown dataset or class */
export function importanceClasses(config: RunConfig, catalogue: readonly DatasetInfo[]): { readonly dataset: DatasetInfo; readonly classes: readonly ClassInfo[] } {
  const dataset = catalogue.find(({ id }) => id === config.importanceDataset);
  if (!dataset) {
    throw new LabError('data-missing', `Importance dataset: there is no dataset “${config.importanceDataset}” here; there are: ${catalogue.map(({ id }) => id).join(', ')}.`, 'Import it, or choose one that is there.');
  }
  const chosen = chosenClasses(config);
  const missing = chosen?.find((id) => !dataset.classes.some((info) => info.id === id));
  if (missing !== undefined) throw new LabError('data-missing', `Importance classes: “${dataset.name}” has no class “${missing}”.`, 'Name its classes by their ids, separated by commas.');
  const classes = dataset.classes.filter(({ id, trainCount }) => trainCount > 0 && (chosen === null || chosen.includes(id)));
  if (classes.length === 0) throw new LabError('importance-empty', `“${dataset.name}” has no images to measure importance on.`, 'Choose other classes, or another importance source.');
  return { dataset, classes };
}

/**
 * Whether every task will have images to measure importance on.
 * @throws LabError 'importance-empty' naming the task, 'data-missing' naming the class or dataset, before anything is trained
 */
export function requireImportanceSet(config: RunConfig, tasks: readonly (readonly ClassRef[])[], catalogue: readonly DatasetInfo[]): void {
  if (!methodHas(config.method, 'importanceSource')) return;
  if (config.importanceSource === 'dataset') {
    importanceClasses(config, catalogue);
    return;
  }
  const chosen = chosenClasses(config);
  if (chosen === null) return;
  const known = new Set(tasks.flat().map(({ info }) => info.id));
  const missing = chosen.find((id) => !known.has(id));
  if (missing !== undefined) throw new LabError('data-missing', `Importance classes: no task has a class “${missing}”.`, 'Name classes of the tasks by their ids, separated by commas.');
  const empty = tasks.findIndex((classes) => !classes.some(({ info }) => chosen.includes(info.id)));
  if (empty >= 0) throw emptyTask(config, empty);
}

function emptyTask(config: RunConfig, task: number): LabError {
  return new LabError(
    'importance-empty',
    `Task ${task + 1} has none of the classes that importance is measured on (${config.importanceClasses}).`,
    'Add a class of this task, leave the classes out, or measure on another dataset.',
  );
}
