import { describe, expect, it, vi } from 'vitest';
import type { EvaluationPoint, LabEvent, StepPoint } from '../../src/core/protocol.ts';
import { AccuracyCurves } from '../../src/app/state/accuracy-curves.ts';
import { SeriesStore, lastIndexAtMost } from '../../src/app/state/series-store.ts';

const step = (at: number, task = 0): StepPoint => ({ step: at, task, epoch: 0, loss: at, penalty: 0, learningRate: 0.01, lambda: 0.3 });
const steps = (...points: StepPoint[]): LabEvent => ({ kind: 'steps', points });
const evaluation = (at: number, task: number, full = false): LabEvent => ({ kind: 'evaluation', point: { step: at, task, epoch: 0, accuracy: [at / 100], full } satisfies EvaluationPoint });
const immediate = (flush: () => void): void => flush();

describe('SeriesStore', () => {
  it('appends points and tells subscribers once per scheduled flush', () => {
    const flushes: (() => void)[] = [];
    const store = new SeriesStore((flush) => flushes.push(flush));
    const listener = vi.fn();
    store.subscribe(listener);
    store.apply([steps(step(1), step(2))]);
    store.apply([steps(step(3))]);
    expect(flushes).toHaveLength(1);
    flushes[0]!();
    expect(listener).toHaveBeenCalledTimes(1);
    expect(store.columns.loss).toEqual([1, 2, 3]);
    expect(store.lastStep).toBe(3);
  });

  it('drops what came after when a task is trained again from an earlier step', () => {
    const store = new SeriesStore(immediate);
    store.apply([steps(step(1), step(2), step(3), step(4, 1)), evaluation(2, 0), evaluation(4, 1), steps(step(3, 1))]);
    expect(store.columns.step).toEqual([1, 2, 3]);
    expect(store.points.at(-1)?.task).toBe(1);
    expect(store.evaluations.map((point) => point.step)).toEqual([2]);
  });

  it('lets the full evaluation replace the sampled one at the same step', () => {
    const store = new SeriesStore(immediate);
    store.apply([evaluation(5, 0), evaluation(5, 0, true)]);
    expect(store.evaluations).toMatchObject([{ step: 5, full: true }]);
  });

  it('is emptied or filled by the run that becomes current', () => {
    const store = new SeriesStore(immediate);
    store.apply([steps(step(1)), evaluation(1, 0)]);
    store.apply([{ kind: 'run', runId: null, config: null, tasks: [], history: null }]);
    expect(store.columns.step).toEqual([]);
    expect(store.evaluations).toEqual([]);
    expect(store.lastStep).toBe(0);
  });
});

describe('what drawing reads of a SeriesStore', () => {
  it('has the greatest and the least loss and penalty, also after points were dropped', () => {
    const store = new SeriesStore(immediate);
    store.apply([steps(step(1), step(2), { ...step(3), loss: 9, penalty: 4 }, step(4))]);
    expect(store.largest).toEqual({ loss: 9, penalty: 4 });
    expect(store.smallest, 'zero has no place on a log axis').toEqual({ loss: 1, penalty: 4 });
    store.apply([steps({ ...step(3), loss: 1, penalty: 1 })]);
    expect(store.largest).toEqual({ loss: 2, penalty: 1 });
    expect(store.smallest).toEqual({ loss: 1, penalty: 1 });
    store.apply([{ kind: 'run', runId: null, config: null, tasks: [], history: null }]);
    expect(store.largest).toEqual({ loss: 0, penalty: 0 });
    expect(store.smallest).toEqual({ loss: Infinity, penalty: Infinity });
  });

  it('has curves that always agree with the evaluations', () => {
    const store = new SeriesStore(immediate);
    store.apply([evaluation(2, 0), evaluation(4, 0), evaluation(4, 0, true), evaluation(6, 1), evaluation(5, 1), steps(step(1), step(2), step(6)), steps(step(4, 1))]);
    expect([...store.accuracy.entries]).toEqual([...AccuracyCurves.of(store.evaluations).entries]);
    expect(store.evaluations.map((point) => point.step)).toEqual([2]);
  });

  it('tells by its revision when points that were there changed', () => {
    const store = new SeriesStore(immediate);
    const before = store.revision;
    store.apply([steps(step(1), step(2)), evaluation(2, 0)]);
    store.apply([steps(step(3)), evaluation(3, 0), evaluation(3, 0, true)]);
    expect(store.revision).toBe(before);
    store.apply([steps(step(2))]);
    expect(store.revision).not.toBe(before);
  });
});

describe('lastIndexAtMost', () => {
  it('finds the last entry that is not greater', () => {
    const list = [2, 4, 4, 9];
    expect([1, 2, 3, 4, 8, 9, 100].map((value) => lastIndexAtMost(list, value))).toEqual([-1, 0, 0, 2, 2, 3, 3]);
    expect(lastIndexAtMost([], 1)).toBe(-1);
  });
});
