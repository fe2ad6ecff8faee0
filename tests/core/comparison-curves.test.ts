import { describe, expect, it } from 'vitest';
import type { ComparedRun } from '../../src/core/comparison.ts';
import { comparisonCurves } from '../../src/core/comparison-curves.ts';
import { DEFAULT_CONFIG, type MethodId } from '../../src/core/config.ts';
import { metricsOf } from '../../src/core/metrics.ts';
import type { EvaluationPoint } from '../../src/core/protocol.ts';

const point = (task: number, epoch: number, accuracy: readonly (number | null)[], more: Partial<EvaluationPoint> = {}): EvaluationPoint =>
  ({ step: 0, task, epoch, accuracy, full: false, ...more });

const run = (method: MethodId, seed: number, evaluations: readonly EvaluationPoint[]): ComparedRun =>
  ({ method, seed, config: { ...DEFAULT_CONFIG, epochs: 2 }, metrics: metricsOf([]), evaluations, stepMs: null, elapsedMs: 0 });

describe('comparisonCurves', () => {
  it('averages over the tasks learned so far, and over seeds with their interval', () => {
    const [curve] = comparisonCurves(['mas'], [
      run('mas', 0, [point(0, 0, [0.5, null]), point(0, 1, [0.6, 0.1]), point(1, 0, [0.4, 0.2])]),
      run('mas', 1, [point(0, 0, [0.7, null]), point(0, 1, [0.8, 0.9]), point(1, 0, [0.6, 0.4])]),
    ]);
    expect(curve?.points.map(({ at }) => at)).toEqual([0.5, 1, 1.5]);
    const means = curve!.points.map(({ accuracy }) => accuracy.mean);
    // Task 2 was measured before it was learned; until then it does not count.
    for (const [k, expected] of [0.6, 0.7, 0.4].entries()) expect(means[k]).toBeCloseTo(expected, 12);
    // Two seeds: t = 12.706 for one degree of freedom, s / √2 = half their distance.
    for (const { accuracy } of curve!.points) expect(accuracy.half).toBeCloseTo(12.706 * 0.1, 3);
  });

  it('leaves out points inside an epoch, and those that a seed lacks', () => {
    const [curve] = comparisonCurves(['mas'], [
      run('mas', 0, [point(0, 0, [0.5]), point(0, 1, [0.1], { midEpoch: true }), point(0, 1, [0.6])]),
      run('mas', 1, [point(0, 0, [0.7])]),
    ]);
    expect(curve?.points.map(({ at }) => at)).toEqual([0.5]);
  });

  it('gives the methods in the order asked for, without those that have no run, and no interval to a single seed', () => {
    const curves = comparisonCurves(['joint', 'ewc', 'mas'], [run('mas', 0, [point(0, 0, [0.5])]), run('joint', 0, [point(0, 0, [0.9])])]);
    expect(curves.map(({ method }) => method)).toEqual(['joint', 'mas']);
    expect(curves[0]!.points[0]!.accuracy).toEqual({ mean: 0.9, half: null, count: 1 });
  });
});
