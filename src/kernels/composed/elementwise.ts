/** Derivative of the ReLU and dropout, made of stock operations. */
import * as tf from '@tensorflow/tfjs-core';
import { dropoutBits, dropThreshold } from '../dropout-hash.ts';
import { kernel } from '../signatures.ts';

/** dy · [y > 0], by selection: a dead unit's gradient is 0 even where dy is not finite. */
export const composedReluGrad = kernel('LabReluGrad', ({ dy, y }) =>
  tf.tidy(() => tf.where(tf.greater(y as tf.Tensor, 0), dy as tf.Tensor, tf.zerosLike(dy as tf.Tensor))),
);

/** x · keep/(1 − rate); the factors are made on the host. */
export const composedDropout = kernel('LabDropout', ({ x }, { rate, seed }) =>
  tf.tidy(() => {
    const threshold = dropThreshold(rate);
    const factors = new Float32Array((x as tf.Tensor).size);
    for (let i = 0; i < factors.length; i++) factors[i] = dropoutBits(seed, i) >= threshold ? 1 / (1 - rate) : 0;
    return tf.mul(x as tf.Tensor, tf.tensor(factors, x.shape));
  }),
);
