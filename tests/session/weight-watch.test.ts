import { memory } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import type { RunConfig } from '../../src/core/config.ts';
import type { WeightUpdate } from '../../src/core/watched-weight.ts';
import { engineIndex, torchIndex } from '../../src/engine/model/layout.ts';
import { modelSpec } from '../../src/engine/model/models.ts';
import { backboneParams } from '../../src/engine/model/spec.ts';
import { useBackend } from '../helpers/backends.ts';
import { eventsOf, MemoryStore, testSession, TINY } from '../helpers/session.ts';

beforeAll(() => useBackend('wasm'));

/** The machine may be busy. */
const PATIENT = { timeout: 30_000 };
const CONFIG: RunConfig = { ...TINY, lambda: 3, momentum: 0.9, weightDecay: 0.01 };

/** Trains the second task step by step with its most important weight watched. */
async function steppedUpdates(config: RunConfig): Promise<{ updates: WeightUpdate[]; test: ReturnType<typeof testSession> }> {
  const test = testSession();
  await test.session.dispatch({ kind: 'start', config, scope: 'task' });
  await test.session.settled();
  await test.session.dispatch({ kind: 'watch', choice: { kind: 'important' } });
  for (let step = 0; step < 2; step++) {
    const paused = eventsOf(test.events, 'phase').filter(({ phase }) => phase.kind === 'paused').length;
    await test.session.dispatch({ kind: 'step' });
    if (step === 0) await expect.poll(() => eventsOf(test.events, 'phase').filter(({ phase }) => phase.kind === 'paused').length, PATIENT).toBeGreaterThan(paused);
  }
  await test.session.settled();
  return { updates: eventsOf(test.events, 'update').map(({ update }) => update), test };
}

/** Equal as far as float32 goes. */
function near(found: number, expected: number): void {
  expect(Math.abs(found - expected), `${found} against ${expected}`).toBeLessThanOrEqual(2e-6 * Math.max(1e-3, Math.abs(expected), Math.abs(found)));
}

