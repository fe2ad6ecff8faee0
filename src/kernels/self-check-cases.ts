/** The inputs of the self-check: small, awkward (odd sizes, strides, padding, ties), and enough to reach every path of a kernel. */
import { tensor, type Tensor } from '@tensorflow/tfjs-core';
import type { Random } from '../core/random.ts';
import { LAB_KERNELS, type LabKernelName } from './ops.ts';

export interface CheckCase {
  readonly kernel: LabKernelName;
  readonly what: string;
  /** Fresh tensors with the same values at each call. */
  inputs(): Record<string, Tensor>;
  readonly attrs: object;
  /** Inputs that the kernel changes in place, where it gives no output. */
  readonly changes?: readonly string[];
}

type Shape = readonly number[];

export function checkCases(random: Random): CheckCase[] {
  const values = (shape: Shape, draw: () => number): Float32Array => Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, draw);
  /** A case whose inputs are normal unless given otherwise. */
  const make = (
    kernel: LabKernelName,
    what: string,
    shapes: Readonly<Record<string, Shape>>,
    attrs: object,
    options: { readonly changes?: readonly string[]; readonly draw?: () => number } = {},
  ): CheckCase => {
    const data = Object.entries(shapes).map(([name, shape]) => ({ name, shape, values: values(shape, options.draw ?? random.normal) }));
    return {
      kernel,
      what,
      inputs: () => Object.fromEntries(data.map((input) => [input.name, tensor(input.values, [...input.shape])])),
      attrs,
      ...(options.changes ? { changes: options.changes } : {}),
    };
  };
  const geometry = { stride: 2, pad: 1 };
  const [image, filter, upstream] = [[3, 9, 7, 5], [3, 3, 5, 17], [3, 5, 4, 17]];
  const unit = { stride: 1, pad: 1 };
  const [unitImage, unitFilter, unitUpstream] = [[2, 11, 13, 16], [3, 3, 16, 24], [2, 11, 13, 24]];
  const updated = (shape: Shape): Record<string, Shape> => ({ theta: shape, velocity: shape, omega: shape, anchor: shape });
  const sgd = { learningRate: 0.1, momentum: 0.9, weightDecay: 0.01, lambda: 0.7 };
  const positive = (): number => Math.abs(random.normal());
  const changed = { changes: ['theta', 'velocity'], draw: positive };
  /** Few distinct values, so that maxima tie. */
  const tied = (): number => random.below(3);
  const manyLogits = values([2, 70], random.normal);
  const pixels = Uint8Array.from({ length: 2 * 6 * 5 * 3 }, () => random.below(256));
  return [
    make(LAB_KERNELS.conv2d, 'with bias and ReLU', { x: image, w: filter, b: [17] }, { ...geometry, relu: true }),
    make(LAB_KERNELS.conv2d, '5×5', { x: [2, 11, 11, 3], w: [5, 5, 3, 8], b: [8] }, { stride: 1, pad: 2, relu: false }),
    // Stride 1 and channels in eights: on wasm another algorithm.
    make(LAB_KERNELS.conv2d, '3×3, channels in eights', { x: unitImage, w: unitFilter, b: [24] }, { ...unit, relu: true }),
    make(LAB_KERNELS.conv2dInputGrad, '3×3, channels in eights', { dy: unitUpstream, w: unitFilter }, { ...unit, inputShape: unitImage }),
    make(LAB_KERNELS.conv2dFilterGrad, '3×3, channels in eights', { x: unitImage, dy: unitUpstream }, { ...unit, filterShape: unitFilter, perImage: 'sum' }),
    make(LAB_KERNELS.conv2dFilterGrad, '5×5, channels in eights', { x: unitImage, dy: unitUpstream }, { stride: 1, pad: 2, filterShape: [5, 5, 16, 24], perImage: 'abs' }),
    make(LAB_KERNELS.conv2dInputGrad, 'strided', { dy: upstream, w: filter }, { ...geometry, inputShape: image }),
    ...(['sum', 'abs', 'square'] as const).map((perImage) =>
      make(LAB_KERNELS.conv2dFilterGrad, perImage, { x: image, dy: upstream }, { ...geometry, filterShape: filter, perImage }),
    ),
    make(LAB_KERNELS.dense, 'with bias and ReLU', { x: [5, 67], w: [67, 33], b: [33] }, { relu: true }),
    ...[false, true].flatMap((transposeA) =>
      [false, true].map((transposeB) =>
        make(LAB_KERNELS.matMul, `transposed ${transposeA}, ${transposeB}`, { a: transposeA ? [33, 7] : [7, 33], b: transposeB ? [19, 33] : [33, 19] }, { transposeA, transposeB }),
      ),
    ),
    ...(['sum', 'abs', 'square'] as const).flatMap((perImage) => [
      make(LAB_KERNELS.channelSum, `${perImage}, images`, { dy: upstream }, { perImage }),
      make(LAB_KERNELS.channelSum, `${perImage}, rows`, { dy: [9, 13] }, { perImage }),
    ]),
    make(LAB_KERNELS.maxPool, '3×3, stride 2', { x: [2, 9, 7, 5] }, { size: 3, stride: 2 }),
    poolGradient(random, tied),
    make(LAB_KERNELS.adaptiveAvgPool, '3×5 to 6×6', { x: [2, 3, 5, 7] }, { size: 6 }),
    make(LAB_KERNELS.adaptiveAvgPoolGrad, '3×5 to 6×6', { dy: [2, 6, 6, 7] }, { inputShape: [2, 3, 5, 7] }),
    make(LAB_KERNELS.reluGrad, 'mask', { dy: [5, 13], y: [5, 13] }, {}),
    make(LAB_KERNELS.dropout, 'rate 0.4', { x: [11, 13] }, { rate: 0.4, seed: 12345 }),
    {
      kernel: LAB_KERNELS.softmaxCrossEntropy,
      what: 'loss and gradient',
      inputs: () => ({ logits: tensor([1, -2, 0.5, 3, 3, -1, 0, 20, -20], [3, 3]), labels: tensor([0, 1, 2], [3], 'int32') }),
      attrs: { scale: 1 / 3 },
    },
    {
      kernel: LAB_KERNELS.softmaxCrossEntropy,
      what: 'more classes than threads',
      inputs: () => ({ logits: tensor(manyLogits, [2, 70]), labels: tensor([69, 3], [2], 'int32') }),
      attrs: { scale: 1 / 2 },
    },
    {
      kernel: LAB_KERNELS.assembleBatch,
      what: 'shifted and mirrored',
      inputs: () => ({}),
      attrs: {
        batch: {
          bytes: pixels, shape: [2, 6, 5, 3], mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225],
          placement: { shiftY: Int32Array.of(1, -2), shiftX: Int32Array.of(-1, 2), flip: Uint8Array.of(1, 0) },
        },
      },
    },
    {
      kernel: LAB_KERNELS.assembleBatch,
      what: 'enlarged',
      inputs: () => ({}),
      attrs: {
        batch: {
          bytes: pixels.subarray(0, 2 * 5 * 5 * 3), storedSide: 5, shape: [2, 7, 9, 3], mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225],
          placement: { shiftY: Int32Array.of(1, -2), shiftX: Int32Array.of(-1, 2), flip: Uint8Array.of(1, 0) },
        },
      },
    },
    ...(['gradient', 'proximal'] as const).map((penaltyStep) =>
      make(LAB_KERNELS.sgdUpdate, `${penaltyStep} step`, { grad: [37, 3], ...updated([37, 3]) }, { ...sgd, penaltyStep }, changed),
    ),
    make(LAB_KERNELS.sgdUpdate, 'plain', { theta: [129], grad: [129] }, { ...sgd, momentum: 0, penaltyStep: 'gradient' }, { changes: ['theta'] }),
    // One case each: programs of their own, whose compiling a GPU that is a program feels at every start.
    make(LAB_KERNELS.denseUpdate, 'proximal step', { x: [9, 67], dy: [9, 68], ...updated([67, 68]) }, { ...sgd, penaltyStep: 'proximal' }, changed),
    make(
      LAB_KERNELS.convUpdate,
      'proximal step, slices of depth',
      { x: [3, 17, 17, 3], dy: [3, 17, 17, 4], ...updated([3, 3, 3, 4]) },
      { ...sgd, penaltyStep: 'proximal', ...unit },
      changed,
    ),
    make(LAB_KERNELS.biasUpdate, 'proximal step, many positions', { dy: [3, 17, 17, 5], ...updated([5]) }, { ...sgd, penaltyStep: 'proximal' }, changed),
    make(LAB_KERNELS.anchorPenalty, 'sum', { theta: [37, 3], anchor: [37, 3], omega: [37, 3] }, {}, { draw: positive }),
  ];
}

