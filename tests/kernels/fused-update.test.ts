/** Updates that make their gradients themselves, against the gradient as a tensor and then the update, both by naive sums. */
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { biasUpdate, convUpdate, type UpdatedTensors, type UpdateOptions } from '../../src/kernels/ops.ts';
import { KERNEL_SETS, useKernels } from '../helpers/backends.ts';
import { convShape, naiveConv2dFilterGrad, naiveSgdUpdate } from '../helpers/naive.ts';
import { expectClose, normals, tensor4d, type Shape4D } from '../helpers/numbers.ts';

/** Image, filter, geometry: one of each, primes, one past a tile, so long a depth that it is cut into slices, and channels of any number. */
const CONVOLUTIONS: readonly { x: Shape4D; w: Shape4D; stride: number; pad: number }[] = [
  { x: [1, 1, 1, 1], w: [1, 1, 1, 1], stride: 1, pad: 0 },
  { x: [2, 7, 5, 3], w: [3, 3, 3, 5], stride: 2, pad: 1 },
  { x: [3, 5, 5, 16], w: [3, 3, 16, 65], stride: 1, pad: 1 },
  { x: [4, 18, 18, 3], w: [5, 5, 3, 8], stride: 1, pad: 2 },
];

const BIASES: readonly (readonly number[])[] = [[1, 1], [13, 5], [300, 8], [3, 19, 29, 8], [2, 33, 17, 5]];

describe.each(KERNEL_SETS)('$kernels kernels on $backend', (set) => {
  beforeAll(() => useKernels(set));

  describe.each(['gradient', 'proximal'] as const)('%s form', (penaltyStep) => {
    const options: UpdateOptions = { learningRate: 0.05, momentum: 0.9, weightDecay: 0.01, lambda: 1.5, penaltyStep };

    /** Two steps in place, each with another gradient. */
    async function expectSteps(shape: readonly number[], step: (turn: number, tensors: UpdatedTensors) => ArrayLike<number>): Promise<void> {
      const size = shape.reduce((product, extent) => product * extent, 1);
      const [start, anchors] = [normals([size], 'theta'), normals([size], 'anchor')];
      const omegas = normals([size], 'omega').map((value, i) => (i % 3 === 0 ? 0 : Math.abs(value)));
      const [theta, velocity, omega, anchor] = [tf.tensor(start, [...shape]), tf.zeros([...shape]), tf.tensor(omegas, [...shape]), tf.tensor(anchors, [...shape])];
      const expected = Array.from(start, (value) => ({ theta: value, velocity: 0 }));
      for (let turn = 0; turn < 2; turn++) {
        const gradient = step(turn, { theta, velocity, omega, anchor });
        expected.forEach((element, i) => Object.assign(element, naiveSgdUpdate({ ...element, grad: gradient[i]!, omega: omegas[i]!, anchor: anchors[i]! }, options)));
        expectClose(await theta.data(), expected.map((element) => element.theta), 3e-6);
        expectClose(await velocity.data(), expected.map((element) => element.velocity), 3e-6);
      }
      expectClose(await omega.data(), omegas, 0);
      tf.dispose([theta, velocity, omega, anchor]);
    }

    it.each(CONVOLUTIONS)('convUpdate of $x by $w, stride $stride', async ({ x, w, stride, pad }) => {
      const geometry = { stride, pad };
      const yShape = convShape(x, w, geometry);
      await expectSteps(w, (turn, tensors) => {
        const [images, upstream] = [normals(x, `x ${turn}`), normals(yShape, `dy ${turn}`)];
        const [xs, dy] = [tensor4d(images, x), tensor4d(upstream, yShape)];
        const before = tf.memory().numDataBuffers;
        convUpdate(xs, dy, tensors, geometry, options);
        expect(tf.memory().numDataBuffers).toBe(before);
        tf.dispose([xs, dy]);
        return naiveConv2dFilterGrad(images, upstream, x, w, geometry, 'sum');
      });
    });

    it.each(BIASES)('biasUpdate of [%i, %i, …]', async (...shape) => {
      const channels = shape.at(-1)!;
      await expectSteps([channels], (turn, tensors) => {
        const upstream = normals(shape, `dy ${turn}`);
        const dy = tf.tensor<tf.Rank.R2>(upstream, shape as [number, number]);
        const before = tf.memory().numDataBuffers;
        biasUpdate(dy, tensors, options);
        expect(tf.memory().numDataBuffers).toBe(before);
        dy.dispose();
        const sums = new Float64Array(channels);
        upstream.forEach((value, i) => {
          sums[i % channels]! += value;
        });
        return sums;
      });
    });
  });

  it('without momentum or penalty are plain SGD', async () => {
    const plain: UpdateOptions = { learningRate: 0.5, momentum: 0, weightDecay: 0, lambda: 7, penaltyStep: 'proximal' };
    const [dy, bias] = [tf.tensor2d([[1, 0, -1], [2, 1, 0]]), tf.ones([3])];
    biasUpdate(dy, { theta: bias }, plain);
    expect([...(await bias.data())]).toEqual([-0.5, 0.5, 1.5]);
    const [x, upstream, filter] = [tf.ones([1, 2, 2, 1]) as tf.Tensor4D, tf.ones([1, 2, 2, 2]) as tf.Tensor4D, tf.zeros([1, 1, 1, 2])];
    convUpdate(x, upstream, { theta: filter }, { stride: 1, pad: 0 }, plain);
    expect([...(await filter.data())]).toEqual([-2, -2]);
    tf.dispose([dy, bias, x, upstream, filter]);
  });
});
