import { beforeAll, describe, expect, it } from 'vitest';
import { getKernel, memory, registerKernel, tensor1d, unregisterKernel } from '@tensorflow/tfjs-core';
import { LAB_KERNELS } from '../../src/kernels/ops.ts';
import { replaceKernel } from '../../src/kernels/register.ts';
import { checkAndReplace, checkKernels, kernelCaseCount } from '../../src/kernels/self-check.ts';
import { webgpuKernels } from '../../src/kernels/webgpu/kernels.ts';
import { BACKENDS, useBackend } from '../helpers/backends.ts';
import { eventsOf, testSession, TINY } from '../helpers/session.ts';

describe.each(BACKENDS)('the self-check on %s', (backend) => {
  beforeAll(() => useBackend(backend));

  it('finds every kernel right, has a case for each, and leaves no tensor', async () => {
    const before = memory().numTensors;
    const checks = [];
    for await (const check of checkKernels(backend)) checks.push(check);
    expect(checks).toHaveLength(kernelCaseCount());
    expect(checks.filter(({ right }) => !right)).toEqual([]);
    expect(new Set(checks.map(({ kernel }) => kernel))).toEqual(new Set(Object.values(LAB_KERNELS)));
    expect(memory().numTensors).toBe(before);
  });
});

describe('a kernel of subgroups that is wrong on this device', () => {
  it('gives way to the one without', async () => {
    await useBackend('webgpu');
    const name = LAB_KERNELS.softmaxCrossEntropy;
    const own = getKernel(name, 'webgpu').kernelFunc;
    expect(own).not.toBe(webgpuKernels[name]);
    // Other labels than those given.
    replaceKernel('webgpu', name, (params) => own({ ...params, inputs: { ...params.inputs, labels: tensor1d([1, 1, 1], 'int32') } }));
    expect(await checkAndReplace('webgpu', webgpuKernels)).toEqual([]);
    expect(getKernel(name, 'webgpu').kernelFunc).toBe(webgpuKernels[name]);
  });
});

describe('a kernel that is wrong on this device', () => {
  beforeAll(() => useBackend('wasm'));

  /** Breaks a kernel: 'off' returns its input gradient halved, 'throws' does not run at all. */
  function breakKernel(how: 'off' | 'throws'): void {
    const name = LAB_KERNELS.reluGrad;
    const own = getKernel(name, 'wasm');
    unregisterKernel(name, 'wasm');
    registerKernel({
      kernelName: name,
      backendName: 'wasm',
      kernelFunc: (params) => {
        if (how === 'throws') throw new Error('shader does not compile');
        return own.kernelFunc({ ...params, inputs: { ...params.inputs, y: params.inputs['dy']! } });
      },
    });
  }

  it.each(['off', 'throws'] as const)('is named, replaced, and training is right all the same (%s)', async (how) => {
    const plain = testSession();
    await plain.session.dispatch({ kind: 'start', config: TINY, scope: 'task' });
    await plain.session.settled();

    breakKernel(how);
    expect(await checkAndReplace('wasm')).toEqual([LAB_KERNELS.reluGrad]);
    expect(await checkAndReplace('wasm')).toEqual([]);

    const mended = testSession();
    await mended.session.dispatch({ kind: 'start', config: TINY, scope: 'task' });
    await mended.session.settled();
    expect(eventsOf(mended.events, 'error')).toEqual([]);
    const losses = (test: typeof plain): number[] => test.session.currentRecord!.steps.map(({ loss }) => loss);
    losses(mended).forEach((loss, i) => expect(loss).toBeCloseTo(losses(plain)[i]!, 5));
  });
});
