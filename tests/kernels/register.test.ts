import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { LAB_KERNELS, reluGrad } from '../../src/kernels/ops.ts';
import { registerLabKernels, replaceKernel } from '../../src/kernels/register.ts';
import { BACKENDS, useBackend } from '../helpers/backends.ts';

describe.each(BACKENDS)('registered kernels on %s', (backend) => {
  it('has every kernel', async () => {
    await useBackend(backend);
    const missing = Object.values(LAB_KERNELS).filter((name) => !tf.getKernel(name, backend));
    expect(missing).toEqual([]);
  });

  it('replaces a wrong kernel by stock operations, and only that one', async () => {
    await useBackend(backend);
    const wrong: tf.KernelConfig['kernelFunc'] = ({ inputs }) => tf.zerosLike(inputs['dy'] as tf.Tensor);
    registerLabKernels(backend, { [LAB_KERNELS.reluGrad]: wrong, [LAB_KERNELS.dropout]: wrong });
    const run = async (): Promise<number[]> => {
      const result = tf.tidy(() => reluGrad(tf.tensor1d([1, 2]), tf.tensor1d([3, 0])));
      const values = [...(await result.data())];
      result.dispose();
      return values;
    };
    expect(await run()).toEqual([0, 0]);
    replaceKernel(backend, LAB_KERNELS.reluGrad);
    expect(await run()).toEqual([1, 0]);
    expect(tf.getKernel(LAB_KERNELS.dropout, backend).kernelFunc).toBe(wrong);
  });
});
