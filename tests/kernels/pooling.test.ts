import { beforeAll, describe, it } from 'vitest';
import { adaptiveAvgPool, adaptiveAvgPoolGrad, maxPool, maxPoolGrad } from '../../src/kernels/ops.ts';
import { KERNEL_SETS, useKernels } from '../helpers/backends.ts';
import { naiveAdaptiveAvgPool, naiveAdaptiveAvgPoolGrad, naiveMaxPool, naiveMaxPoolGrad } from '../helpers/naive.ts';
import { expectResult, integers, normals, type Shape4D, tensor4d } from '../helpers/numbers.ts';

const WINDOWS: readonly (readonly [Shape4D, number, number])[] = [
  [[1, 1, 1, 1], 1, 1],
  [[2, 3, 3, 5], 3, 2],
  [[2, 32, 32, 8], 3, 2],
  [[3, 15, 15, 33], 3, 2],
  [[1, 7, 11, 4], 2, 2],
  [[2, 8, 6, 3], 2, 3],
  [[1, 6, 6, 17], 3, 1],
];

describe.each(KERNEL_SETS)('max pooling, $kernels kernels on $backend', (set) => {
  beforeAll(() => useKernels(set));

  describe.each(WINDOWS)('of %j, size %i, stride %i', (shape, size, stride) => {
    // Few distinct values, zeros and negatives among them: nearly every window has ties.
    const x = integers(shape, 2, 'x');
    const { y, yShape } = naiveMaxPool(x, shape, size, stride);
    const dy = normals(yShape, 'dy');

    it('takes the maximum', async () => {
      await expectResult(() => maxPool(tensor4d(x, shape), size, stride), y, 0, yShape);
    });

    it.each([true, false])('gives the gradient to the first maximum, ReLU mask %s', async (reluMask) => {
      await expectResult(
        () =>
          maxPoolGrad(tensor4d(dy, yShape), tensor4d(x, shape), tensor4d(Float32Array.from(y), yShape), size, stride, reluMask),
        naiveMaxPoolGrad(dy, x, shape, size, stride, reluMask),
        1e-6,
        shape,
      );
    });
  });
});

const ADAPTIVE: readonly (readonly [Shape4D, number])[] = [
  [[1, 1, 1, 1], 1],
  [[3, 1, 1, 16], 6],
  [[2, 3, 3, 7], 6],
  [[2, 7, 5, 9], 6],
  [[2, 6, 6, 4], 6],
  [[1, 13, 13, 5], 6],
  [[2, 13, 7, 3], 2],
];

describe.each(KERNEL_SETS)('adaptive average pooling, $kernels kernels on $backend', (set) => {
  beforeAll(() => useKernels(set));

  describe.each(ADAPTIVE)('of %j to %i', (shape, size) => {
    const pooled: Shape4D = [shape[0], size, size, shape[3]];

    it('averages each bin', async () => {
      const x = normals(shape, 'x');
      await expectResult(() => adaptiveAvgPool(tensor4d(x, shape), size), naiveAdaptiveAvgPool(x, shape, size), 1e-6, pooled);
    });

    it('spreads the gradient over each bin', async () => {
      const dy = normals(pooled, 'dy');
      await expectResult(
        () => adaptiveAvgPoolGrad(tensor4d(dy, pooled), shape),
        naiveAdaptiveAvgPoolGrad(dy, shape, size),
        1e-6,
        shape,
      );
    });
  });
});
