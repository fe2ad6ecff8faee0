/** Evaluations as one curve per task, kept as they come in: a repaint must not gather thousands of points anew. */
import type { EvaluationPoint } from '../../core/protocol.ts';

export interface AccuracyCurve {
  readonly steps: number[];
  /** Fractions, one a step of `steps`. */
  readonly values: number[];
  /** Where the task had just been learned (index into `steps`). */
  readonly learned: number[];
}

export class AccuracyCurves {
  readonly #byTask = new Map<number, AccuracyCurve>();

  static of(evaluations: readonly EvaluationPoint[]): AccuracyCurves {
    const curves = new AccuracyCurves();
    for (const point of evaluations) curves.push(point);
    return curves;
  }

  /** Tasks that have been measured, in the order in which they first were. */
  get entries(): ReadonlyMap<number, AccuracyCurve> {
    return this.#byTask;
  }

  clear(): void {
    this.#byTask.clear();
  }

  /** Adds what was measured. Accuracies before a task's own training are left out: they are chance. */
  push(point: EvaluationPoint): void {
    forEachMeasured(point, (task, accuracy) => {
      let curve = this.#byTask.get(task);
      if (!curve) this.#byTask.set(task, (curve = { steps: [], values: [], learned: [] }));
      if (point.full && point.task === task) curve.learned.push(curve.steps.length);
      curve.steps.push(point.step);
      curve.values.push(accuracy);
    });
  }

  /** Takes back the point that was added last. */
  pop(point: EvaluationPoint): void {
    forEachMeasured(point, (task) => {
      const curve = this.#byTask.get(task);
      if (!curve) return;
      curve.steps.pop();
      curve.values.pop();
      if (curve.learned.at(-1) === curve.steps.length) curve.learned.pop();
      if (curve.steps.length === 0) this.#byTask.delete(task);
    });
  }
}

function forEachMeasured(point: EvaluationPoint, visit: (task: number, accuracy: number) => void): void {
  for (let task = 0; task <= point.task; task++) {
    const accuracy = point.accuracy[task] ?? null;
    if (accuracy !== null) visit(task, accuracy);
  }
}
