import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { dropoutBits, dropThreshold } from '../../src/kernels/dropout-hash.ts';
import { anchorPenalty, dropout, reluGrad, softmaxCrossEntropy } from '../../src/kernels/ops.ts';
import { createRandom } from '../../src/core/random.ts';
import { KERNEL_SETS, useKernels, WITHOUT_SUBGROUPS } from '../helpers/backends.ts';
import { naiveSoftmaxCrossEntropy } from '../helpers/naive.ts';
import { expectClose, expectResult, integers, normals } from '../helpers/numbers.ts';

const SIZES = [1, 3, 4, 31, 257, 4099];

describe.each(KERNEL_SETS)('reluGrad, $kernels kernels on $backend', (set) => {
  beforeAll(() => useKernels(set));

  it.each(SIZES)('passes dy where y > 0, of %i elements', async (size) => {
    const dy = normals([size], 'dy');
    const y = integers([size], 1, 'y');
    await expectResult(() => reluGrad(tf.tensor1d(dy), tf.tensor1d(y)), dy.map((value, i) => (y[i]! > 0 ? value : 0)), 0, [size]);
  });
});

describe.each(KERNEL_SETS)('dropout, $kernels kernels on $backend', (set) => {
  beforeAll(() => useKernels(set));

  it.each(SIZES)('keeps what the hash says, of %i elements', async (size) => {
    const rate = 0.3;
    const x = normals([size], 'x');
    for (const seed of [0, 1, 0xffffffff]) {
      const expected = x.map((value, i) => (dropoutBits(seed, i) >= dropThreshold(rate) ? value / (1 - rate) : 0));
      await expectResult(() => dropout(tf.tensor1d(x), rate, seed), expected, 1e-6, [size]);
    }
  });

  it('drops about the rate', async () => {
    const result = dropout(tf.ones([100, 1000]), 0.5, 42);
    const values = await result.data();
    const dropped = values.filter((value) => value === 0).length;
    expect(dropped).toBeGreaterThan(49_000);
    expect(dropped).toBeLessThan(51_000);
    expect(result.shape).toEqual([100, 1000]);
    result.dispose();
  });
});

describe.each([...KERNEL_SETS, WITHOUT_SUBGROUPS])('softmaxCrossEntropy, $kernels kernels on $backend', (set) => {
  beforeAll(() => useKernels(set));

  it.each([
    [1, 1, 1],
    [1, 2, 3],
    [32, 5, 4],
    [7, 50, 30],
    [3, 201, 1],
  ])('of %i images, %i classes, logits of size %d', async (images, classes, size) => {
    const logits = normals([images, classes], 'logits').map((value) => value * size);
    const random = createRandom(3, 'labels');
    const labels = Int32Array.from({ length: images }, () => random.below(classes));
    const expected = naiveSoftmaxCrossEntropy(logits, labels, [images, classes], 1 / images);
    const { loss, dlogits } = softmaxCrossEntropy(
      tf.tensor2d(logits, [images, classes]),
      tf.tensor1d(labels, 'int32'),
      1 / images,
    );
    expect(loss.shape).toEqual([images]);
    expect(dlogits.shape).toEqual([images, classes]);
    // Absolute for the loss of one class, which is 0.
    expectClose([1 / images, ...(await loss.data())], [1 / images, ...expected.loss], 3e-6);
    expectClose([1 / images, ...(await dlogits.data())], [1 / images, ...expected.dlogits], 3e-6);
    tf.dispose([loss, dlogits]);
  });

  it('stays finite at logits of ±10,000', async () => {
    const { loss, dlogits } = softmaxCrossEntropy(tf.tensor2d([10000, -10000, 0], [1, 3]), tf.tensor1d([1], 'int32'), 1);
    expect([...(await loss.data())]).toEqual([20000]);
    expect([...(await dlogits.data())]).toEqual([1, -1, 0]);
    tf.dispose([loss, dlogits]);
  });
});

describe.each([...KERNEL_SETS, WITHOUT_SUBGROUPS])('anchorPenalty, $kernels kernels on $backend', (set) => {
  beforeAll(() => useKernels(set));

  it.each([...SIZES, 300_007])('sums Ω (θ − θ*)² of %i elements', async (size) => {
    const theta = normals([size], 'theta');
    const anchor = normals([size], 'anchor');
    const omega = normals([size], 'omega').map(Math.abs);
    let expected = 0;
    for (let i = 0; i < size; i++) expected += omega[i]! * (theta[i]! - anchor[i]!) ** 2;
    await expectResult(() => anchorPenalty(tf.tensor1d(theta), tf.tensor1d(anchor), tf.tensor1d(omega)), [expected], 3e-6, []);
  });
});
