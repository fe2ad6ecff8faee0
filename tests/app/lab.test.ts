import { describe, expect, it, vi } from 'vitest';
import { DEFAULT_CONFIG } from '../../src/core/config.ts';
import { settingOf } from '../../src/core/settings.ts';
import { PRESETS } from '../../src/core/presets.ts';
import type { RunConfig } from '../../src/core/config.ts';
import { LabError } from '../../src/core/errors.ts';
import { packError, unpackError, withPackedErrors, withUnpackedErrors } from '../../src/core/error-transfer.ts';
import { METHOD_TRAITS } from '../../src/core/method-settings.ts';
import { metricsOf } from '../../src/core/metrics.ts';
import type { Command, LabApi, LabEvent, RunPhase, RunSummary } from '../../src/core/protocol.ts';
import { fitSplit, interruptedRun, lockOf } from '../../src/app/state/run-rules.ts';
import { createLab } from '../../src/app/state/lab.ts';
import type { Lab } from '../../src/app/state/lab.ts';
import { createFakeLab } from './fake-lab.ts';

const options = { search: '', hardwareConcurrency: 2, schedule: (flush: () => void) => flush(), replaceSearch: () => undefined, save: () => undefined };

/** A lab whose worker only records commands; events are sent by hand. */
async function recorded(search = ''): Promise<{ lab: Lab; sent: Command[]; emit: (...events: LabEvent[]) => void }> {
  const sent: Command[] = [];
  let listener: (events: readonly LabEvent[]) => void = () => undefined;
  const fake = createFakeLab({ tickMs: 1, stepsPerEpoch: 1 });
  const api: LabApi = {
    ...fake,
    connect: async (given) => {
      listener = given;
    },
    dispatch: async (command) => {
      sent.push(command);
    },
  };
  const lab = createLab(api, { ...options, search });
  await lab.start();
  return { lab, sent, emit: (...events) => listener(events) };
}

const between = (config: RunConfig, phase: RunPhase = { kind: 'ready', finished: 1 }): LabEvent[] => [
  { kind: 'run', runId: 'r', config, tasks: [], history: null },
  { kind: 'metrics', metrics: metricsOf([[0.9]]) },
  { kind: 'phase', phase },
];
const flushed = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

