import { describe, expect, it } from 'vitest';
import { DEFAULT_CONFIG } from '../../src/core/config.ts';
import { metricsOf } from '../../src/core/metrics.ts';
import type { ImportanceSummary } from '../../src/core/importance-summary.ts';
import type { EvaluationPoint, LabEvent, TaskSummary } from '../../src/core/protocol.ts';
import { INITIAL_LAB_STATE, accuracyLearned, accuracyNow, activeTask, finishedTasks, isBusy, reduceEvents } from '../../src/app/state/lab-state.ts';

const error = { code: 'diverged', message: 'The loss at step 7 is not finite.', hint: 'Lower the learning rate.' } as const;
const tasks: readonly TaskSummary[] = [0, 1].map((index) => ({ index, classes: [{ id: `c${index}`, name: `class ${index}` }], trainCount: 64, testCount: 10 }));
const run = (runId: string | null): LabEvent => ({ kind: 'run', runId, config: runId === null ? null : DEFAULT_CONFIG, tasks: runId === null ? [] : tasks, history: null });
const point = (step: number, task: number, accuracy: readonly (number | null)[]): EvaluationPoint => ({ step, task, epoch: 0, accuracy, full: false });
const importance = (task: number): ImportanceSummary => ({ task, layers: [], maxOmega: 1, elapsedMs: 1, filters: [] });

describe('reduceEvents', () => {
  it('takes what a run reports, in order', () => {
    const state = reduceEvents(INITIAL_LAB_STATE, [
      run('a'),
      { kind: 'phase', phase: { kind: 'training', task: 1, epoch: 2, step: 3, stepsPerEpoch: 4 } },
      { kind: 'metrics', metrics: metricsOf([[0.9]]) },
      { kind: 'evaluation', point: point(12, 1, [0.6, 0.4]) },
    ]);
    expect(state.runId).toBe('a');
    expect(state.tasks).toBe(tasks);
    expect(finishedTasks(state)).toBe(1);
    expect(accuracyNow(state, 0)).toBe(0.6);
    expect(accuracyLearned(state, 0)).toBe(0.9);
    expect(accuracyLearned(state, 1)).toBeNull();
  });

  it('forgets the run on screen when it is reset, and only that', () => {
    const before = reduceEvents(INITIAL_LAB_STATE, [
      { kind: 'datasets', datasets: [], unfinished: [], usedBytes: 1, quotaBytes: 2, persistent: true },
      run('a'), { kind: 'metrics', metrics: metricsOf([[0.9]]) }, { kind: 'importance', summary: importance(0) }, { kind: 'phase', phase: { kind: 'done' } },
    ]);
    const after = reduceEvents(before, [run(null)]);
    expect(after.phase).toEqual({ kind: 'idle' });
    expect(after.metrics).toBeNull();
    expect(after.importances).toEqual([]);
    expect(after.storage).toEqual({ usedBytes: 1, quotaBytes: 2, persistent: true });
  });

  it('replaces importances from a task on when that task is measured again', () => {
    const measured = reduceEvents(INITIAL_LAB_STATE, [0, 1, 2].map((task) => ({ kind: 'importance', summary: importance(task) })));
    const again = reduceEvents(measured, [{ kind: 'importance', summary: importance(1) }]);
    expect(again.importances.map(({ task }) => task)).toEqual([0, 1]);
  });

  it('shows an error once, however often it is reported, with its hint', () => {
    const state = reduceEvents(INITIAL_LAB_STATE, [{ kind: 'error', error }, { kind: 'phase', phase: { kind: 'failed', error } }]);
    expect(state.messages).toMatchObject([{ kind: 'error', text: error.message, hint: error.hint }]);
  });

  it('does not show stopping on request as a failure', () => {
    const state = reduceEvents(INITIAL_LAB_STATE, [{ kind: 'error', error: { code: 'cancelled', message: 'Cancelled.', hint: '' } }]);
    expect(state.messages).toEqual([]);
  });

  it('ends an import in failure with its reason, and in cancellation without one', () => {
    const progress: LabEvent = { kind: 'import-progress', name: 'x.zip', bytesDone: 1, bytesTotal: 2, imagesDone: 0, imagesTotal: null, imagesPerSecond: 0, etaMs: null, skipped: 0, paused: false, freeBytes: null };
    const failed = reduceEvents(INITIAL_LAB_STATE, [progress, { kind: 'import-failed', error }]);
    expect(failed.importing).toEqual({ kind: 'none' });
    expect(failed.messages).toHaveLength(1);
    const cancelled = reduceEvents(INITIAL_LAB_STATE, [progress, { kind: 'import-failed', error: null }]);
    expect(cancelled.messages).toEqual([]);
  });
});

describe('phases', () => {
  it('tell apart computing, paused in a task, and between tasks', () => {
    expect(isBusy({ kind: 'measuring', task: 2, done: 0, total: 1 })).toBe(true);
    expect(isBusy({ kind: 'paused', task: 2, epoch: 0, step: 0, stepsPerEpoch: 1 })).toBe(false);
    expect(activeTask({ kind: 'paused', task: 2, epoch: 0, step: 0, stepsPerEpoch: 1 })).toBe(2);
    expect(activeTask({ kind: 'ready', finished: 1 })).toBeNull();
  });
});
