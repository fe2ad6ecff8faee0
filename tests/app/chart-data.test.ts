import { describe, expect, it } from 'vitest';
import { metricsOf } from '../../src/core/metrics.ts';
import { accuracyTable, forgettingTable, lossTable, matrixTable, toCsv } from '../../src/app/charts/chart-data.ts';
import { shownAt } from '../../src/app/state/shown-at.ts';

const tasks = [0, 1].map((index) => ({ index, classes: [], trainCount: 1, testCount: 1 }));
const evaluations = [
  { step: 4, task: 0, epoch: 0, accuracy: [0.5, null], full: false },
  { step: 8, task: 0, epoch: 1, accuracy: [0.9, null], full: true },
  { step: 12, task: 1, epoch: 0, accuracy: [0.7, 0.4], full: false },
  { step: 16, task: 1, epoch: 1, accuracy: [0.6, 0.8], full: true },
];

describe('tables of charts', () => {
  it('hold every evaluation, tasks and epochs counted from 1', () => {
    const csv = toCsv(accuracyTable(evaluations, tasks));
    expect(csv.split('\r\n').slice(0, 2)).toEqual(['step,training_task,epoch,full_test_set,accuracy_task_1,accuracy_task_2', '4,1,1,0,0.5,']);
    expect(csv.split('\r\n')).toHaveLength(6);
  });

  it('hold every loss point with the settings it was trained under', () => {
    const points = Array.from({ length: 5000 }, (_, i) => ({ step: i + 1, task: 0, epoch: 0, loss: 1 / (i + 1), penalty: 0, learningRate: 0.01, lambda: 0.3 }));
    const { rows } = lossTable(points);
    expect(rows).toHaveLength(5000);
    expect(rows[4999]).toEqual([5000, 1, 1, 1 / 5000, 0, 0.01, 0.3]);
  });

  it('give the matrix and the forgetting of the same run', () => {
    const metrics = metricsOf([[0.9, null], [0.6, 0.8]]);
    expect(matrixTable(metrics, tasks).rows).toEqual([[1, 0.9, null], [2, 0.6, 0.8]]);
    expect(forgettingTable(metrics).rows[0]?.slice(0, 3)).toEqual([1, 0.9, 0.6]);
    expect(forgettingTable(metrics).rows[0]?.[3]).toBeCloseTo(0.3, 12);
    expect(forgettingTable(null).rows).toEqual([]);
  });

  it('quote what a field must not hold plainly', () => {
    expect(toCsv({ header: ['a'], rows: [['x,"y"'], [null]] })).toBe('a\r\n"x,""y"""\r\n\r\n');
  });
});

describe('looking back', () => {
  it('shows the run as it was after a step', () => {
    expect(shownAt(evaluations, 12).metrics?.accuracyMatrix).toEqual([[0.9, null]]);
    expect(shownAt(evaluations, 12).latest?.accuracy).toEqual([0.7, 0.4]);
    expect(shownAt(evaluations, 16).metrics?.averageForgetting).toBeCloseTo(0.3, 12);
  });

  it('shows nothing learned before the first task ended', () => {
    expect(shownAt(evaluations, 5)).toEqual({ metrics: null, latest: evaluations[0] });
    expect(shownAt(evaluations, 1)).toEqual({ metrics: null, latest: null });
  });
});
