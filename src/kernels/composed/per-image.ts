import * as tf from '@tensorflow/tfjs-core';
import type { PerImage } from '../ops.ts';

/** |g| for 'abs', g² for 'square', g for 'sum'. Inside a `tf.tidy`. */
export function perImageTerm(gradient: tf.Tensor, perImage: PerImage): tf.Tensor {
  switch (perImage) {
    case 'sum':
      return gradient;
    case 'abs':
      return tf.abs(gradient);
    case 'square':
      return tf.square(gradient);
  }
}

/**
 * Σₙ term(gradient(n)), holding two gradients at a time.
 *
 * @param gradient of image n alone; its result is disposed here
 */
export function reduceImages(count: number, perImage: PerImage, gradient: (n: number) => tf.Tensor): tf.Tensor {
  let total = tf.tidy(() => perImageTerm(gradient(0), perImage));
  for (let n = 1; n < count; n++) {
    const sum = tf.tidy(() => tf.add(total, perImageTerm(gradient(n), perImage)));
    total.dispose();
    total = sum;
  }
  return total;
}
