import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jointGap, metricsOf, stabilityOf } from '../../src/core/metrics.ts';
import type { EvaluationPoint } from '../../src/core/protocol.ts';

const accuracy = fc.double({ min: 0, max: 1, noNaN: true });
/** A full matrix of 1 to 6 tasks: row i measured on tasks 0 … i. */
const matrices = fc.integer({ min: 1, max: 6 }).chain((tasks) =>
  fc.tuple(...Array.from({ length: tasks }, (_, i) => fc.array(accuracy, { minLength: i + 1, maxLength: i + 1 }))).map((rows) =>
    rows.map((row) => [...row, ...new Array<null>(tasks - row.length).fill(null)])),
);

const EXAMPLE = [
  [0.9, null, null],
  [0.7, 0.8, null],
  [0.8, 0.5, 1],
];

function point(task: number, accuracies: readonly (number | null)[], step = 0): EvaluationPoint {
  return { step, task, epoch: 0, accuracy: accuracies, full: false };
}

describe('metrics of the accuracy matrix', () => {
  it('by hand', () => {
    const metrics = metricsOf(EXAMPLE, [0.1, 0.2, 0.3]);
    expect(metrics.forgetting.map((value) => Number(value?.toFixed(9)))).toEqual([0.1, 0.3, 0]);
    expect(metrics.averageAccuracy).toBeCloseTo(2.3 / 3, 12);
    expect(metrics.averageForgetting).toBeCloseTo(0.2, 12);
    expect(metrics.bwt).toBeCloseTo(-0.2, 12);
    expect(metrics.learningAccuracy).toBeCloseTo(0.9, 12);
    expect(metrics.fwt).toBeNull();
  });

  it('hold together on any matrix', () => {
    fc.assert(
      fc.property(matrices, (matrix) => {
        const before = structuredClone(matrix);
        const metrics = metricsOf(matrix);
        expect(matrix).toEqual(before);
        const last = matrix.length - 1;
        expect(metrics.forgetting[last]).toBe(0);
        // Counting from the best moment never shows less forgetting than counting from right after learning.
        metrics.maxForgetting.forEach((value, j) => expect(value!).toBeGreaterThanOrEqual(metrics.forgetting[j]! - 1e-12));
        if (last > 0) {
          expect(metrics.bwt!).toBeCloseTo(-metrics.averageForgetting!, 12);
          // What is known now is what was learned, less what was forgotten.
          expect(metrics.averageAccuracy!).toBeCloseTo(metrics.learningAccuracy! - (metrics.averageForgetting! * last) / matrix.length, 12);
        }
      }),
    );
  });

  it('carry the class-incremental read-out beside the task-incremental one', () => {
    expect(metricsOf(EXAMPLE).classIncremental).toBeNull();
    const together = metricsOf(EXAMPLE, null, [[0.9, null, null], [0.2, 0.8, null], [0.3, 0.1, 0.8]]).classIncremental;
    expect(together?.averageAccuracy).toBeCloseTo(0.4, 12);
    expect(together?.averageForgetting).toBeCloseTo(0.65, 12);
  });
});

describe('the gap to joint training', () => {
  it('by hand', () => {
    const gap = jointGap(EXAMPLE, [[0.9, null, null], [0.9, 0.9, null], [0.9, 0.9, 0.9]]);
    expect(gap.intransigence.map((value) => Number(value?.toFixed(9)))).toEqual([0, 0.1, -0.1]);
    expect(gap.averageIntransigence).toBeCloseTo(0, 12);
    expect(gap.gapToJoint).toBeCloseTo(0.9 - 2.3 / 3, 12);
  });

  it('is zero against itself and says nothing while joint training has fewer tasks', () => {
    fc.assert(
      fc.property(matrices, (matrix) => {
        expect(jointGap(matrix, matrix)).toEqual({ intransigence: matrix.map(() => 0), averageIntransigence: 0, gapToJoint: 0 });
        expect(jointGap(matrix, matrix.slice(0, -1)).gapToJoint).toBeNull();
      }),
    );
  });
});

describe('the stability gap', () => {
  it('by hand: the dip in task 3 comes back', () => {
    const stability = stabilityOf(EXAMPLE, [
      point(0, [0.9, null, null]), point(1, [0.6, 0.5, null]), point(1, [0.7, 0.8, null]), point(2, [0.4, 0.3, null]), point(2, [0.8, 0.5, 1]),
    ]);
    expect(stability.minAccuracy).toEqual([0.4, 0.3, null]);
    expect(stability.averageMinAccuracy).toBeCloseTo(0.35, 12);
    expect(stability.worstCaseAccuracy).toBeCloseTo(1 / 3 + (2 / 3) * 0.35, 12);
    expect(stability.gap).toBeCloseTo((0.4 + 0.2) / 2, 12);
  });

  it('never calls the worst moment better than the end, and sees no smaller dip with more measurements', () => {
    fc.assert(
      fc.property(matrices, fc.array(fc.array(accuracy, { minLength: 6, maxLength: 6 }), { maxLength: 4 }), (matrix, more) => {
        const last = matrix.length - 1;
        const ends = matrix.map((row, i) => point(i, row));
        const coarse = stabilityOf(matrix, ends);
        const fine = stabilityOf(matrix, [...ends, ...more.map((row) => point(last, row.slice(0, last)))]);
        if (last === 0) {
          expect(fine).toMatchObject({ averageMinAccuracy: null, worstCaseAccuracy: null, gap: null });
          return;
        }
        expect(fine.gap!).toBeGreaterThanOrEqual(coarse.gap!);
        expect(coarse.gap).toBeCloseTo(0, 12);
        fine.minAccuracy.slice(0, -1).forEach((value, j) => expect(value!).toBeLessThanOrEqual(matrix[last]![j]!));
      }),
    );
  });
});
