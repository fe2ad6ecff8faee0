/** Classes assigned to tasks by hand: what moving them about makes of the split. Pure. */
import { handCounts } from '../../core/config-text.ts';
import type { RunConfig } from '../../core/config.ts';
import type { TaskSummary } from '../../core/protocol.ts';

/** Class references per task: an id of the run's dataset, or '<dataset>:<id>' of another. */
export type HandTasks = readonly (readonly string[])[];

/** Where classes can be moved to. */
export type Destination = { readonly kind: 'task'; readonly task: number } | { readonly kind: 'new' } | { readonly kind: 'unused' };

/** A class as the split of a run on `home` names it. */
export function classRef(home: string, dataset: string, classId: string): string {
  return dataset === home ? classId : `${dataset}:${classId}`;
}

/** The way back from {@link classRef}. */
export function classPlace(home: string, ref: string): { readonly dataset: string; readonly classId: string } {
  const colon = ref.indexOf(':');
  return colon > 0 ? { dataset: ref.slice(0, colon), classId: ref.slice(colon + 1) } : { dataset: home, classId: ref };
}

/** What a plan's tasks are made of, as a split by hand to begin from. */
export function handTasksOf(plan: readonly TaskSummary[]): HandTasks {
  return plan.map((task) => task.classes.map(({ id }) => id));
}

/** The settings that a split by hand is. */
export function handSplit(tasks: HandTasks): Pick<RunConfig, 'split' | 'manualTasks' | 'tasks' | 'classesPerTask'> {
  return { split: 'manual', manualTasks: tasks, ...handCounts(tasks) };
}

/** Moves classes, in the order given, to the end of a task; they leave the tasks they were in. */
export function moveClasses(tasks: HandTasks, refs: readonly string[], to: Destination): HandTasks {
  const moved = new Set(refs);
  const rest = tasks.map((task) => task.filter((ref) => !moved.has(ref)));
  switch (to.kind) {
    case 'unused':
      return rest;
    case 'new':
      return [...rest, refs];
    case 'task':
      return rest.map((task, index) => (index === to.task ? [...task, ...refs] : task));
  }
}

/** Takes a task out of the sequence; its classes become unused. */
export function removeTask(tasks: HandTasks, index: number): HandTasks {
  return tasks.filter((_, other) => other !== index);
}

/** Exchanges a task with its neighbour before or after it. */
export function shiftTask(tasks: HandTasks, index: number, by: -1 | 1): HandTasks {
  const other = index + by;
  const here = tasks[index];
  const there = tasks[other];
  return here && there ? tasks.with(index, there).with(other, here) : tasks;
}