/** y must be the pooled x, so this case is not made of independent draws. */
function poolGradient(random: Random, tied: () => number): CheckCase {
  const [height, width, channels, size, stride] = [7, 9, 3, 3, 2];
  const [outHeight, outWidth] = [Math.floor((height - size) / stride) + 1, Math.floor((width - size) / stride) + 1];
  const x = Float32Array.from({ length: height * width * channels }, tied);
  const dy = Float32Array.from({ length: outHeight * outWidth * channels }, random.normal);
  const y = new Float32Array(dy.length).fill(-Infinity);
  for (let p = 0; p < outHeight; p++)
    for (let q = 0; q < outWidth; q++)
      for (let u = 0; u < size; u++)
        for (let v = 0; v < size; v++)
          for (let c = 0; c < channels; c++) {
            const at = (p * outWidth + q) * channels + c;
            y[at] = Math.max(y[at]!, x[((p * stride + u) * width + q * stride + v) * channels + c]!);
          }
  return {
    kernel: LAB_KERNELS.maxPoolGrad,
    what: 'tied maxima, with the ReLU’s mask',
    inputs: () => ({ dy: tensor(dy, [1, outHeight, outWidth, channels]), x: tensor(x, [1, height, width, channels]), y: tensor(y, [1, outHeight, outWidth, channels]) }),
    attrs: { size, stride, reluMask: true },
  };
}
