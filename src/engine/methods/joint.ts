import { BaseMethod } from './base-method.ts';

/** Joint training: each epoch runs over the images of all tasks so far. The upper bound; not continual learning. */
export class Joint extends BaseMethod {
  readonly id = 'joint';

  override trainingTasks(task: number): readonly number[] {
    return Array.from({ length: task + 1 }, (_, t) => t);
  }
}
