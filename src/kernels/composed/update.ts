/**
 * One SGD step in place, and the penalty's value, made of stock operations (DESIGN.md section 2; `sgdUpdate` in `ops.ts`
 * has the formulas of both forms).
 */
import * as tf from '@tensorflow/tfjs-core';
import { channelSum, conv2dFilterGrad, matMul, sgdUpdate, type UpdatedTensors, type UpdateOptions } from '../ops.ts';
import { kernel } from '../signatures.ts';
import { overwrite } from './overwrite.ts';

export const composedSgdUpdate = kernel('LabSgdUpdate', (inputs, options, backend) => {
  const { learningRate, momentum, weightDecay, lambda, penaltyStep } = options;
  const theta = inputs.theta as tf.Tensor;
  const velocity = inputs.velocity as tf.Tensor | undefined;
  const omega = inputs.omega as tf.Tensor | undefined;
  const anchor = inputs.anchor as tf.Tensor | undefined;
  tf.tidy(() => {
    let step = inputs.grad as tf.Tensor;
    if (weightDecay !== 0) step = tf.add(step, tf.mul(theta, weightDecay));
    const pull = omega && anchor ? tf.mul(tf.mul(omega, 2 * lambda), tf.sub(theta, anchor)) : undefined;
    if (pull && penaltyStep === 'gradient') step = tf.add(step, pull);
    if (velocity) step = tf.add(tf.mul(velocity, momentum), step);
    if (pull && omega && penaltyStep === 'proximal') {
      step = tf.div(tf.add(step, pull), tf.add(tf.mul(omega, 2 * learningRate * lambda), 1));
    }
    const moved = tf.sub(theta, tf.mul(step, learningRate));
    if (velocity) overwrite(backend, velocity, step);
    overwrite(backend, theta, moved);
  });
  return [];
});

export const composedDenseUpdate = kernel('LabDenseUpdate', ({ x, dy, ...tensors }, options) =>
  updateBy(matMul(x as tf.Tensor2D, dy as tf.Tensor2D, true, false), tensors as UpdatedTensors, options),
);

export const composedConvUpdate = kernel('LabConvUpdate', ({ x, dy, ...tensors }, { stride, pad, ...options }) => {
  const filterShape = tensors.theta.shape as [number, number, number, number];
  return updateBy(conv2dFilterGrad(x as tf.Tensor4D, dy as tf.Tensor4D, filterShape, { stride, pad }, 'sum'), tensors as UpdatedTensors, options);
});

export const composedBiasUpdate = kernel('LabBiasUpdate', ({ dy, ...tensors }, options) =>
  updateBy(channelSum(dy as tf.Tensor2D | tf.Tensor4D, 'sum'), tensors as UpdatedTensors, options),
);

/** The gradient as a tensor, then its update: both by whatever kernels the backend has. */
function updateBy(grad: tf.Tensor, tensors: UpdatedTensors, options: UpdateOptions): [] {
  sgdUpdate({ ...tensors, grad }, options);
  grad.dispose();
  return [];
}

/** Σ Ω (θ − θ*)², in rows: the wasm backend adds one after another in float32, which over 10⁵ elements loses four digits. */
export const composedAnchorPenalty = kernel('LabAnchorPenalty', (inputs) =>
  tf.tidy(() => {
    const { theta, anchor, omega } = inputs as { theta: tf.Tensor; anchor: tf.Tensor; omega: tf.Tensor };
    const terms = tf.reshape(tf.mul(omega, tf.square(tf.sub(theta, anchor))), [-1]);
    const columns = Math.ceil(Math.sqrt(terms.size));
    const rows = Math.ceil(terms.size / columns);
    const grid = tf.reshape(tf.pad(terms, [[0, rows * columns - terms.size]]), [rows, columns]);
    return tf.sum(tf.sum(grid, 1));
  }),
);
