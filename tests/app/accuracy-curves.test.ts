import { describe, expect, it } from 'vitest';
import type { EvaluationPoint } from '../../src/core/protocol.ts';
import { AccuracyCurves } from '../../src/app/state/accuracy-curves.ts';

const point = (step: number, task: number, accuracy: (number | null)[], full = false): EvaluationPoint => ({ step, task, epoch: 0, accuracy, full });

describe('AccuracyCurves', () => {
  it('has a curve per task from its own training on, marked where it was learned', () => {
    const curves = AccuracyCurves.of([point(1, 0, [0.2, 0.1]), point(2, 0, [0.8, 0.1], true), point(3, 1, [0.7, 0.3]), point(4, 1, [0.6, 0.9], true)]);
    expect([...curves.entries]).toEqual([
      [0, { steps: [1, 2, 3, 4], values: [0.2, 0.8, 0.7, 0.6], learned: [1] }],
      [1, { steps: [3, 4], values: [0.3, 0.9], learned: [1] }],
    ]);
  });

  it('leaves out what was not measured', () => {
    expect([...AccuracyCurves.of([point(1, 1, [null, 0.5])]).entries]).toEqual([[1, { steps: [1], values: [0.5], learned: [] }]]);
  });

  it('is after a pop what it was before the push', () => {
    const curves = AccuracyCurves.of([point(1, 0, [0.2])]);
    const last = point(2, 1, [0.4, 0.5], true);
    curves.push(last);
    curves.pop(last);
    expect([...curves.entries]).toEqual([[0, { steps: [1], values: [0.2], learned: [] }]]);
  });
});
