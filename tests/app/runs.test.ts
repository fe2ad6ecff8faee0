import { describe, expect, it } from 'vitest';
import { DEFAULT_CONFIG } from '../../src/core/config.ts';
import { metricsOf } from '../../src/core/metrics.ts';
import type { RunSummary } from '../../src/core/protocol.ts';
import type { SamplePrediction } from '../../src/core/task-report.ts';
import { byFlip, flipOf } from '../../src/app/panels/flips.ts';
import { families, matchesFilter, orderRuns } from '../../src/app/panels/run-order.ts';
import { advanceSweep, beginSweep, parseLambdas, sweepConfig } from '../../src/app/state/sweep.ts';
import { runShape, sameShape } from '../../src/app/charts/run-shape.ts';

const run = (id: string, accuracy: number | null, forgetting: number, at: string, parent: RunSummary['parent'] = null): RunSummary => ({
  id, name: id, note: '', config: DEFAULT_CONFIG, createdAt: at, updatedAt: at, finishedTasks: accuracy === null ? 0 : 2, parent, backend: 'wasm',
  metrics: accuracy === null ? metricsOf([]) : metricsOf([[accuracy + forgetting], [accuracy, accuracy]]),
});
const a = run('a', 0.5, 0.3, '2026-01-01');
const b = run('b', 0.8, 0.4, '2026-01-02', { runId: 'a', afterTask: 1 });
const c = run('c', 0.6, 0.0, '2026-01-03');
const d = run('d', null, 0, '2026-01-04', { runId: 'gone', afterTask: 1 });
const ids = (order: Parameters<typeof orderRuns>[1]): string => orderRuns([c, d, b, a], order).map(({ run: { id }, depth }) => id + '>'.repeat(depth)).join(' ');

describe('orderRuns', () => {
  it('puts the best first and runs without figures last', () => {
    expect(ids('accuracy')).toBe('b c a d');
    expect(ids('forgetting')).toBe('c a b d');
    expect(ids('newest')).toBe('d c b a');
  });

  it('draws branches under their origin, and makes an orphan a root', () => {
    expect(ids('branches')).toBe('a b> c d');
  });

  it('finds the runs that belong to a tree', () => {
    expect(families([a, b, c, d]).map(({ id }) => id)).toEqual(['a', 'b']);
    expect(families([a, c])).toEqual([]);
  });

  it('filters by every word', () => {
    expect(matchesFilter(a, 'MAS builtin')).toBe(true);
    expect(matchesFilter(a, 'mas mnist')).toBe(false);
    expect(matchesFilter(a, '')).toBe(true);
  });
});

describe('a sweep', () => {
  it('reads lists of λ', () => {
    expect(parseLambdas('1, 0.1; 0 1e3', 1e6)).toEqual([0, 0.1, 1, 1000]);
    expect(parseLambdas('1, -1', 1e6)).toBeNull();
    expect(parseLambdas('much', 1e6)).toBeNull();
    expect(parseLambdas(' ', 1e6)).toBeNull();
  });

  it('notes each run’s figures and moves on until all are done', () => {
    let sweep = beginSweep(DEFAULT_CONFIG, [0, 1]);
    expect(sweepConfig(sweep)?.lambda).toBe(0);
    sweep = advanceSweep(sweep, { kind: 'ready', finished: 1 }, a.metrics);
    expect(sweep.at).toBe(0);
    sweep = advanceSweep(sweep, { kind: 'done' }, a.metrics);
    expect(sweep.points[0]?.averageForgetting).toBeCloseTo(0.3, 12);
    expect(sweepConfig(sweep)?.lambda).toBe(1);
    sweep = advanceSweep(sweep, { kind: 'done' }, c.metrics);
    expect(sweepConfig(sweep)).toBeNull();
  });

  it('ends with what it has when a run is reset or fails', () => {
    const sweep = advanceSweep(beginSweep(DEFAULT_CONFIG, [0, 1]), { kind: 'idle' }, null);
    expect(sweep.stopped).toBe(true);
    expect(sweepConfig(sweep)).toBeNull();
  });
});

describe('flips', () => {
  const image = { width: 1, height: 1, rgba: new Uint8ClampedArray(4) };
  const sample = (then: readonly number[] | null, now: readonly number[] | null): SamplePrediction => ({ image, index: 0, label: 0, then, now });
  const right = [0.9, 0.1];
  const wrong = [0.2, 0.8];

  it('tell right turned wrong from the other ways', () => {
    expect([sample(right, wrong), sample(right, right), sample(wrong, right), sample(wrong, wrong), sample(null, right)].map(flipOf))
      .toEqual(['forgotten', 'kept', 'gained', 'never', 'unknown']);
  });

  it('come most clearly forgotten first', () => {
    const clear = sample([1, 0], [0, 1]);
    const faint = sample([0.51, 0.49], [0.49, 0.51]);
    expect(byFlip([sample(right, right), faint, clear]).map((entry) => entry.sample).slice(0, 2)).toEqual([clear, faint]);
  });
});

describe('runShape', () => {
  const tasks = [0, 1, 2].map((index) => ({ index, classes: [], trainCount: 100, testCount: 10 }));

  it('expects whole batches for every epoch', () => {
    expect(runShape(tasks, { epochs: 2, batchSize: 32 }, [], 0)).toEqual({
      segments: [{ task: 0, start: 0, end: 8 }, { task: 1, start: 8, end: 16 }, { task: 2, start: 16, end: 24 }],
      total: 24,
    });
  });

  it('puts a finished task’s boundary where it really ended', () => {
    const ended = { step: 5, task: 0, epoch: 1, accuracy: [0.9], full: true };
    const shape = runShape(tasks, { epochs: 2, batchSize: 32 }, [ended], 5);
    expect(shape.segments[1]).toEqual({ task: 1, start: 5, end: 13 });
    expect(shape.total).toBe(21);
  });

  it('always reaches the last step', () => {
    expect(runShape(tasks, { epochs: 1, batchSize: 100 }, [], 50).total).toBe(50);
  });

  it('is the same as long as tasks end where they were expected to', () => {
    const planned = runShape(tasks, { epochs: 2, batchSize: 32 }, [], 0);
    const first = planned.segments[0]!;
    const ending = (step: number) => runShape(tasks, { epochs: 2, batchSize: 32 }, [{ task: 0, step, epoch: 1, accuracy: [1], full: true }], 0);
    expect(sameShape(planned, ending(first.end))).toBe(true);
    expect(sameShape(planned, ending(first.end + 1))).toBe(false);
    expect(sameShape(planned, runShape(tasks.slice(1), { epochs: 2, batchSize: 32 }, [], 0))).toBe(false);
  });
});
