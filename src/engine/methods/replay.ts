import { BaseMethod } from './base-method.ts';
import type { TrainingItem } from './method.ts';

/**
 * Experience replay (Chaudhry et al. 2019): a small fixed memory, the first `perClass` training images of every earlier
 * class, of which as many as a batch holds join each step, through the heads of their own tasks.
 */
export class Replay extends BaseMethod {
  readonly id = 'replay';
  private readonly perClass: number;
  private readonly perStep: number;

  constructor(perClass: number, perStep: number) {
    super();
    this.perClass = perClass;
    this.perStep = perStep;
  }

  rehearse(task: number, trainLabels: readonly Uint16Array[], draw: (bound: number) => number): readonly TrainingItem[] {
    const memory = trainLabels.slice(0, task).flatMap((labels, earlier) => this.remembered(earlier, labels));
    return memory.length === 0 ? [] : Array.from({ length: this.perStep }, () => memory[draw(memory.length)]!);
  }

  private remembered(task: number, labels: Uint16Array): TrainingItem[] {
    const taken = new Map<number, number>();
    const items: TrainingItem[] = [];
    labels.forEach((label, index) => {
      const count = taken.get(label) ?? 0;
      if (count >= this.perClass) return;
      taken.set(label, count + 1);
      items.push({ task, index });
    });
    return items;
  }
}
