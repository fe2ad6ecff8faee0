import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { sgdUpdate, type UpdateOptions } from '../../src/kernels/ops.ts';
import { KERNEL_SETS, useKernels } from '../helpers/backends.ts';
import { naiveSgdUpdate } from '../helpers/naive.ts';
import { expectClose, normals } from '../helpers/numbers.ts';

const SIZES = [1, 5, 16, 257, 4099];
const FORMS = ['gradient', 'proximal'] as const;

describe.each(KERNEL_SETS)('sgdUpdate, $kernels kernels on $backend', (set) => {
  beforeAll(() => useKernels(set));

  describe.each(FORMS)('%s form', (penaltyStep) => {
    it.each(SIZES)('of %i elements, three steps in place', async (size) => {
      const options: UpdateOptions = { learningRate: 0.05, momentum: 0.9, weightDecay: 0.01, lambda: 1.5, penaltyStep };
      const start = normals([size], 'theta');
      const anchors = normals([size], 'anchor');
      const omegas = normals([size], 'omega').map((value, i) => (i % 3 === 0 ? 0 : Math.abs(value)));
      const theta = tf.tensor1d(start);
      const velocity = tf.zeros([size]);
      const omega = tf.tensor1d(omegas);
      const anchor = tf.tensor1d(anchors);
      // A view of the same data must see the change.
      const view = tf.reshape(theta, [size, 1]);
      const expected = Array.from(start, (value) => ({ theta: value, velocity: 0 }));
      for (let step = 0; step < 3; step++) {
        const grads = normals([size], `grad ${step}`);
        const grad = tf.tensor1d(grads);
        const before = tf.memory().numDataBuffers;
        sgdUpdate({ theta, velocity, grad, omega, anchor }, options);
        expect(tf.memory().numDataBuffers).toBe(before);
        grad.dispose();
        expected.forEach((element, i) => {
          Object.assign(element, naiveSgdUpdate({ ...element, grad: grads[i]!, omega: omegas[i]!, anchor: anchors[i]! }, options));
        });
        // Read after each step: a copy cached by the read must not hide the next step's result.
        expectClose(await theta.data(), expected.map((element) => element.theta), 1e-6);
        expectClose(await velocity.data(), expected.map((element) => element.velocity), 1e-6);
      }
      expectClose(await view.data(), expected.map((element) => element.theta), 1e-6);
      expectClose(await omega.data(), omegas, 0);
      tf.dispose([theta, velocity, omega, anchor, view]);
    });

    it('without a penalty is SGD with momentum', async () => {
      const theta = tf.tensor1d([1, -2, 0.5]);
      const velocity = tf.tensor1d([0.5, 0, -1]);
      const grad = tf.tensor1d([1, 2, 3]);
      sgdUpdate({ theta, velocity, grad }, { learningRate: 0.5, momentum: 0.5, weightDecay: 0, lambda: 7, penaltyStep });
      expect([...(await velocity.data())]).toEqual([1.25, 2, 2.5]);
      expect([...(await theta.data())]).toEqual([0.375, -3, -0.75]);
      tf.dispose([theta, velocity, grad]);
    });

    it('with λ = 0 or Ω = 0 equals the step without a penalty, bit for bit', async () => {
      const options: UpdateOptions = { learningRate: 0.03, momentum: 0.9, weightDecay: 0, lambda: 0, penaltyStep };
      const run = async (lambda: number, omegas?: Float32Array): Promise<number[]> => {
        const theta = tf.tensor1d(normals([37], 'theta'));
        const velocity = tf.tensor1d(normals([37], 'velocity'));
        const grad = tf.tensor1d(normals([37], 'grad'));
        const penalty = omegas ? { omega: tf.tensor1d(omegas), anchor: tf.tensor1d(normals([37], 'anchor')) } : {};
        sgdUpdate({ theta, velocity, grad, ...penalty }, { ...options, lambda });
        const result = [...(await theta.data()), ...(await velocity.data())];
        tf.dispose([theta, velocity, grad, ...Object.values(penalty)]);
        return result;
      };
      const plain = await run(0);
      expect(await run(0, normals([37], 'omega').map(Math.abs))).toEqual(plain);
      expect(await run(1e6, new Float32Array(37))).toEqual(plain);
    });

    it('without momentum needs no buffer', async () => {
      const options: UpdateOptions = { learningRate: 0.1, momentum: 0, weightDecay: 0, lambda: 2, penaltyStep };
      const theta = tf.tensor1d([1, 2, 3, 4, 5]);
      const grad = tf.tensor1d([0.5, -1, 2, 0, 1]);
      const omega = tf.tensor1d([0, 1, 2, 3, 4]);
      const anchor = tf.tensor1d([0, 0, 1, 1, 2]);
      sgdUpdate({ theta, grad, omega, anchor }, options);
      const expected = [1, 2, 3, 4, 5].map(
        (value, i) =>
          naiveSgdUpdate(
            { theta: value, velocity: 0, grad: [0.5, -1, 2, 0, 1][i]!, omega: i, anchor: [0, 0, 1, 1, 2][i]! },
            options,
          ).theta,
      );
      expectClose(await theta.data(), expected, 1e-6);
      tf.dispose([theta, grad, omega, anchor]);
    });
  });

  it('stays finite and goes to the anchor at λ = 10⁶, proximal', async () => {
    const theta = tf.tensor1d([3, -3]);
    const velocity = tf.zeros([2]);
    const grad = tf.tensor1d([1, 1]);
    const omega = tf.tensor1d([50, 50]);
    const anchor = tf.tensor1d([1, 1]);
    const options: UpdateOptions = { learningRate: 0.01, momentum: 0.9, weightDecay: 0, lambda: 1e6, penaltyStep: 'proximal' };
    for (let step = 0; step < 50; step++) sgdUpdate({ theta, velocity, grad, omega, anchor }, options);
    expectClose(await theta.data(), [1, 1], 1e-5);
    tf.dispose([theta, velocity, grad, omega, anchor]);
  });
});
