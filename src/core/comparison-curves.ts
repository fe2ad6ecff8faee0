/** How methods fare while they train, from their runs' measurements: mean ± 95 % over seeds. Pure. */
import type { ComparedRun } from './comparison.ts';
import type { MethodId } from './config.ts';
import type { EvaluationPoint } from './protocol.ts';
import { estimate, type Estimate } from './statistics.ts';

export interface CurvePoint {
  /** Tasks trained so far, in fractions of a task: 1.5 is half-way through the second. Steps would not do: joint training takes more of them. */
  readonly at: number;
  readonly accuracy: Estimate;
}

export interface MethodCurve {
  readonly method: MethodId;
  readonly points: readonly CurvePoint[];
}

/**
 * Per method the average accuracy after each epoch, over the tasks learned so far and the one being learned.
 * A point that not every seed of a method has is left out, for its interval would not be one over the seeds.
 */
export function comparisonCurves(methods: readonly MethodId[], runs: readonly ComparedRun[]): MethodCurve[] {
  return methods.flatMap((method): MethodCurve[] => {
    const curves = runs.filter((run) => run.method === method).map(averageByPosition);
    const [first, ...others] = curves;
    if (!first) return [];
    const points = [...first.keys()].toSorted((a, b) => a - b).flatMap((at): CurvePoint[] => {
      const values = [first, ...others].map((curve) => curve.get(at)).filter((value) => value !== undefined);
      const accuracy = values.length === curves.length ? estimate(values) : null;
      return accuracy === null ? [] : [{ at, accuracy }];
    });
    return [{ method, points }];
  });
}

function averageByPosition({ config, evaluations }: ComparedRun): Map<number, number> {
  const byEpoch = evaluations.filter((point) => point.midEpoch !== true);
  return new Map(byEpoch.flatMap((point) => {
    const average = averageSoFar(point);
    return average === null ? [] : [[point.task + (point.epoch + 1) / config.epochs, average] as const];
  }));
}

/** Over the tasks up to the one being learned; later ones may have been measured before they were. */
function averageSoFar({ task, accuracy }: EvaluationPoint): number | null {
  const values = accuracy.slice(0, task + 1).filter((value) => value !== null);
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
}
