/**
 * Cutting datasets into tasks. The plan is a pure function of the config and of the datasets' class lists, so the same seed gives the
 * same classes in the page and in the runner, whatever order an archive listed them in.
 */
import type { RunConfig } from '../core/config.ts';
import { LabError } from '../core/errors.ts';
import { createRandom, permutation } from '../core/random.ts';
import type { ClassInfo, DatasetInfo } from './types.ts';

export type SplitConfig = Pick<RunConfig, 'dataset' | 'tasks' | 'classesPerTask' | 'seed' | 'split' | 'manualTasks'>;

/** A class of some stored dataset. */
export interface ClassRef {
  readonly dataset: string;
  readonly info: ClassInfo;
}

/**
 * The classes of each task, in order; a class's index in its task is its label there.
 *
 * - `random`: ids sorted, shuffled by the seed, dealt out task by task.
 * - `ordered`: ids sorted, cut in order.
 * - `semantic`: like with like, see {@link semanticOrder}: the ordered classes are cut into as many whole groups as there are, and the
 *   seed chooses which groups become tasks and in which order.
 * - `manual`: as `manualTasks` says, tasks of any size; `<dataset>:<class>` takes a class from another dataset, `*` stands for all its
 *   classes by id.
 *
 * @param catalogue all datasets that may be named
 * @throws LabError 'data-missing' (dataset or class), 'data-mismatch' (fewer classes than asked for), 'class-too-small' (a class
 *   without training or test images), 'config-conflict' (a class twice, a task of fewer than two, nothing to group by)
 */
export function planTasks(catalogue: readonly DatasetInfo[], config: SplitConfig): readonly (readonly ClassRef[])[] {
  const dataset = findDataset(catalogue, config.dataset);
  const tasks = config.split === 'manual' ? manualTasks(catalogue, config) : cut(dataset, config);
  for (const ref of tasks.flat()) checkSize(ref);
  return tasks;
}

function cut(dataset: DatasetInfo, config: SplitConfig): ClassRef[][] {
  const { tasks, classesPerTask, seed } = config;
  const wanted = tasks * classesPerTask;
  if (wanted > dataset.classes.length) {
    throw new LabError(
      'data-mismatch',
      `${tasks} tasks of ${classesPerTask} classes need ${wanted} classes, but “${dataset.name}” has ${dataset.classes.length}.`,
      enoughClassesHint(dataset.classes.length, tasks, classesPerTask),
    );
  }
  const ordered = config.split === 'semantic' ? semanticOrder(dataset, classesPerTask) : sortById(dataset.classes);
  const group = (classes: readonly ClassInfo[], index: number): ClassRef[] =>
    classes.slice(index * classesPerTask, (index + 1) * classesPerTask).map((info) => ({ dataset: dataset.id, info }));
  const indices = Array.from({ length: tasks }, (_, index) => index);
  switch (config.split) {
    case 'random': {
      const order = permutation(ordered.length, createRandom(seed, 'split'));
      const shuffled = Array.from(order, (from) => ordered[from]!);
      return indices.map((index) => group(shuffled, index));
    }
    case 'semantic': {
      const groups = permutation(Math.floor(ordered.length / classesPerTask), createRandom(seed, 'split'));
      return indices.map((index) => group(ordered, groups[index]!));
    }
    case 'ordered':
    case 'manual':
      return indices.map((index) => group(ordered, index));
  }
}

function enoughClassesHint(classes: number, tasks: number, classesPerTask: number): string {
  const fewerTasks = Math.floor(classes / classesPerTask);
  const smallerTasks = Math.floor(classes / tasks);
  if (fewerTasks > 1) return `Choose at most ${fewerTasks} tasks of ${classesPerTask} classes, or another dataset.`;
  if (smallerTasks > 1) return `Choose at most ${smallerTasks} classes per task, or another dataset.`;
  return 'Choose another dataset, with more classes.';
}

