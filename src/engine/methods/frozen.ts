import { BaseMethod } from './base-method.ts';

/** Feature extraction: the backbone learns the first task only; later tasks train their heads on its fixed features. */
export class Frozen extends BaseMethod {
  readonly id = 'frozen';

  override trainsBackbone(task: number): boolean {
    return task === 0;
  }
}
