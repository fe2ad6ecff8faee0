import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { denseUpdate, type UpdateOptions } from '../../src/kernels/ops.ts';
import { KERNEL_SETS, useKernels } from '../helpers/backends.ts';
import { naiveSgdUpdate } from '../helpers/naive.ts';
import { expectClose, normals } from '../helpers/numbers.ts';

/** Images, inputs, outputs: one of each, primes, one past a tile, more images than a slice of depth. */
const SHAPES = [[1, 1, 1], [7, 13, 5], [3, 65, 68], [33, 129, 17], [8, 64, 64], [600, 5, 4]] as const;

describe.each(KERNEL_SETS)('denseUpdate, $kernels kernels on $backend', (set) => {
  beforeAll(() => useKernels(set));

  describe.each(['gradient', 'proximal'] as const)('%s form', (penaltyStep) => {
    it.each(SHAPES)('of %i images, [%i, %i], two steps in place', async (images, inputs, outputs) => {
      const options: UpdateOptions = { learningRate: 0.05, momentum: 0.9, weightDecay: 0.01, lambda: 1.5, penaltyStep };
      const size = inputs * outputs;
      const [start, anchors] = [normals([size], 'theta'), normals([size], 'anchor')];
      const omegas = normals([size], 'omega').map((value, i) => (i % 3 === 0 ? 0 : Math.abs(value)));
      const shape: [number, number] = [inputs, outputs];
      const [theta, velocity] = [tf.tensor2d(start, shape), tf.zeros(shape)];
      const [omega, anchor] = [tf.tensor2d(omegas, shape), tf.tensor2d(anchors, shape)];
      const expected = Array.from(start, (value) => ({ theta: value, velocity: 0 }));
      for (let step = 0; step < 2; step++) {
        const [xs, dys] = [normals([images, inputs], `x ${step}`), normals([images, outputs], `dy ${step}`)];
        const [x, dy] = [tf.tensor2d(xs, [images, inputs]), tf.tensor2d(dys, [images, outputs])];
        const before = tf.memory().numDataBuffers;
        denseUpdate(x, dy, { theta, velocity, omega, anchor }, options);
        expect(tf.memory().numDataBuffers).toBe(before);
        tf.dispose([x, dy]);
        expected.forEach((element, at) => {
          const [i, o] = [Math.floor(at / outputs), at % outputs];
          let grad = 0;
          for (let n = 0; n < images; n++) grad += xs[n * inputs + i]! * dys[n * outputs + o]!;
          Object.assign(element, naiveSgdUpdate({ ...element, grad, omega: omegas[at]!, anchor: anchors[at]! }, options));
        });
        // Read after each step: a copy cached by the read must not hide the next step's result.
        expectClose(await theta.data(), expected.map((element) => element.theta), 3e-6);
        expectClose(await velocity.data(), expected.map((element) => element.velocity), 3e-6);
      }
      expectClose(await omega.data(), omegas, 0);
      tf.dispose([theta, velocity, omega, anchor]);
    });
  });

  it('without momentum or penalty is plain SGD', async () => {
    const [x, dy, theta] = [tf.tensor2d([[1, 2], [3, 4]]), tf.tensor2d([[1, 0, -1], [2, 1, 0]]), tf.ones([2, 3]) as tf.Tensor2D];
    denseUpdate(x, dy, { theta }, { learningRate: 0.5, momentum: 0, weightDecay: 0, lambda: 7, penaltyStep: 'proximal' });
    expect([...(await theta.data())]).toEqual([-2.5, -0.5, 1.5, -4, -1, 2]);
    tf.dispose([x, dy, theta]);
  });
});