describe('a watched weight', () => {
  it('is the one of largest Ω, with its anchor', async () => {
    const { test } = await steppedUpdates(CONFIG);
    const watched = eventsOf(test.events, 'watched')[0]!.weight;
    expect(watched.omega).toBe(test.session.currentRecord!.importances[0]!.maxOmega);
    expect(watched.theta).toBe(watched.anchor);
  });

  it.each([
    { penaltyStep: 'gradient', backend: 'wasm' }, { penaltyStep: 'proximal', backend: 'wasm' },
    { penaltyStep: 'gradient', backend: 'webgpu' }, { penaltyStep: 'proximal', backend: 'webgpu' },
  ] as const)('moves as the $penaltyStep form says on $backend', async ({ penaltyStep, backend }) => {
    await useBackend(backend);
    // A software adapter is slow.
    const { updates } = await steppedUpdates({ ...CONFIG, penaltyStep, ...(backend === 'webgpu' ? { model: 'small-conv' } : {}) }).finally(() => useBackend('wasm'));
    expect(updates.map(({ step, task }) => [step, task])).toEqual([[3, 1], [4, 1]]);
    expect(updates[1]!.theta).toBe(updates[0]!.thetaAfter);
    expect(updates[1]!.velocity).toBe(updates[0]!.velocityAfter);
    expect(updates.some(({ gradient }) => gradient !== 0)).toBe(true);
    for (const update of updates) {
      const { learningRate: lr, momentum, weightDecay, lambda, gradient, velocity, theta } = update;
      const omega = update.omega!;
      const anchor = update.anchor!;
      const loss = gradient + weightDecay * theta;
      if (penaltyStep === 'gradient') {
        near(update.velocityAfter, momentum * velocity + loss + 2 * lambda * omega * (theta - anchor));
        near(update.thetaAfter, theta - lr * update.velocityAfter);
      } else {
        const free = theta - lr * (momentum * velocity + loss);
        near(update.thetaAfter, (free + 2 * lr * lambda * omega * anchor) / (1 + 2 * lr * lambda * omega));
        // WGSL may round θ once more in between: there the movement is as exact as θ itself.
        if (backend === 'wasm') near(update.velocityAfter * lr, theta - update.thetaAfter);
        else near(theta - update.velocityAfter * lr, update.thetaAfter);
      }
    }
  });

  it('has no pull in the first task', async () => {
    const test = testSession();
    await test.session.dispatch({ kind: 'watch', choice: { kind: 'at', parameter: 'classifier.1.weight', index: 7 } });
    await test.session.dispatch({ kind: 'start', config: CONFIG, scope: 'task' });
    await test.session.settled();
    const updates = eventsOf(test.events, 'update').map(({ update }) => update);
    expect(updates.length).toBeGreaterThan(0);
    for (const update of updates) expect(update).toMatchObject({ parameter: 'classifier.1.weight', index: 7, omega: null, anchor: null });
  });

  it('changes nothing about the run, and leaves no tensor behind', async () => {
    const before = memory().numTensors;
    const losses: number[][] = [];
    for (const choice of [null, { kind: 'random' }] as const) {
      const test = testSession(new MemoryStore());
      await test.session.dispatch({ kind: 'watch', choice });
      await test.session.dispatch({ kind: 'start', config: CONFIG, scope: 'all' });
      await test.session.settled();
      expect(eventsOf(test.events, 'update').length > 0).toBe(choice !== null);
      losses.push(test.session.currentRecord!.steps.map(({ loss }) => loss));
      await test.session.dispatch({ kind: 'reset' });
    }
    expect(losses[1]).toEqual(losses[0]);
    expect(memory().numTensors).toBe(before);
  });

  it('must be one that is trained', async () => {
    const test = testSession();
    await test.session.dispatch({ kind: 'start', config: CONFIG, scope: 'task' });
    await test.session.settled();
    await expect(test.session.dispatch({ kind: 'watch', choice: { kind: 'at', parameter: 'features.99.weight', index: 0 } })).rejects.toMatchObject({ code: 'config-range' });
    await expect(test.session.dispatch({ kind: 'watch', choice: { kind: 'at', parameter: 'features.0.bias', index: 1e6 } })).rejects.toMatchObject({ code: 'config-range' });
  });
});

describe('one epoch at a time', () => {
  it('holds at the first step of the next epoch', async () => {
    const test = testSession();
    await test.session.dispatch({ kind: 'start', config: { ...CONFIG, epochs: 2 }, scope: 'task' });
    await test.session.dispatch({ kind: 'train-through', stretch: 'epoch' });
    await expect.poll(() => test.session.currentPhase, PATIENT).toMatchObject({ kind: 'paused', epoch: 1, step: 0 });
    await test.session.dispatch({ kind: 'train-through', stretch: 'epoch' });
    await test.session.settled();
    expect(test.session.currentPhase).toEqual({ kind: 'ready', finished: 1 });
  });

  it('and one task, where all were asked for', async () => {
    const test = testSession();
    await test.session.dispatch({ kind: 'start', config: CONFIG, scope: 'all' });
    await test.session.dispatch({ kind: 'train-through', stretch: 'task' });
    await expect.poll(() => test.session.currentPhase, PATIENT).toMatchObject({ kind: 'paused', task: 1, step: 0 });
    await test.session.dispatch({ kind: 'stop' });
  });
});

describe('places of weights', () => {
  it('are the same in both layouts, there and back', () => {
    for (const id of ['alexnet-compact', 'mlp'] as const) {
      const model = modelSpec(id, 0);
      for (const param of backboneParams(model)) {
        const count = param.shape.reduce((a, b) => a * b, 1);
        for (let k = 0; k < count; k += Math.max(1, Math.floor(count / 97))) expect(engineIndex(param, model, torchIndex(param, model, k))).toBe(k);
      }
    }
  });
});
