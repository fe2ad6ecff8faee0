/** The example of docs/add-a-method.md, word for word, plugged into the trainer. */
import { memory, tensor4d } from '@tensorflow/tfjs-core';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_CONFIG } from '../../src/core/config.ts';
import { Finetune } from '../../src/engine/methods/finetune.ts';
import type { Method } from '../../src/engine/methods/method.ts';
import { trainableParams, type ModelSpec } from '../../src/engine/model/spec.ts';
import { addHead, createNetwork, disposeNetwork, type NetworkState } from '../../src/engine/network-state.ts';
import { Trainer } from '../../src/engine/trainer.ts';
import { BACKENDS, useBackend } from '../helpers/backends.ts';
import { Magnitude } from '../helpers/magnitude.ts';
import { normals } from '../helpers/numbers.ts';
import { expectClose } from '../helpers/reference.ts';

const ROOT = join(import.meta.dirname, '../..');

const MODEL: ModelSpec = {
  id: 'tiny',
  input: { size: 4, channels: 1, mean: [0], std: [1] },
  layers: [{ kind: 'flatten' }, { kind: 'linear', name: 'hidden.0', inFeatures: 16, outFeatures: 6, relu: true }],
  features: 6,
  headName: 'head',
};

interface Trained {
  readonly network: NetworkState;
  /** Backbone right after each task. */
  readonly backbones: readonly (readonly number[])[];
  /** Tensors alive after each task. */
  readonly tensors: readonly number[];
}

/** Three tasks of four steps each; the measuring that a method may ask for is not used here. */
async function train(method: Method, lambda: number): Promise<Trained> {
  const network = createNetwork(MODEL, 5);
  for (let task = 0; task < 3; task++) addHead(network, 2, 5);
  const trainer = new Trainer(network, trainableParams(MODEL, 5), method, DEFAULT_CONFIG);
  const backbones: number[][] = [];
  const tensors: number[] = [];
  for (let task = 0; task < 3; task++) {
    trainer.resetOptimizer();
    method.beforeTask?.(trainer.context(lambda), task);
    for (let step = 0; step < 4; step++) {
      const x = tensor4d(normals([8, 4, 4, 1], `task ${task}, step ${step}`), [8, 4, 4, 1]);
      const labels = Int32Array.from({ length: 8 }, (_, k) => (k + task) % 2);
      const settings = { lambda, learningRate: 0.1, momentum: 0.9, weightDecay: 0, penaltyStep: 'proximal', dropoutSeed: 0 } as const;
      trainer.step(task, { x, segments: [{ task, labels }] }, settings).dispose();
      x.dispose();
    }
    await method.afterTask?.(trainer.context(lambda), task, () => Promise.reject(new Error('not asked for')));
    // As the lab does once its views have read the task's own Ω.
    method.forgetOwnOmega?.();
    trainer.resetOptimizer();
    backbones.push(await numbers(network));
    tensors.push(memory().numTensors);
  }
  trainer.dispose();
  return { network, backbones, tensors };
}

async function numbers({ backbone }: NetworkState): Promise<number[]> {
  const parts: number[] = [];
  for (const value of backbone.values()) parts.push(...(await value.data()));
  return parts;
}

const movement = (before: readonly number[], after: readonly number[]): number => Math.hypot(...after.map((value, i) => value - before[i]!));

it('the page shows the example that is tested here', () => {
  const block = /```ts\n([\s\S]*?)```/.exec(readFileSync(join(ROOT, 'docs/add-a-method.md'), 'utf8'))?.[1] ?? '';
  const shown = block.replaceAll(/^ {3}/gm, '').trim().replaceAll("from './", "from '../../src/engine/methods/");
  expect(shown).toBe(readFileSync(join(ROOT, 'tests/helpers/magnitude.ts'), 'utf8').trim());
});

describe.each(BACKENDS)('a method of one’s own on %s', (backend) => {
  beforeAll(() => useBackend(backend));

  it('has the importance it defines, summed over tasks, around the newest anchor', async () => {
    const method = new Magnitude();
    const { network, backbones } = await train(method, 0.1);
    const omega = [];
    for (const value of method.omega()!.values()) omega.push(...(await value.data()));
    const anchor = [];
    for (const value of method.anchor()!.values()) anchor.push(...(await value.data()));
    expectClose('Ω', omega, backbones[0]!.map((_, i) => backbones.reduce((sum, values) => sum + Math.abs(values[i]!), 0)), 1e-6);
    expect(anchor).toEqual(backbones[2]);
    method.dispose();
    disposeNetwork(network);
  });

  it('trains as fine-tuning does at λ = 0, and holds what it protects at a large λ', async () => {
    const free = await train(new Finetune(), 0);
    const unprotected = await train(new Magnitude(), 0);
    expect(unprotected.backbones).toEqual(free.backbones);
    const held = await train(new Magnitude(), 1e5);
    expect(held.backbones[0]).toEqual(free.backbones[0]);
    expect(movement(held.backbones[0]!, held.backbones[2]!)).toBeLessThan(0.05 * movement(free.backbones[0]!, free.backbones[2]!));
    [free, unprotected, held].forEach(({ network }) => disposeNetwork(network));
  });

  it('keeps as many tensors after three tasks as after one, and none when it is disposed', async () => {
    const before = memory().numTensors;
    const method = new Magnitude();
    const { network, tensors } = await train(method, 1);
    expect(tensors).toEqual([tensors[0], tensors[0], tensors[0]]);
    method.dispose();
    disposeNetwork(network);
    expect(memory().numTensors).toBe(before);
  });
});