describe('training', () => {
  it('starts a run with the settings of the form', async () => {
    const { lab, sent } = await recorded('?lambda=2');
    lab.train('all');
    expect(sent).toEqual([{ kind: 'start', scope: 'all', config: { ...DEFAULT_CONFIG, lambda: 2 } }]);
  });

  it('goes on with the run between tasks', async () => {
    const { lab, sent, emit } = await recorded();
    emit(...between(DEFAULT_CONFIG));
    lab.train('task');
    expect(sent).toEqual([{ kind: 'continue', scope: 'task' }]);
  });

  it('branches where the method was changed between tasks, then goes on', async () => {
    const { lab, sent, emit } = await recorded();
    emit(...between(DEFAULT_CONFIG));
    lab.change({ method: 'ewc' });
    lab.train('all');
    await flushed();
    expect(sent).toEqual([
      { kind: 'open-run', runId: 'r', afterTask: 1, change: { method: 'ewc', lambda: METHOD_TRAITS.ewc.lambda } },
      { kind: 'continue', scope: 'all' },
    ]);
  });

  it('lets a branch take the place of a rewind that was not trained on', async () => {
    const { lab, sent, emit } = await recorded();
    const summary = (id: string, parent: RunSummary['parent']): RunSummary =>
      ({ id, name: '', note: '', config: DEFAULT_CONFIG, createdAt: '', updatedAt: '', finishedTasks: 1, metrics: metricsOf([[0.9]]), parent, backend: 'wasm' });
    emit({ kind: 'runs', runs: [summary('origin', null), summary('r', { runId: 'origin', afterTask: 1 })] }, ...between(DEFAULT_CONFIG));
    lab.change({ method: 'ewc' });
    lab.train('all');
    await flushed();
    await flushed();
    expect(sent).toEqual([
      { kind: 'open-run', runId: 'origin', afterTask: 1, change: { method: 'ewc', lambda: METHOD_TRAITS.ewc.lambda } },
      { kind: 'delete-run', runId: 'r' },
      { kind: 'continue', scope: 'all' },
    ]);
  });

  it('keeps the run that it rewinds on the charts, where that went on', async () => {
    const { lab, sent, emit } = await recorded();
    const origin: RunSummary = { id: 'origin', name: '', note: '', config: DEFAULT_CONFIG, createdAt: '', updatedAt: '', finishedTasks: 2, metrics: metricsOf([[0.9], [0.8, 0.9]]), parent: null, backend: 'wasm' };
    lab.api.runHistory = async () => ({ summary: origin, tasks: [], steps: [], evaluations: [], importances: [] });
    emit({ kind: 'runs', runs: [origin] });
    lab.rewind('origin', 2);
    await flushed();
    await flushed();
    expect(lab.store.getState().overlays).toEqual([]);
    lab.rewind('origin', 1);
    await flushed();
    await flushed();
    expect(sent.at(-1)).toEqual({ kind: 'open-run', runId: 'origin', afterTask: 1, change: {} });
    expect(lab.store.getState().overlays.map(({ summary }) => summary.id)).toEqual(['origin']);
  });

  it('takes another λ along between tasks without branching', async () => {
    const { lab, sent, emit } = await recorded();
    emit(...between(DEFAULT_CONFIG));
    lab.change({ lambda: 7 });
    lab.train('task');
    await flushed();
    expect(sent).toEqual([{ kind: 'adjust', change: { lambda: 7 } }, { kind: 'continue', scope: 'task' }]);
  });

  it('begins anew after a run that failed before its first task ended', async () => {
    const { lab, sent, emit } = await recorded();
    const error = { code: 'diverged', message: 'm', hint: 'h' } as const;
    emit({ kind: 'run', runId: 'r', config: DEFAULT_CONFIG, tasks: [], history: null }, { kind: 'phase', phase: { kind: 'failed', error } });
    lab.train('all');
    expect(sent[0]?.kind).toBe('start');
  });

  it('steps by beginning the next task where none is under way', async () => {
    const { lab, sent } = await recorded();
    lab.step();
    await flushed();
    expect(sent.map((command) => command.kind)).toEqual(['start', 'step']);
  });

  it('starts by itself only where the link says so', async () => {
    expect((await recorded()).sent).toEqual([]);
    expect((await recorded('?autostart=1')).sent.map((command) => command.kind)).toEqual(['start']);
  });
});

describe('settings', () => {
  it('reach a run under way once the slider rests', async () => {
    vi.useFakeTimers();
    try {
      const { lab, sent, emit } = await recorded();
      emit(...between(DEFAULT_CONFIG, { kind: 'training', task: 1, epoch: 0, step: 1, stepsPerEpoch: 9 }));
      for (const lambda of [0.5, 1, 1.5]) lab.change({ lambda });
      emit({ kind: 'config', config: { ...DEFAULT_CONFIG, lambda: 0.5 } });
      expect(lab.store.getState().form.lambda).toBe(1.5);
      await vi.advanceTimersByTimeAsync(500);
      expect(sent).toEqual([{ kind: 'adjust', change: { lambda: 1.5 } }]);
    } finally {
      vi.useRealTimers();
    }
  });

  it('are locked as far as a run is made of them', async () => {
    const { lab, emit } = await recorded();
    const locks = (): string[] => (['lambda', 'method', 'model', 'seed'] as const).map((key) => lockOf(settingOf(key), lab.store.getState().lab));
    expect(locks()).toEqual(['free', 'free', 'free', 'free']);
    emit(...between(DEFAULT_CONFIG, { kind: 'paused', task: 1, epoch: 0, step: 1, stepsPerEpoch: 9 }));
    expect(locks()).toEqual(['free', 'locked', 'locked', 'locked']);
    emit({ kind: 'phase', phase: { kind: 'ready', finished: 1 } });
    expect(locks()).toEqual(['free', 'branch', 'locked', 'locked']);
    emit({ kind: 'phase', phase: { kind: 'done' } });
    expect(locks()).toEqual(['free', 'free', 'free', 'free']);
  });

  it('become a preset’s, on data that have enough classes where there are any', async () => {
    const { lab, emit } = await recorded();
    const large = { id: 'tiny', name: 'Tiny', kind: 'tiny-imagenet', source: '', imageSize: 64, classCount: 200, trainCount: 1, testCount: 1, sizeBytes: 1, importedAt: null, skippedCount: 0, tasks: null, arriving: false };
    emit({ kind: 'datasets', datasets: [{ ...large, id: 'builtin', kind: 'builtin', classCount: 40 }, large], unfinished: [], usedBytes: 0, quotaBytes: 0, persistent: false });
    lab.applyPreset(PRESETS.find((preset) => preset.id === 'seed-defaults')!);
    expect(lab.store.getState().form).toMatchObject({ dataset: 'tiny', model: 'alexnet-224', classesPerTask: 50, lambda: 0.01 });
    lab.applyPreset(PRESETS[0]!);
    expect(lab.store.getState().form).toEqual(DEFAULT_CONFIG);
  });

  it('are fitted to what a dataset can give', () => {
    expect(fitSplit(DEFAULT_CONFIG, 40)).toEqual({});
    expect(fitSplit(DEFAULT_CONFIG, 10)).toEqual({ tasks: 5, classesPerTask: 2 });
    expect(fitSplit(DEFAULT_CONFIG, 12)).toEqual({ tasks: 4, classesPerTask: 3 });
    expect(fitSplit(DEFAULT_CONFIG, 3)).toEqual({ tasks: 1, classesPerTask: 3 });
  });
});

