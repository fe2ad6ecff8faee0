/** What only the WebGPU kernels do: depth in slices, the largest tiles, folded dispatches, kept pipelines and bind groups. */
import * as tf from '@tensorflow/tfjs-core';
import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import { beforeAll, describe, expect, it } from 'vitest';
import { conv2dFilterGrad, dense, dropout, matMul, reluGrad, sgdUpdate, type PerImage } from '../../src/kernels/ops.ts';
import { releaseWebgpuKernelCaches } from '../../src/kernels/webgpu/device-cache.ts';
import { planGemm } from '../../src/kernels/webgpu/gemm-plan.ts';
import { foldedWorkgroups } from '../../src/kernels/webgpu/program.ts';
import { useBackend } from '../helpers/backends.ts';
import { convShape, naiveConv2dFilterGrad, naiveMatMul } from '../helpers/naive.ts';
import { expectResult, normals, tensor4d, type Shape4D } from '../helpers/numbers.ts';

beforeAll(async () => {
  await useBackend('webgpu');
});

describe('products', () => {
  it.each([
    [6, 1100, 40],
    [5, 1100, 37],
  ])('add up slices of depth before bias and ReLU, [%i, %i] x [, %i]', async (rows, depth, columns) => {
    expect(planGemm(rows, columns, depth).slices).toBeGreaterThan(1);
    const x = normals([rows, depth], 'x');
    const w = normals([depth, columns], 'w');
    const b = normals([columns], 'b');
    const expected = naiveMatMul(x, w, [rows, depth, columns], false, false).map((value, i) => Math.max(0, value + b[i % columns]!));
    await expectResult(() => dense(tf.tensor2d(x, [rows, depth]), tf.tensor2d(w, [depth, columns]), tf.tensor1d(b), true), expected, 3e-6);
  });

  it.each<PerImage>(['sum', 'abs', 'square'])('add up slices of images whose gradients are reduced by %s', async (perImage) => {
    const xShape: Shape4D = [5, 18, 18, 3];
    const wShape: Shape4D = [3, 3, 3, 4];
    const geometry = { stride: 1, pad: 1 };
    const folded = perImage === 'sum' ? undefined : { count: 5, depth: 324 };
    expect(planGemm(27, 4, 1620, folded).slices).toBeGreaterThan(1);
    const x = normals(xShape, 'x');
    const dy = normals(convShape(xShape, wShape, geometry), 'dy');
    await expectResult(
      () => conv2dFilterGrad(tensor4d(x, xShape), tensor4d(dy, convShape(xShape, wShape, geometry)), wShape, geometry, perImage),
      naiveConv2dFilterGrad(x, dy, xShape, wShape, geometry, perImage),
      3e-6,
    );
  });

  it.each([
    [false, false],
    [true, true],
  ])('use the largest tile where there are plenty, transposeA %s, transposeB %s', async (transposeA, transposeB) => {
    const [rows, depth, columns] = [65_537, 3, 64];
    expect(planGemm(rows, columns, depth).tileRows).toBe(128);
    const a = normals([rows, depth], 'a');
    const b = normals([depth, columns], 'b');
    const left = tf.tensor2d(a, transposeA ? [depth, rows] : [rows, depth]);
    const right = tf.tensor2d(b, transposeB ? [columns, depth] : [depth, columns]);
    await expectResult(() => matMul(left, right, transposeA, transposeB), naiveMatMul(a, b, [rows, depth, columns], transposeA, transposeB), 3e-6);
    tf.dispose([left, right]);
  });

  it('let NaN through their ReLU, so that divergence shows', async () => {
    for (const depth of [3, 1100]) {
      const y = dense(tf.ones([1, depth]), tf.fill([depth, 4], NaN), tf.zeros([4]), true);
      expect([...(await y.data())]).toEqual([NaN, NaN, NaN, NaN]);
      y.dispose();
    }
  });

  it('take a cast from int32, whose buffer stock TensorFlow.js leaves full of integers', async () => {
    await expectResult(
      () => {
        const ones = tf.cast(tf.tensor2d([[1, 0], [0, 2]], [2, 2], 'int32'), 'float32') as tf.Tensor2D;
        return matMul(ones, tf.tensor2d([[3, 4], [5, 6]]));
      },
      [3, 4, 10, 12],
      0,
    );
  });
});

