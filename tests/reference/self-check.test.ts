import { memory } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { checkNetwork, NETWORK_CHECKS } from '../../src/engine/self-check/network-check.ts';
import { HASH_SCALES, PYTORCH_GRADIENTS, PYTORCH_IMPORTANCES, PYTORCH_LOGITS, PYTORCH_LOSS } from '../../src/engine/self-check/pytorch-numbers.ts';
import { timeSteps } from '../../src/engine/self-check/step-timing.ts';
import { getKernel, registerKernel, unregisterKernel } from '@tensorflow/tfjs-core';
import { LAB_KERNELS } from '../../src/kernels/ops.ts';
import { useBackend } from '../helpers/backends.ts';
import type { FullExpected } from '../helpers/full-network.ts';
import { expectClose, referenceJson } from '../helpers/reference.ts';

async function all<T>(values: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const value of values) list.push(value);
  return list;
}

it('the numbers that the page carries are the reference’s', () => {
  const { cases, weights } = referenceJson<FullExpected>('full', 'expected.json');
  const expected = cases['64'];
  expectClose('logits', PYTORCH_LOGITS.flat(), expected.logits.flat(), 1e-8);
  expectClose('loss', [PYTORCH_LOSS], [expected.loss], 1e-8);
  expect(HASH_SCALES).toEqual(Object.fromEntries(Object.entries(weights).map(([name, { a }]) => [name, a])));
  for (const [mine, theirs] of [[PYTORCH_GRADIENTS, expected.grad], [PYTORCH_IMPORTANCES, expected.omega_global]] as const) {
    expect(Object.keys(mine)).toEqual(Object.keys(theirs));
    for (const [name, digest] of Object.entries(mine)) expectClose(name, [digest.absSum, digest.l2], [theirs[name]!.abs_sum, theirs[name]!.l2], 1e-8);
  }
});

describe('the self-check’s larger cases on wasm', () => {
  beforeAll(() => useBackend('wasm'));

  it('find the network right, and leave no tensor', async () => {
    const before = memory().numTensors;
    const checks = await all(checkNetwork());
    // Logits and loss, 16 gradients, 14 importances.
    expect([checks.length, NETWORK_CHECKS]).toEqual([32, 32]);
    expect(checks.filter(({ right }) => !right)).toEqual([]);
    expect(memory().numTensors).toBe(before);
  });

  it('notice a gradient that is wrong', async () => {
    const name = LAB_KERNELS.channelSum;
    const own = getKernel(name, 'wasm');
    unregisterKernel(name, 'wasm');
    registerKernel({ kernelName: name, backendName: 'wasm', kernelFunc: (params) => own.kernelFunc({ ...params, attrs: { perImage: 'square' } }) });
    const wrong = (await all(checkNetwork())).filter(({ right }) => !right).map(({ what }) => what);
    unregisterKernel(name, 'wasm');
    registerKernel({ kernelName: name, backendName: 'wasm', kernelFunc: own.kernelFunc });
    expect(wrong).toContain('gradient of features.3.bias');
    expect(wrong).not.toContain('gradient of features.3.weight');
  });

  it('time both sides of one and the same step', async () => {
    const before = memory().numTensors;
    // A clock that goes a thousandth as fast as the wall's: any machine seems a fast one.
    const timing = await timeSteps(() => performance.now() / 1000, async () => true);
    expect(timing!.what).toContain('alexnet-compact, 32 images');
    expect(timing!.lossGap).toBeLessThan(1e-3);
    expect(timing!.labMs).toBeGreaterThan(0);
    // TensorFlow.js's momentum optimizer keeps its learning rate's scalar.
    expect(memory().numTensors).toBe(before + 2);
  });

  it('time a smaller network where the usual one would take minutes', async () => {
    const timing = await timeSteps(() => performance.now() * 1000, async () => true);
    expect(timing!.what).toContain('small-conv, 8 images');
    expect(timing!.lossGap).toBeLessThan(1e-3);
  });

  it.each([5, 20])('leave no tensor where they are stopped after %i', async (count) => {
    const before = memory().numTensors;
    let seen = 0;
    for await (const _ of checkNetwork()) if (++seen === count) break;
    expect(memory().numTensors).toBe(before);
    let asked = 0;
    expect(await timeSteps(() => performance.now(), async () => ++asked < 3)).toBeNull();
    expect(memory().numTensors).toBe(before + 1);
  });
});
