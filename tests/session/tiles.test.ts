/** Tiles chosen while a run trains: they change no number of it, and measuring ends where a person stops or pauses. */
import * as tf from '@tensorflow/tfjs-core';
import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import { beforeAll, describe, expect, it } from 'vitest';
import type { MeasuredTiles } from '../../src/core/measured-tiles.ts';
import { alternativePlans } from '../../src/kernels/webgpu/gemm-plan.ts';
import { collectProducts, type TilePlans } from '../../src/kernels/webgpu/tile-plans.ts';
import type { TileTuner } from '../../src/kernels/webgpu/tuner.ts';
import { TileTuning } from '../../src/platform/tile-tuning.ts';
import { useBackend } from '../helpers/backends.ts';
import { eventsOf, MemoryStore, testSession, TINY, type TestSession } from '../helpers/session.ts';

describe('a run on WebGPU', () => {
  beforeAll(() => useBackend('webgpu'));

  async function trained(tune: () => Promise<void>): Promise<TestSession> {
    const test = testSession(undefined, undefined, undefined, tune);
    await test.session.dispatch({ kind: 'start', config: { ...TINY, model: 'small-conv', batchSize: 7, epochs: 2 }, scope: 'all' });
    await test.session.settled();
    expect(eventsOf(test.events, 'error')).toEqual([]);
    return test;
  }

  it('has the same losses, importances and accuracies in other tiles, to the bit', async () => {
    const usual = await trained(async () => undefined);
    const plans: TilePlans = collectProducts((tf.backend() as WebGPUBackend).device);
    let chosen = 0;
    const other = await trained(async () => {
      for (const product of plans.waiting) {
        const { usual: plan, rows, columns, depth, folds } = product;
        const [first] = alternativePlans(plan, rows, columns, depth, folds);
        if (!first) plans.settle(product);
        else plans.choose(product, first, 1, 2);
        chosen++;
      }
    });
    expect(chosen).toBeGreaterThan(4);
    for (const kind of ['steps', 'importance', 'evaluation'] as const) {
      const plain = (test: TestSession): unknown[] => eventsOf(test.events, kind).map((event) => JSON.parse(JSON.stringify(event, (key, value: unknown) => (key === 'elapsedMs' ? 0 : value))));
      expect(plain(usual).length).toBeGreaterThan(0);
      expect(plain(other)).toEqual(plain(usual));
    }
  });
});

describe('measuring between steps', () => {
  beforeAll(() => useBackend('wasm'));

  it('is told at once of a pause, and of a stop', async () => {
    const asked: boolean[] = [];
    const test = testSession(undefined, undefined, undefined, async (goOn) => {
      if (asked.length > 0) return;
      asked.push(goOn());
      await test.session.dispatch({ kind: 'pause' });
      asked.push(goOn());
      await test.session.dispatch({ kind: 'resume' });
      asked.push(goOn());
      void test.session.dispatch({ kind: 'stop' });
      asked.push(goOn());
    });
    await test.session.dispatch({ kind: 'start', config: TINY, scope: 'task' });
    await test.session.settled();
    expect(asked).toEqual([true, false, true, false]);
    expect(test.session.currentRecord!.finishedTasks).toBe(0);
    expect(eventsOf(test.events, 'error')).toEqual([]);
  });
});

describe('what was measured', () => {
  const one: MeasuredTiles = { product: 'gemm', sourceHash: 'ab', tiles: '32x64x16/4', usualTiles: '64x64x16/4', ms: 1, usualMs: 2 };
  const adapter = { vendor: 'v', architecture: 'a', device: 'd', description: 'x' };

  /** A tuner that measures `one` and keeps what it is given. */
  function tuner(measure: () => Promise<boolean> = async () => true): TileTuner & { restored: readonly MeasuredTiles[] } {
    const fake = {
      restored: [] as readonly MeasuredTiles[],
      plans: { restore: (measured: readonly MeasuredTiles[]) => void (fake.restored = measured) },
      report: { measured: [one], elapsedMs: 3 },
      measure,
    };
    return fake as unknown as TileTuner & { restored: readonly MeasuredTiles[] };
  }

  it('is kept for the next visit on the same adapter, and on no other', async () => {
    const store = new MemoryStore();
    const first = new TileTuning(tuner(), adapter);
    await first.keepIn(store);
    expect(await first.measure(() => true)).toEqual({ kind: 'tiles', tiles: { measured: [one], elapsedMs: 3 } });

    const same = tuner();
    await new TileTuning(same, adapter).keepIn(store);
    expect(same.restored).toEqual([one]);
    const other = tuner();
    await new TileTuning(other, { ...adapter, device: 'e' }).keepIn(store);
    expect(other.restored).toEqual([]);
  });

  it('is not taken from a store that holds something else, or fails', async () => {
    const store = new MemoryStore();
    await store.set('tiles/v/a/d/x', [{ ...one, ms: 'fast' }]);
    const fake = tuner();
    await new TileTuning(fake, adapter).keepIn(store);
    await new TileTuning(fake, adapter).keepIn({ get: () => Promise.reject(new Error('no store')), set: async () => undefined });
    expect(fake.restored).toEqual([]);
  });

  it('and what could not be: a notice, never a failure', async () => {
    const failing = new TileTuning(tuner(() => Promise.reject(new Error('out of memory'))), adapter);
    expect(await failing.measure(() => true)).toMatchObject({ kind: 'notice', text: expect.stringContaining('out of memory') as string });
    expect(await new TileTuning(tuner(async () => false), adapter).measure(() => true)).toBeNull();
  });
});
