/** Kernels whose rounding depends on fused multiply-adds; `wasm-relaxed.test.ts` runs them in a process that has these, and in its own. */
import * as tf from '@tensorflow/tfjs-core';
import { conv2d, conv2dFilterGrad, conv2dInputGrad, sgdUpdate } from '../../src/kernels/ops.ts';
import { startNodeBackend } from '../../src/platform/node/backend.ts';
import { normals, type Shape4D, tensor4d } from './numbers.ts';

export interface KernelRun {
  /** What `startNodeBackend` says of the kernels. */
  readonly kernels: string;
  readonly values: readonly (readonly number[])[];
}

export async function runKernels(backend: 'cpu' | 'wasm', threads: number): Promise<KernelRun> {
  const { kernels } = await startNodeBackend(backend, threads);
  const filter: Shape4D = [3, 3, 5, 17];
  const geometry = { stride: 2, pad: 1 };
  const x = tensor4d(normals([3, 13, 11, 5], 'x'), [3, 13, 11, 5]);
  const w = tensor4d(normals(filter, 'w'), filter);
  const y = conv2d(x, w, tf.tensor1d(normals([17], 'b')), geometry, false);
  const dw = conv2dFilterGrad(x, y, filter, geometry, 'abs');
  // Stride 1 and channels in eights: Winograd's form.
  const unit = { stride: 1, pad: 2 };
  const image: Shape4D = [3, 9, 7, 16];
  const filters: Shape4D = [5, 5, 16, 24];
  const x5 = tensor4d(normals(image, 'x5'), image);
  const w5 = tensor4d(normals(filters, 'w5'), filters);
  const y5 = conv2d(x5, w5, tf.tensor1d(normals([24], 'b5')), unit, true);
  const winograd = [y5, conv2dInputGrad(y5, w5, image, unit), conv2dFilterGrad(x5, y5, filters, unit, 'sum')];
  const theta = tf.tensor1d(normals([101], 'theta'));
  const velocity = tf.tensor1d(normals([101], 'velocity'));
  const grad = tf.tensor1d(normals([101], 'grad'));
  sgdUpdate({ theta, velocity, grad }, { learningRate: 0.1, momentum: 0.9, weightDecay: 0.01, lambda: 0, penaltyStep: 'gradient' });
  const values = await Promise.all([y, dw, ...winograd, theta].map(async (tensor) => [...(await tensor.data())]));
  return { kernels, values };
}

const [, script, threads] = process.argv;
if (script === import.meta.filename) process.stdout.write(`\n${JSON.stringify(await runKernels('wasm', Number(threads)))}\n`);