describe('an interrupted run', () => {
  it('is the newest with some but not all tasks', async () => {
    const { lab, emit } = await recorded();
    const summary = (id: string, finishedTasks: number, updatedAt: string) =>
      ({ id, name: '', note: '', config: DEFAULT_CONFIG, createdAt: updatedAt, updatedAt, finishedTasks, metrics: metricsOf([]), parent: null, backend: 'wasm' });
    emit({ kind: 'runs', runs: [summary('old', 1, '2026-01-01'), summary('done', 4, '2026-01-04'), summary('new', 2, '2026-01-03'), summary('empty', 0, '2026-01-05')] });
    expect(interruptedRun(lab.store.getState().lab)?.id).toBe('new');
  });
});

describe('a whole scripted run', () => {
  it('ends with all tasks trained and a curve for each', async () => {
    const lab = createLab(createFakeLab({ tickMs: 0, stepsPerEpoch: 2 }), { ...options, search: '?epochs=2&tasks=3' });
    await lab.start();
    lab.train('all');
    await vi.waitUntil(() => lab.store.getState().lab.phase.kind === 'done', { timeout: 10_000 });
    const { lab: state } = lab.store.getState();
    expect(state.metrics?.accuracyMatrix).toHaveLength(3);
    expect(state.importances.map(({ task }) => task)).toEqual([0, 1, 2]);
    expect(lab.series.evaluations.filter((point) => point.full)).toHaveLength(3);
    expect(lab.series.columns.step).toHaveLength(12);
  });
});

describe('errors across the worker boundary', () => {
  const error = new LabError('class-too-small', 'Class “a” has 3 images, but 5 are needed.', 'Take another class.', new Error('inner'));

  it('keep code, hint and cause through structured cloning', () => {
    const back = unpackError(structuredClone(packError(error)));
    expect(back).toBeInstanceOf(LabError);
    expect(back.toData()).toEqual({ code: 'class-too-small', message: error.message, hint: error.hint, cause: 'inner' });
  });

  it('survive both sides’ wrappers', async () => {
    const worker = withPackedErrors({ plan: async (): Promise<number> => Promise.reject(error) });
    const page = withUnpackedErrors({ plan: async () => worker.plan().catch((packed: unknown) => Promise.reject(structuredClone(packed))) });
    await expect(page.plan()).rejects.toMatchObject({ code: 'class-too-small', hint: 'Take another class.' });
  });

  it('become internal where something else was thrown', () => {
    expect(unpackError('boom')).toMatchObject({ code: 'internal' });
    expect(unpackError({ labError: { code: 1 } })).toMatchObject({ code: 'internal' });
  });
});
