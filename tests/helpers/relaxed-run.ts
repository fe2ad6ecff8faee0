/** Kernels whose rounding depends on fused multiply-adds; `wasm-relaxed.test.ts` runs them in a process that has these, and in its own. */
import * as tf from '@tensorflow/tfjs-core';
import { conv2d, conv2dFilterGrad, sgdUpdate } from '../../src/kernels/ops.ts';
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
  const theta = tf.tensor1d(normals([101], 'theta'));
  const velocity = tf.tensor1d(normals([101], 'velocity'));
  const grad = tf.tensor1d(normals([101], 'grad'));
  sgdUpdate({ theta, velocity, grad }, { learningRate: 0.1, momentum: 0.9, weightDecay: 0.01, lambda: 0, penaltyStep: 'gradient' });
  const values = await Promise.all([y, dw, theta].map(async (tensor) => [...(await tensor.data())]));
  return { kernels, values };
}

const [, script, threads] = process.argv;
if (script === import.meta.filename) process.stdout.write(`\n${JSON.stringify(await runKernels('wasm', Number(threads)))}\n`);
