import type { Params } from '../model/params.ts';
import type { Method } from './method.ts';

/** A method that protects nothing: the plain behaviour that each method changes a part of. */
export abstract class BaseMethod implements Method {
  abstract readonly id: string;
  readonly penaltyScale: number = 1;

  trainsBackbone(_task: number): boolean {
    return true;
  }

  trainingTasks(task: number): readonly number[] {
    return [task];
  }

  omega(): Params | null {
    return null;
  }

  anchor(): Params | null {
    return null;
  }

  dispose(): void {}
}
