/** The first tasks of a config with part of their training images in place of the test images, which stay unseen. */
import type { RunConfig } from '../core/config.ts';
import { LabError } from '../core/errors.ts';
import type { TaskSummary } from '../core/protocol.ts';
import { createRandom, permutation } from '../core/random.ts';
import { subset } from '../data/image-set.ts';
import type { ImageSet, TaskData } from '../data/types.ts';
import type { ModelSpec } from '../engine/model/spec.ts';
import type { TaskProvider } from './task-provider.ts';

/** Of each class's training images, drawn by the seed. */
const HELD_OUT_SHARE = 0.2;

export class HeldOutTasks implements TaskProvider {
  private readonly whole: TaskProvider;
  private readonly tasks: number;

  /** @param tasks so many of the first */
  constructor(whole: TaskProvider, tasks: number) {
    this.whole = whole;
    this.tasks = tasks;
  }

  async plan(config: RunConfig): Promise<readonly TaskSummary[]> {
    return (await this.whole.plan(config)).slice(0, this.tasks);
  }

  /** @throws LabError 'class-too-small' where a class has a single training image */
  async load(config: RunConfig, task: number, model: ModelSpec, onProgress: (share: number) => void, signal: AbortSignal): Promise<TaskData> {
    const { classes, train } = await this.whole.load(config, task, model, onProgress, signal);
    const held = heldOut(train, classes.map(({ name }) => name), config.seed);
    const rest = Array.from({ length: train.length }, (_, k) => k).filter((k) => !held.has(k));
    return { classes, train: subset(train, rest), test: subset(train, [...held].sort((a, b) => a - b)) };
  }

  loadImportance(config: RunConfig, model: ModelSpec, signal: AbortSignal): Promise<ImageSet> {
    return this.whole.loadImportance(config, model, signal);
  }
}

function heldOut(train: ImageSet, names: readonly string[], seed: number): ReadonlySet<number> {
  const held = new Set<number>();
  names.forEach((name, label) => {
    const own = [...train.labels.keys()].filter((k) => train.labels[k] === label);
    if (own.length < 2) {
      throw new LabError(
        'class-too-small',
        `Class “${name}” has ${own.length} training ${own.length === 1 ? 'image' : 'images'}; choosing λ needs at least 2, one to learn from and one to judge by.`,
        'Leave the class out, or give a single λ, so that there is nothing to choose.',
      );
    }
    const order = permutation(own.length, createRandom(seed, 'held-out', label));
    const count = Math.max(1, Math.floor(own.length * HELD_OUT_SHARE));
    for (const k of order.subarray(0, count)) held.add(own[k]!);
  });
  return held;
}
