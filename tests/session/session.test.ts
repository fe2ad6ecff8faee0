import { memory } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import type { RunConfig } from '../../src/core/config.ts';
import { LabError } from '../../src/core/errors.ts';
import type { LabEvent } from '../../src/core/protocol.ts';
import type { RunRecord } from '../../src/session/run-record.ts';
import { useBackend } from '../helpers/backends.ts';
import { eventsOf, MemoryStore, testSession, TINY, type TestSession } from '../helpers/session.ts';

beforeAll(() => useBackend('wasm'));

/** What must not depend on how a run was interrupted. */
function numbers(record: RunRecord | null) {
  if (!record) throw new Error('no run');
  const { accuracyMatrix, evaluations, importances, baseline } = record;
  return {
    accuracyMatrix, evaluations, baseline,
    steps: record.steps.map(({ step, loss, penalty }) => ({ step, loss, penalty })),
    importances: importances.map(({ layers, maxOmega }) => ({ layers, maxOmega })),
  };
}

async function trained(config: RunConfig = TINY): Promise<TestSession> {
  const test = testSession();
  await test.session.dispatch({ kind: 'start', config, scope: 'all' });
  await test.session.settled();
  return test;
}

describe('a run', () => {
  it('trains all tasks, measures the whole matrix and ends done', async () => {
    const { session, events, store } = await trained();
    expect(session.currentPhase).toEqual({ kind: 'done' });
    expect(eventsOf(events, 'error')).toEqual([]);
    const record = session.currentRecord!;
    expect(record.finishedTasks).toBe(2);
    expect(record.steps.map(({ step }) => step)).toEqual([1, 2, 3, 4]);
    expect(record.steps.every(({ loss }) => loss > 0)).toBe(true);
    const [first, second] = record.accuracyMatrix;
    expect(first).toHaveLength(2);
    expect(second!.every((value) => value !== null && value >= 0 && value <= 1)).toBe(true);
    expect(record.classIncremental.map((row) => row.map((value) => value !== null))).toEqual([[true, false], [true, true]]);
    // Told the task or not is the same while there is one; afterwards not being told is never easier.
    expect(record.classIncremental[0]![0]).toBe(first![0]);
    record.classIncremental[1]!.forEach((value, j) => expect(value!).toBeLessThanOrEqual(second![j]!));
    expect(record.importances.map(({ task }) => task)).toEqual([0, 1]);
    expect(record.importances[1]!.maxOmega).toBeGreaterThanOrEqual(record.importances[0]!.maxOmega);
    expect(eventsOf(events, 'evaluation').map(({ point }) => point.full)).toEqual([true, true]);
    const keys = [...store.entries.keys()].filter((key) => !key.startsWith('run/run-1/tensors/'));
    expect(keys.sort()).toEqual(['run/run-1/kept/1', 'run/run-1/kept/2', 'run/run-1/record']);
  });

  it('tells how far weights moved against Ω, and which serve both tasks', async () => {
    const [first, second] = (await trained()).session.currentRecord!.importances;
    const counts = second!.layers.map(({ count }) => count);
    expect(first!.density).toBeUndefined();
    expect(first!.overlap!.jaccard).toEqual([[1]]);
    expect(second!.density!.map(({ counts: cells, free, still }) => cells.reduce((a, b) => a + b, 0) + free + still)).toEqual(counts);
    const { jaccard, served } = second!.overlap!;
    expect(jaccard[0]![1]).toBe(jaccard[1]![0]);
    expect(jaccard[0]![1]).toBeGreaterThan(0);
    expect(jaccard[0]![1]).toBeLessThan(1);
    expect(served.reduce((a, b) => a + b, 0)).toBe(counts.reduce((a, b) => a + b, 0));
  });

  it('gives the same numbers for the same seed, and others for another', async () => {
    const once = numbers((await trained()).session.currentRecord);
    expect(numbers((await trained()).session.currentRecord)).toEqual(once);
    expect(numbers((await trained({ ...TINY, seed: 1 })).session.currentRecord)).not.toEqual(once);
  });

  it('keeps the number of tensors flat from task to task', async () => {
    const before = memory().numTensors;
    const counts: number[] = [];
    const test = testSession(new MemoryStore(), (event: LabEvent) => {
      if (event.kind === 'phase' && event.phase.kind === 'saving') counts.push(memory().numTensors);
    });
    await test.session.dispatch({ kind: 'start', config: { ...TINY, tasks: 4 }, scope: 'all' });
    await test.session.settled();
    // Each task adds its head (weight and bias) and their momentum buffers go with the next reset.
    const growth = counts.slice(1).map((count, i) => count - counts[i]!);
    expect(new Set(growth.slice(1))).toEqual(new Set([2]));
    await test.session.dispatch({ kind: 'reset' });
    expect(memory().numTensors).toBe(before);
  });

  it('paused, stepped and resumed equals uninterrupted', async () => {
    const plain = await trained();
    let paused = 0;
    const test = testSession(new MemoryStore(), (event) => {
      if (event.kind !== 'phase') return;
      if (event.phase.kind === 'training' && paused === 0) void test.session.dispatch({ kind: 'pause' });
      if (event.phase.kind === 'paused') {
        paused += 1;
        void test.session.dispatch({ kind: paused < 3 ? 'step' : 'resume' });
      }
    });
    await test.session.dispatch({ kind: 'start', config: TINY, scope: 'all' });
    await test.session.settled();
    expect(paused).toBe(3);
    expect(numbers(test.session.currentRecord)).toEqual(numbers(plain.session.currentRecord));
  });

  it('stopped in the second task keeps the first and goes on from it with the same numbers', async () => {
    const plain = await trained();
    let stopped = false;
    const test = testSession(new MemoryStore(), (event) => {
      if (event.kind === 'phase' && event.phase.kind === 'training' && event.phase.task === 1 && !stopped) {
        stopped = true;
        void test.session.dispatch({ kind: 'stop' });
      }
    });
    await test.session.dispatch({ kind: 'start', config: TINY, scope: 'all' });
    await test.session.settled();
    expect(test.session.currentPhase).toEqual({ kind: 'ready', finished: 1 });
    expect(test.session.currentRecord!.steps).toHaveLength(2);
    await test.session.dispatch({ kind: 'continue', scope: 'all' });
    await test.session.settled();
    expect(numbers(test.session.currentRecord)).toEqual(numbers(plain.session.currentRecord));
  });

  it('resumed from the store in a new session gives the numbers of an uninterrupted run', async () => {
    const plain = await trained();
    const first = testSession();
    await first.session.dispatch({ kind: 'start', config: TINY, scope: 'task' });
    await first.session.settled();
    expect(first.session.currentPhase).toEqual({ kind: 'ready', finished: 1 });
    const second = testSession(first.store);
    await second.session.dispatch({ kind: 'open-run', runId: 'run-1', afterTask: 1, change: {} });
    await second.session.dispatch({ kind: 'continue', scope: 'all' });
    await second.session.settled();
    expect(numbers(second.session.currentRecord)).toEqual(numbers(plain.session.currentRecord));
  });

  it('that an older lab stored as one value a task goes on with the numbers of an uninterrupted run', async () => {
    const plain = await trained();
    const { session, store } = testSession();
    await session.dispatch({ kind: 'start', config: TINY, scope: 'task' });
    await session.settled();
    const checkpoint = await session.lastCheckpoint();
    for (const key of [...store.entries.keys()]) if (/\/(kept|tensors)\//.test(key)) store.entries.delete(key);
    await store.set('run/run-1/after/1', checkpoint);
    const later = testSession(store);
    await later.session.dispatch({ kind: 'open-run', runId: 'run-1', afterTask: 1, change: {} });
    await later.session.dispatch({ kind: 'continue', scope: 'all' });
    await later.session.settled();
    expect(numbers(later.session.currentRecord)).toEqual(numbers(plain.session.currentRecord));
  });

  it('whose lab crashes while its second task is kept goes on from the first, and nothing of the second stays', async () => {
    const plain = await trained();
    const first = testSession();
    await first.session.dispatch({ kind: 'start', config: TINY, scope: 'task' });
    await first.session.settled();
    const kept = [...first.store.entries.keys()];
    let crashed = false;
    const setMany = first.store.setMany.bind(first.store);
    first.store.setMany = async (entries) => {
      // Its tensors are there by now; what names them is not.
      crashed ||= entries.some(([key]) => key === 'run/run-1/kept/2');
      if (crashed) throw new Error('crashed');
      return setMany(entries);
    };
    first.store.delete = async () => Promise.reject(new Error('crashed'));
    await first.session.dispatch({ kind: 'continue', scope: 'all' });
    await first.session.settled();
    expect(first.store.entries.size).toBeGreaterThan(kept.length);

    const store = new MemoryStore();
    for (const [key, value] of first.store.entries) store.entries.set(key, value);
    const second = testSession(store);
    await second.session.runs.cleanUp();
    expect([...store.entries.keys()]).toEqual(kept);
    await second.session.dispatch({ kind: 'open-run', runId: 'run-1', afterTask: 1, change: {} });
    await second.session.dispatch({ kind: 'continue', scope: 'all' });
    await second.session.settled();
    expect(numbers(second.session.currentRecord)).toEqual(numbers(plain.session.currentRecord));
  });

  it('whose second task the store refuses is whole in memory, and in the store as it was after the first, whatever it is called', async () => {
    const plain = await trained();
    const test = testSession();
    await test.session.dispatch({ kind: 'start', config: TINY, scope: 'task' });
    await test.session.settled();
    const setMany = test.store.setMany.bind(test.store);
    test.store.setMany = async (entries) => {
      if (entries.some(([key]) => key.includes('/tensors/'))) throw new LabError('storage-full', 'No room.', 'Make some.');
      return setMany(entries);
    };
    await test.session.dispatch({ kind: 'continue', scope: 'all' });
    await test.session.settled();
    expect(eventsOf(test.events, 'error')).toMatchObject([{ error: { code: 'storage-full', message: expect.stringContaining('The state after task 2 takes') as string } }]);
    expect((await test.session.judgement(1))!.now.logits.length).toBeGreaterThan(0);
    await test.session.dispatch({ kind: 'annotate-run', runId: 'run-1', name: 'full', note: '' });
    test.store.setMany = setMany;

    const later = testSession(test.store);
    const [stored] = await later.session.runs.list();
    expect(stored).toMatchObject({ name: 'full', finishedTasks: 1 });
    await later.session.dispatch({ kind: 'open-run', runId: 'run-1', afterTask: 1, change: {} });
    await later.session.dispatch({ kind: 'continue', scope: 'all' });
    await later.session.settled();
    expect(numbers(later.session.currentRecord)).toEqual(numbers(plain.session.currentRecord));
  });

  it('branches from an earlier task without touching the run it came from', async () => {
    const { session, store } = await trained();
    const original = structuredClone(store.entries.get('run/run-1/record'));
    await session.dispatch({ kind: 'open-run', runId: 'run-1', afterTask: 1, change: { lambda: 0 } });
    expect(session.currentRecord).toMatchObject({ finishedTasks: 1, parent: { runId: 'run-1', afterTask: 1 } });
    await session.dispatch({ kind: 'continue', scope: 'all' });
    await session.settled();
    expect(session.currentRecord!.accuracyMatrix).toHaveLength(2);
    expect(session.currentRecord!.steps.slice(2).every(({ lambda }) => lambda === 0)).toBe(true);
    expect(store.entries.get('run/run-1/record')).toEqual(original);
  });

  it('takes λ and the learning rate from the next step on', async () => {
    const test = testSession(new MemoryStore(), (event) => {
      if (event.kind === 'phase' && event.phase.kind === 'training' && event.phase.task === 1 && event.phase.step === 0) {
        void test.session.dispatch({ kind: 'adjust', change: { lambda: 5, learningRate: 0.02 } });
      }
    });
    await test.session.dispatch({ kind: 'start', config: TINY, scope: 'all' });
    await test.session.settled();
    expect(test.session.currentRecord!.steps.map(({ lambda, learningRate }) => [lambda, learningRate])).toEqual([
      [TINY.lambda, 0.01], [TINY.lambda, 0.01], [5, 0.02], [5, 0.02],
    ]);
    expect(test.session.currentRecord!.adjustments).toEqual([{ step: 3, change: { lambda: 5, learningRate: 0.02 } }]);
  });

  it('looks for the dip after a switch every so many steps, which changes nothing else', async () => {
    const plain = numbers((await trained({ ...TINY, epochs: 2 })).session.currentRecord);
    const { session, events } = await trained({ ...TINY, epochs: 2, stabilityEvery: 1 });
    const record = session.currentRecord!;
    const dips = record.evaluations.filter(({ midEpoch }) => midEpoch);
    expect(dips.map(({ step, task, epoch }) => [step, task, epoch])).toEqual([[5, 1, 0], [6, 1, 0], [7, 1, 1], [8, 1, 1]]);
    expect(dips.every(({ accuracy }) => accuracy.every((value) => value !== null))).toBe(true);
    expect(eventsOf(events, 'evaluation').map(({ point }) => point)).toEqual(record.evaluations);
    const rest = numbers(record);
    expect({ ...rest, evaluations: rest.evaluations.filter(({ midEpoch }) => !midEpoch) }).toEqual(plain);
    const report = session.report();
    expect(report.averageMinAccuracy!).toBeLessThanOrEqual(record.accuracyMatrix[1]![0]!);
    expect(report.worstCaseAccuracy).not.toBeNull();
    expect(report.stabilityGap!).toBeGreaterThanOrEqual(0);
  });

  it('says which step diverged and keeps the tasks before it', async () => {
    const test = testSession();
    await test.session.dispatch({ kind: 'start', config: TINY, scope: 'task' });
    await test.session.settled();
    await test.session.dispatch({ kind: 'open-run', runId: 'run-1', afterTask: 1, change: { lambda: 1e6, penaltyStep: 'gradient', learningRate: 1, epochs: 20 } });
    await test.session.dispatch({ kind: 'continue', scope: 'all' });
    await test.session.settled();
    const phase = test.session.currentPhase;
    if (phase.kind !== 'failed') throw new Error(`expected a failure, found ${phase.kind}`);
    expect(phase.error.code).toBe('diverged');
    expect(phase.error.message).toMatch(/step \d+ \(task 2, epoch \d+\).*max Ω/);
    expect(phase.error.hint).toContain('proximal');
    expect(test.session.currentRecord!.finishedTasks).toBe(1);
  });

  it.each(['finetune', 'ewc', 'si', 'rwalk', 'lwf', 'frozen', 'replay', 'joint'] as const)('%s trains, resumes and leaves no tensor behind', async (method) => {
    const before = memory().numTensors;
    const { session, events } = await trained({ ...TINY, method });
    expect(eventsOf(events, 'error')).toEqual([]);
    expect(session.currentPhase).toEqual({ kind: 'done' });
    await session.dispatch({ kind: 'open-run', runId: 'run-1', afterTask: 1, change: { epochs: 2 } });
    await session.dispatch({ kind: 'continue', scope: 'all' });
    await session.settled();
    expect(session.currentPhase).toEqual({ kind: 'done' });
    await session.dispatch({ kind: 'reset' });
    expect(memory().numTensors).toBe(before);
  });

  it('refuses what the data cannot give before anything is trained', async () => {
    const { session } = testSession();
    await expect(session.dispatch({ kind: 'start', config: { ...TINY, tasks: 50 }, scope: 'all' })).rejects.toMatchObject({ code: 'data-mismatch' });
    await expect(session.dispatch({ kind: 'start', config: { ...TINY, lambda: -1 }, scope: 'all' })).rejects.toMatchObject({ code: 'config-range' });
    await expect(session.dispatch({ kind: 'pause' })).rejects.toMatchObject({ code: 'run-state' });
  });
});