describe('dispatches', () => {
  it('fold into y past 65,535 workgroups', () => {
    expect(foldedWorkgroups(256, 256)).toEqual([1, 1, 1]);
    expect(foldedWorkgroups(65535 * 256, 256)).toEqual([65535, 1, 1]);
    const [x, y, z] = foldedWorkgroups(65535 * 256 + 1, 256);
    expect(z).toBe(1);
    expect(x).toBeLessThanOrEqual(65535);
    expect(x * y).toBeGreaterThanOrEqual(65536);
  });

  it('reach every element of a folded one', async () => {
    const size = 65535 * 256 + 3;
    const dy = tf.range(0, size);
    const y = tf.ones([size]);
    const dx = reluGrad(dy, y);
    const wrong = tf.sum(tf.notEqual(dx, dy));
    expect([...(await wrong.data())]).toEqual([0]);
    tf.dispose([dy, y, dx, wrong]);
  });

  it('that repeat create no buffer, bind group or pipeline', async () => {
    const device = (tf.backend() as WebGPUBackend).device;
    const made = { createBuffer: 0, createBindGroup: 0, createComputePipeline: 0 };
    for (const name of Object.keys(made) as (keyof typeof made)[]) {
      const original = device[name].bind(device) as (descriptor: never) => never;
      Object.defineProperty(device, name, {
        configurable: true,
        value: (descriptor: never) => {
          made[name]++;
          return original(descriptor);
        },
      });
    }
    const dy = tf.tensor1d(normals([41], 'dy'));
    const y = tf.tensor1d(normals([41], 'y'));
    const step = async (): Promise<void> => {
      const dx = reluGrad(dy, y);
      await dx.data();
      dx.dispose();
    };
    try {
      releaseWebgpuKernelCaches();
      await step();
      expect(made.createComputePipeline).toBe(1);
      await step();
      await step();
      const settled = { ...made };
      await step();
      await step();
      expect(made).toEqual(settled);
      expect(made.createComputePipeline).toBe(1);
    } finally {
      for (const name of Object.keys(made)) Reflect.deleteProperty(device, name);
      tf.dispose([dy, y]);
    }
  });
});

describe('uniform blocks', () => {
  it('are written anew once there are many, with the same results, and make no buffer then', async () => {
    const device = (tf.backend() as WebGPUBackend).device;
    const x = tf.ones([41]);
    const drops = (from: number, to: number): tf.Tensor[] => Array.from({ length: to - from }, (_, i) => dropout(x, 0.5, from + i));
    releaseWebgpuKernelCaches();
    tf.dispose(drops(0, 280));
    let made = 0;
    const original = device.createBuffer.bind(device);
    Object.defineProperty(device, 'createBuffer', {
      configurable: true,
      value: (descriptor: GPUBufferDescriptor) => {
        if (descriptor.usage & GPUBufferUsage.UNIFORM) made++;
        return original(descriptor);
      },
    });
    let late: tf.Tensor[];
    try {
      late = drops(280, 620);
    } finally {
      Reflect.deleteProperty(device, 'createBuffer');
    }
    expect(made).toBe(0);
    releaseWebgpuKernelCaches();
    const fresh = drops(280, 620);
    const [found, expected] = [tf.stack(late), tf.stack(fresh)];
    expect(await found.data()).toEqual(await expected.data());
    tf.dispose([x, found, expected, ...late, ...fresh]);
  });
});

describe('tf.time', () => {
  it('sees the GPU time of own kernels, each by name', async () => {
    const x = tf.tensor1d(normals([100_000], 'x'));
    const timing = (await tf.time(() => reluGrad(x, x).dispose())) as tf.TimingInfo & { getExtraProfileInfo(): string };
    expect(timing.kernelMs).toBeGreaterThan(0);
    expect(timing.getExtraProfileInfo()).toMatch(/^reluGrad vec4<f32>: [\d.]+$/);
    // What is recorded afterwards is not.
    await expectResult(() => reluGrad(x, x), (await x.data()).map((value) => Math.max(0, value)), 0);
    x.dispose();
  });
});

describe('updates in place', () => {
  it('refuse a weight that shares its data with its anchor', () => {
    const theta = tf.tensor1d([1, 2, 3]);
    const grad = tf.tensor1d([1, 1, 1]);
    const omega = tf.tensor1d([1, 1, 1]);
    const anchor = theta.clone();
    expect(() =>
      sgdUpdate({ theta, grad, omega, anchor }, { learningRate: 0.1, momentum: 0, weightDecay: 0, lambda: 1, penaltyStep: 'proximal' }),
    ).toThrow(/shares its data/);
    tf.dispose([theta, grad, omega, anchor]);
  });
});
