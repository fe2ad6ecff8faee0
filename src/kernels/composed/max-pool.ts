/**
 * Max pooling and its gradient, made of stock operations.
 *
 *   y[n,p,q,c]  = max_{u,v} x[n, p·s+u, q·s+v, c]
 *   dx[n,r,k,c] = Σ of dy[n,p,q,c] over the windows whose first maximum in row order is (r, k)
 *
 * The stock gradients disagree about ties (webgpu takes the last), so windows are walked in row order here: tap (u,v) of all
 * windows at once is a strided slice; where it equals y and no earlier tap did, it takes dy.
 */
import * as tf from '@tensorflow/tfjs-core';
import { kernel } from '../signatures.ts';

export const composedMaxPool = kernel('LabMaxPool', ({ x }, { size, stride }) =>
  tf.maxPool(x as tf.Tensor4D, size, stride, 'valid'),
);

export const composedMaxPoolGrad = kernel('LabMaxPoolGrad', (inputs, { size, stride, reluMask }) =>
  tf.tidy(() => {
    const { dy, x, y } = inputs as { dy: tf.Tensor4D; x: tf.Tensor4D; y: tf.Tensor4D };
    const [images, height, width, channels] = x.shape;
    const [, rows, columns] = y.shape;
    const none = tf.zerosLike(dy);
    let dx: tf.Tensor4D = tf.zerosLike(x);
    let waiting = tf.onesLike(dy);
    for (let u = 0; u < size; u++) {
      for (let v = 0; v < size; v++) {
        const tap = tf.stridedSlice(
          x,
          [0, u, v, 0],
          [images, u + (rows - 1) * stride + 1, v + (columns - 1) * stride + 1, channels],
          [1, stride, stride, 1],
        );
        const takes = tf.logicalAnd(tf.equal(tap, y), tf.cast(waiting, 'bool'));
        dx = tf.add(dx, spread(tf.where(takes, dy, none), stride, u, v, height, width));
        waiting = tf.where(takes, none, waiting);
      }
    }
    return reluMask ? tf.where(tf.greater(x, 0), dx, tf.zerosLike(dx)) : dx;
  }),
);

/** Puts element (p, q) at (p·stride + top, q·stride + left) of a [height, width] image of zeros. */
function spread(
  taps: tf.Tensor4D,
  stride: number,
  top: number,
  left: number,
  height: number,
  width: number,
): tf.Tensor4D {
  const [images, rows, columns, channels] = taps.shape;
  const between: [number, number][] = [[0, 0], [0, 0], [0, stride - 1], [0, 0]];
  const line = tf.pad(tf.reshape(taps, [images * rows, columns, 1, channels]), between);
  const grid = tf.reshape(tf.pad(tf.reshape(line, [images, rows, 1, columns * stride * channels]), between), [
    images,
    rows * stride,
    columns * stride,
    channels,
  ]);
  // The zeros after the last row and column may reach past the image.
  const fitting: tf.Tensor4D = tf.slice(grid as tf.Tensor4D, [0, 0, 0, 0], [
    images,
    Math.min(rows * stride, height - top),
    Math.min(columns * stride, width - left),
    channels,
  ]);
  return tf.pad(fitting, [
    [0, 0],
    [top, height - top - fitting.shape[1]],
    [left, width - left - fitting.shape[2]],
    [0, 0],
  ]);
}
