import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, it } from 'vitest';
import { conv2d, conv2dFilterGrad, conv2dInputGrad, type PerImage } from '../../src/kernels/ops.ts';
import { KERNEL_SETS, useKernels } from '../helpers/backends.ts';
import { convShape, naiveConv2d, naiveConv2dFilterGrad, naiveConv2dInputGrad } from '../helpers/naive.ts';
import { expectResult, normals, type Shape4D, sizeOf, tensor4d } from '../helpers/numbers.ts';

interface ConvCase {
  readonly name: string;
  readonly x: Shape4D;
  readonly w: Shape4D;
  readonly stride: number;
  readonly pad: number;
}

const CASES: readonly ConvCase[] = [
  { name: 'a single value', x: [1, 1, 1, 1], w: [1, 1, 1, 1], stride: 1, pad: 0 },
  { name: 'a 1x1 filter over primes', x: [3, 5, 7, 11], w: [1, 1, 11, 13], stride: 1, pad: 0 },
  { name: "AlexNet's 11x11 stride 4 pad 2, input not divided by the stride", x: [2, 30, 34, 3], w: [11, 11, 3, 9], stride: 4, pad: 2 },
  { name: "the compact net's 5x5 stride 2 pad 2", x: [3, 16, 16, 3], w: [5, 5, 3, 32], stride: 2, pad: 2 },
  { name: '5x5 pad 2', x: [2, 15, 15, 8], w: [5, 5, 8, 16], stride: 1, pad: 2 },
  { name: '3x3 pad 1', x: [5, 7, 7, 17], w: [3, 3, 17, 33], stride: 1, pad: 1 },
  { name: '3x3 pad 1 on an image of one pixel', x: [4, 1, 1, 24], w: [3, 3, 24, 16], stride: 1, pad: 1 },
  { name: '3x3 pad 1, channels in eights', x: [5, 7, 7, 16], w: [3, 3, 16, 40], stride: 1, pad: 1 },
  { name: '3x3 without padding, an oblong image', x: [3, 13, 6, 24], w: [3, 3, 24, 8], stride: 1, pad: 0 },
  { name: '3x3 with more padding than the filter is wide', x: [2, 5, 9, 8], w: [3, 3, 8, 16], stride: 1, pad: 4 },
  { name: '3x3 on images of two pixels', x: [4, 1, 2, 32], w: [3, 3, 32, 16], stride: 1, pad: 1 },
  { name: '5x5 pad 1, an oblong image', x: [3, 12, 17, 16], w: [5, 5, 16, 24], stride: 1, pad: 1 },
  { name: '5x5, a single image of the filter\'s size', x: [1, 5, 5, 32], w: [5, 5, 32, 32], stride: 1, pad: 0 },
  { name: 'oblong filter and image, stride 3', x: [1, 13, 9, 5], w: [2, 4, 5, 7], stride: 3, pad: 1 },
  { name: 'more channels and positions than a block', x: [2, 12, 12, 67], w: [3, 3, 67, 65], stride: 1, pad: 1 },
];

describe.each(KERNEL_SETS)('convolution, $kernels kernels on $backend', (set) => {
  beforeAll(() => useKernels(set));

  describe.each(CASES)('$name', ({ x: xShape, w: wShape, ...geometry }) => {
    const yShape = convShape(xShape, wShape, geometry);
    const x = normals(xShape, 'x');
    const w = normals(wShape, 'w');
    const b = normals([wShape[3]], 'b');
    const dy = normals(yShape, 'dy');
    // A gradient of many images looks for cancelling signs: scale images apart, so that one counted twice shows.
    for (let i = 0; i < dy.length; i++) dy[i]! *= 1 + Math.floor((i * xShape[0]) / dy.length);

    it.each([true, false])('forward, ReLU %s', async (relu) => {
      await expectResult(
        () => conv2d(tensor4d(x, xShape), tensor4d(w, wShape), tf.tensor1d(b), geometry, relu),
        naiveConv2d(x, xShape, w, wShape, b, geometry, relu),
        3e-6,
        yShape,
      );
    });

    it('input gradient', async () => {
      await expectResult(
        () => conv2dInputGrad(tensor4d(dy, yShape), tensor4d(w, wShape), xShape, geometry),
        naiveConv2dInputGrad(dy, w, xShape, wShape, geometry),
        3e-6,
        xShape,
      );
    });

    it.each<PerImage>(['sum', 'abs', 'square'])('filter gradient, images reduced by %s', async (perImage) => {
      await expectResult(
        () => conv2dFilterGrad(tensor4d(x, xShape), tensor4d(dy, yShape), wShape, geometry, perImage),
        naiveConv2dFilterGrad(x, dy, xShape, wShape, geometry, perImage),
        3e-6,
        wShape,
      );
    });
  });

  it('keeps nothing but its results', () => {
    const { x: xShape, w: wShape, ...geometry } = CASES[3]!;
    const x = tensor4d(normals(xShape, 'x'), xShape);
    const w = tensor4d(normals(wShape, 'w'), wShape);
    const b = tf.zeros([wShape[3]]) as tf.Tensor1D;
    const dy = tensor4d(new Float32Array(sizeOf(convShape(xShape, wShape, geometry))), convShape(xShape, wShape, geometry));
    const before = tf.memory().numDataBuffers;
    conv2d(x, w, b, geometry, true).dispose();
    conv2dInputGrad(dy, w, xShape, geometry).dispose();
    conv2dFilterGrad(x, dy, wShape, geometry, 'abs').dispose();
    if (tf.memory().numDataBuffers !== before) throw new Error(`${tf.memory().numDataBuffers - before} buffers kept`);
    tf.dispose([x, w, b, dy]);
  });
});
