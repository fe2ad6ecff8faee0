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

  // A weight in the valley h/2 (θ − c)², pulled towards θ*: where it comes to rest no momentum and no λ may matter.
  it.each([0, 0.5, 0.9])('comes to rest at (h c + 2λΩθ*) / (h + 2λΩ) for λ from 10⁻³ to 10⁶, momentum %d', async (momentum) => {
    const pulls = [1e-3, 1e-1, 1, 30, 1e3, 1e6];
    const valleys = [0.5, 2, 6];
    const cases = pulls.flatMap((lambda) => valleys.map((h, i) => ({ lambda, h, c: 3 - 2 * i, omega: [0.2, 1, 4][i]!, anchor: i - 1 })));
    const h = tf.tensor1d(cases.map((each) => each.h));
    const centre = tf.tensor1d(cases.map((each) => each.c));
    const anchor = tf.tensor1d(cases.map((each) => each.anchor));
    // λ and Ω only act as their product, so one call serves all λ.
    const omega = tf.tensor1d(cases.map((each) => each.lambda * each.omega));
    const theta = tf.tensor1d(normals([cases.length], 'start'));
    const velocity = tf.zeros([cases.length]);
    const options: UpdateOptions = { learningRate: 0.1, momentum, weightDecay: 0, lambda: 1, penaltyStep: 'proximal' };
    for (let step = 0; step < 400; step++) {
      const grad = tf.tidy(() => tf.mul(h, tf.sub(theta, centre)));
      sgdUpdate(momentum === 0 ? { theta, grad, omega, anchor } : { theta, velocity, grad, omega, anchor }, options);
      grad.dispose();
    }
    const rest = cases.map((each) => (each.h * each.c + 2 * each.lambda * each.omega * each.anchor) / (each.h + 2 * each.lambda * each.omega));
    const found = await theta.data();
    rest.forEach((value, i) => expect(Math.abs(found[i]! - value), `λ = ${cases[i]!.lambda}, h = ${cases[i]!.h}`).toBeLessThan(1e-4));
    tf.dispose([h, centre, anchor, omega, theta, velocity]);
  });

  it('follows the gradient form where lr · λ · Ω is small, and the closer the smaller it is', async () => {
    // The same way in finer and finer steps: lr · steps stays.
    const run = async (steps: number, lambda: number, penaltyStep: UpdateOptions['penaltyStep']): Promise<Float32Array> => {
      const theta = tf.tensor1d(normals([64], 'theta'));
      const velocity = tf.zeros([64]);
      const omega = tf.tensor1d(normals([64], 'omega').map(Math.abs));
      const anchor = tf.tensor1d(normals([64], 'anchor'));
      for (let step = 0; step < steps; step++) {
        const grad = tf.tidy(() => tf.mul(theta, 0.3));
        sgdUpdate({ theta, velocity, grad, omega, anchor }, { learningRate: 0.2 / steps, momentum: 0.9, weightDecay: 0, lambda, penaltyStep });
        grad.dispose();
      }
      const values = Float32Array.from(await theta.data());
      tf.dispose([theta, velocity, omega, anchor]);
      return values;
    };
    const gap = (a: Float32Array, b: Float32Array): number => Math.max(...Array.from(a, (value, i) => Math.abs(value - b[i]!)));
    const coarse = await run(100, 0.4, 'gradient');
    const [far, near] = [gap(await run(100, 0.4, 'proximal'), coarse), gap(await run(400, 0.4, 'proximal'), await run(400, 0.4, 'gradient'))];
    const effect = gap(coarse, await run(100, 0, 'gradient'));
    expect(far).toBeLessThan(0.02 * effect);
    expect(near).toBeLessThan(far / 3);
  });
});