/** By code units, so that no machine's language changes the order. */
function sortById(classes: readonly ClassInfo[]): ClassInfo[] {
  return classes.toSorted((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
}

/**
 * Classes in an order in which neighbours are alike.
 * WordNet ids are offsets into files that follow the taxonomy (n02084071 dog, n02085620 Chihuahua …), so sorting them groups animals,
 * artefacts and food, and within them kinds. Built-in classes are grouped by fill where whole fills make tasks (8 shapes a
 * fill), else by shape. Other names are grouped by their head noun: the last word before the first comma.
 */
function semanticOrder(dataset: DatasetInfo, classesPerTask: number): ClassInfo[] {
  const byId = sortById(dataset.classes);
  if (dataset.kind === 'builtin') {
    // Ids read 'fill-shape', and sorting by id is sorting by fill.
    if (classesPerTask % new Set(byId.map((c) => c.id.split('-')[1])).size === 0) return byId;
    return stableSortBy(byId, (c) => c.id.split('-')[1] ?? c.id);
  }
  if (byId.every((c) => /^n\d{8}$/.test(c.id))) return byId;
  if (byId.every((c) => /^\d*$/.test(c.name))) {
    throw new LabError('config-conflict', `The classes of “${dataset.name}” have no words to group them by meaning.`, 'Choose the split “Random, by seed” or “In order”.');
  }
  return stableSortBy(byId, (c) => (c.name.split(',')[0] ?? '').trim().toLowerCase().split(/[\s_-]+/).at(-1) ?? '');
}

function stableSortBy(classes: readonly ClassInfo[], key: (c: ClassInfo) => string): ClassInfo[] {
  return classes.toSorted((a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0));
}

function manualTasks(catalogue: readonly DatasetInfo[], config: SplitConfig): ClassRef[][] {
  const lists = config.manualTasks ?? [];
  if (lists.length === 0) {
    throw new LabError('config-conflict', 'The split is “By hand”, but no classes are assigned to tasks.', 'Assign classes to tasks, or choose another split.');
  }
  const taken = new Map<string, number>();
  return lists.map((list, index) => {
    const refs = list.flatMap((text) => parseClasses(catalogue, config.dataset, text));
    if (refs.length < 2) {
      throw new LabError('config-conflict', `Task ${index + 1} has ${refs.length} ${refs.length === 1 ? 'class' : 'classes'}; a task needs at least 2.`, 'Give it another class, or remove the task.');
    }
    return refs.map((ref) => {
      const key = `${ref.dataset}:${ref.info.id}`;
      const earlier = taken.get(key);
      if (earlier !== undefined) {
        throw new LabError('config-conflict', `Class “${ref.info.name}” (${key}) is in task ${earlier + 1} and again in task ${index + 1}.`, 'Keep it in one of them.');
      }
      taken.set(key, index);
      return ref;
    });
  });
}

/** '<dataset>:<class>' where what stands before the first colon is a dataset, else a class of `home`; '*' is all of them. */
function parseClasses(catalogue: readonly DatasetInfo[], home: string, text: string): ClassRef[] {
  const colon = text.indexOf(':');
  const other = colon > 0 ? catalogue.find((d) => d.id === text.slice(0, colon)) : undefined;
  const dataset = other ?? findDataset(catalogue, home);
  const id = other ? text.slice(colon + 1) : text;
  const info = dataset.classes.find((c) => c.id === id);
  if (info) return [{ dataset: dataset.id, info }];
  if (id === '*') return sortById(dataset.classes).map((own) => ({ dataset: dataset.id, info: own }));
  throw new LabError('data-missing', `“${dataset.name}” has no class “${id}”.`, 'Choose from its classes, or import the dataset that has it.');
}

function findDataset(catalogue: readonly DatasetInfo[], id: string): DatasetInfo {
  const found = catalogue.find((d) => d.id === id);
  if (found) return found;
  throw new LabError('data-missing', `There is no dataset “${id}” here; there are: ${catalogue.map((d) => d.id).join(', ')}.`, 'Import it, or choose one that is there.');
}

function checkSize({ info, dataset }: ClassRef): void {
  if (info.trainCount > 0 && info.testCount > 0) return;
  throw new LabError(
    'class-too-small',
    `Class “${info.name}” (${dataset}:${info.id}) has ${info.trainCount} training and ${info.testCount} test images; a task needs some of both.`,
    info.testCount === 0
      ? 'Import the data again with their labelled validation images, or leave the class out by splitting by hand.'
      : 'Leave the class out by splitting by hand.',
  );
}
