import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, it } from 'vitest';
import { channelSum, matMul, type PerImage } from '../../src/kernels/ops.ts';
import { KERNEL_SETS, useKernels } from '../helpers/backends.ts';
import { naiveChannelSum, naiveMatMul } from '../helpers/naive.ts';
import { expectResult, normals, type Shape4D, tensor4d } from '../helpers/numbers.ts';

const PRODUCTS: readonly (readonly [number, number, number])[] = [
  [1, 1, 1],
  [1, 7, 5],
  [3, 1, 2],
  [13, 17, 11],
  [32, 256, 5],
  [33, 65, 67],
  [8, 300, 24],
  [70, 37, 129],
  [5, 521, 40],
];

describe.each(KERNEL_SETS)('dense products, $kernels kernels on $backend', (set) => {
  beforeAll(() => useKernels(set));

  describe.each(PRODUCTS)('[%i, %i] x [, %i]', (m, k, n) => {
    it.each([
      [false, false],
      [true, false],
      [false, true],
      [true, true],
    ])('transposeA %s, transposeB %s', async (transposeA, transposeB) => {
      const a = normals([m, k], 'a');
      const b = normals([k, n], 'b');
      await expectResult(
        () =>
          matMul(
            tf.tensor2d(a, transposeA ? [k, m] : [m, k]),
            tf.tensor2d(b, transposeB ? [n, k] : [k, n]),
            transposeA,
            transposeB,
          ),
        naiveMatMul(a, b, [m, k, n], transposeA, transposeB),
        3e-6,
        [m, n],
      );
    });
  });
});

const BATCHES: readonly (readonly number[])[] = [
  [1, 1],
  [32, 5],
  [7, 131],
  [3, 1, 1, 1],
  [2, 15, 15, 32],
  [5, 3, 7, 13],
  // More positions than a workgroup of the WebGPU kernel adds up.
  [3, 19, 29, 8],
  [2, 33, 17, 5],
];

describe.each(KERNEL_SETS)('channelSum, $kernels kernels on $backend', (set) => {
  beforeAll(() => useKernels(set));

  describe.each(BATCHES)('of [%i, %i, …]', (...shape) => {
    it.each<PerImage>(['sum', 'abs', 'square'])('images reduced by %s', async (perImage) => {
      const dy = normals(shape, 'dy');
      await expectResult(
        () =>
          channelSum(
            shape.length === 4 ? tensor4d(dy, shape as unknown as Shape4D) : tf.tensor2d(dy, [shape[0]!, shape[1]!]),
            perImage,
          ),
        naiveChannelSum(dy, shape, perImage),
        3e-6,
        [shape.at(-1)!],
      );
    });
  });
});
