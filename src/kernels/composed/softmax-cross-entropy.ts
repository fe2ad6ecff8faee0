/**
 * Softmax cross-entropy and its gradient, made of stock operations.
 *
 *   z = logits − max,  loss[n] = scale · (log Σₖ exp(z[n,k]) − z[n, label]),  dlogits = scale · (exp(z)/Σ exp(z) − onehot)
 */
import * as tf from '@tensorflow/tfjs-core';
import { kernel } from '../signatures.ts';

export const composedSoftmaxCrossEntropy = kernel('LabSoftmaxCrossEntropy', (inputs, { scale }) => {
  const { logits, labels } = inputs as { logits: tf.Tensor2D; labels: tf.Tensor1D };
  const [loss, dlogits] = tf.tidy(() => {
    const shifted = tf.sub(logits, tf.max(logits, 1, true));
    const exponentials = tf.exp(shifted);
    const sums = tf.sum(exponentials, 1, true);
    // Not tf.oneHot, which refuses a single class.
    const isLabel = tf.equal(tf.range(0, logits.shape[1], 1, 'int32'), tf.expandDims(labels, 1));
    const chosen = tf.sum(tf.where(isLabel, shifted, tf.zerosLike(shifted)), 1);
    return [
      tf.mul(tf.sub(tf.reshape(tf.log(sums), [logits.shape[0]]), chosen), scale),
      tf.mul(tf.sub(tf.div(exponentials, sums), tf.cast(isLabel, 'float32')), scale),
    ] as tf.Tensor[];
  }) as [tf.Tensor, tf.Tensor];
  return [loss, dlogits];
});
