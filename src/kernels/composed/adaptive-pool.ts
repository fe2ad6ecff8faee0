/**
 * Adaptive average pooling and its gradient, made of stock operations: two small products, since bins are rectangles.
 *
 *   y = R · x · Cᵀ (rows, then columns; per image and channel),   dx = Rᵀ · dy · C,
 *   R[i,r] = 1/|bin i| for r in bin i of `adaptiveBin`, else 0.
 */
import * as tf from '@tensorflow/tfjs-core';
import { adaptiveBin } from '../geometry.ts';
import { kernel } from '../signatures.ts';

export const composedAdaptiveAvgPool = kernel('LabAdaptiveAvgPool', ({ x }, { size }) =>
  tf.tidy(() => {
    const [, height, width] = (x as tf.Tensor4D).shape;
    const rows = multiplyAxis(x as tf.Tensor4D, 1, binWeights(height, size));
    return multiplyAxis(rows, 2, binWeights(width, size));
  }),
);

export const composedAdaptiveAvgPoolGrad = kernel('LabAdaptiveAvgPoolGrad', (inputs, { inputShape }) =>
  tf.tidy(() => {
    const dy = inputs.dy as tf.Tensor4D;
    const [, size] = dy.shape;
    const rows = multiplyAxis(dy, 1, tf.transpose(binWeights(inputShape[1], size)));
    return multiplyAxis(rows, 2, tf.transpose(binWeights(inputShape[2], size)));
  }),
);

/** R of the header, [size, input]. */
function binWeights(input: number, size: number): tf.Tensor2D {
  const weights = new Float32Array(size * input);
  for (let i = 0; i < size; i++) {
    const { start, end } = adaptiveBin(i, input, size);
    weights.fill(1 / (end - start), i * input + start, i * input + end);
  }
  return tf.tensor2d(weights, [size, input]);
}

/** Replaces `axis` (1 or 2) of x by matrix · axis; matrix [to, from]. */
function multiplyAxis(x: tf.Tensor4D, axis: 1 | 2, matrix: tf.Tensor2D): tf.Tensor4D {
  const order = axis === 1 ? [1, 0, 2, 3] : [2, 1, 0, 3];
  const front = tf.transpose(x, order);
  const [from, ...rest] = front.shape as [number, number, number, number];
  const product = tf.matMul(matrix, tf.reshape(front, [from, -1]) as tf.Tensor2D);
  return tf.transpose(tf.reshape(product, [matrix.shape[0], ...rest]) as tf.Tensor4D, order);
}
