import { BaseMethod } from './base-method.ts';

/** Fine-tuning: each task is learned with nothing to protect the earlier ones. The lower bound. */
export class Finetune extends BaseMethod {
  readonly id = 'finetune';
}
