/** Products and sums of fully connected layers, made of stock operations: op(a)·op(b), and bias gradients per image. */
import * as tf from '@tensorflow/tfjs-core';
import { kernel } from '../signatures.ts';
import { perImageTerm } from './per-image.ts';
import { unseen } from './unseen.ts';

export const composedDense = kernel('LabDense', ({ x, w, b }, { relu }) =>
  tf.tidy(() => {
    const y = tf.add(tf.matMul(x as tf.Tensor2D, unseen(w as tf.Tensor2D)), b as tf.Tensor1D);
    return relu ? tf.relu(y) : y;
  }),
);

export const composedMatMul = kernel('LabMatMul', ({ a, b }, { transposeA, transposeB }) =>
  tf.tidy(() => tf.matMul(a as tf.Tensor2D, unseen(b as tf.Tensor2D), transposeA, transposeB)),
);

/** [N, C] or [N,H,W,C] → [C]: Σₙ term(Σ over positions). */
export const composedChannelSum = kernel('LabChannelSum', ({ dy }, { perImage }) =>
  tf.tidy(() => {
    const images = dy.shape.length === 4 ? tf.sum(dy as tf.Tensor4D, [1, 2]) : (dy as tf.Tensor2D);
    return tf.sum(perImageTerm(images, perImage), 0);
  }),
);
