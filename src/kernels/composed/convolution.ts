/**
 * Convolution and its two gradients, made of stock operations.
 *
 *   y[n,p,q,o]  = b[o] + Σ_{u,v,i} x[n, p·s+u−pad, q·s+v−pad, i] · w[u,v,i,o]
 *   dx[n,r,c,i] = Σ_{u,v,o} dy[n, (r+pad−u)/s, (c+pad−v)/s, o] · w[u,v,i,o]   (where the divisions are exact)
 *   dw[u,v,i,o] = Σ_{n,p,q} x[n, p·s+u−pad, q·s+v−pad, i] · dy[n,p,q,o]
 *
 * The last line read again: a convolution whose images are input channels, whose channels are images, and whose
 * filter is dy dilated by s. So it runs on every backend that has a forward convolution (wasm has no other way).
 *
 * Padding is done apart: TensorFlow.js's numeric padding takes the filter's height for its width too, which an oblong filter
 * (and, for the last line, an oblong image) shows.
 */
import * as tf from '@tensorflow/tfjs-core';
import { kernel } from '../signatures.ts';
import { reduceImages } from './per-image.ts';
import { unseen } from './unseen.ts';

export const composedConv2d = kernel('LabConv2D', (inputs, { stride, pad, relu }) =>
  tf.tidy(() => {
    const { x, w, b } = inputs as { x: tf.Tensor4D; w: tf.Tensor4D; b: tf.Tensor1D };
    const y = tf.add(tf.conv2d(padded(x, pad), unseen(w), stride, 'valid'), b);
    return relu ? tf.relu(y) : y;
  }),
);

export const composedConv2dInputGrad = kernel('LabConv2DInputGrad', (inputs, { stride, pad, inputShape }) =>
  tf.tidy(() => {
    const { dy, w } = inputs as { dy: tf.Tensor4D; w: tf.Tensor4D };
    const [images, height, width, channels] = inputShape;
    const dx = tf.engine().runKernel(
      tf.Conv2DBackpropInput,
      { dy, filter: w },
      {
        strides: [stride, stride],
        pad: 'valid',
        dataFormat: 'NHWC',
        inputShape: [images, height + 2 * pad, width + 2 * pad, channels],
      },
    ) as tf.Tensor4D;
    return tf.slice(dx, [0, pad, pad, 0], [images, height, width, channels]);
  }),
);

export const composedConv2dFilterGrad = kernel('LabConv2DFilterGrad', (inputs, { stride, pad, filterShape, perImage }) =>
  tf.tidy(() => {
    const { x, dy } = inputs as { x: tf.Tensor4D; dy: tf.Tensor4D };
    const [height, width, channelsIn, channelsOut] = filterShape;
    const gradient = (images: tf.Tensor4D, upstream: tf.Tensor4D): tf.Tensor =>
      tf.tidy(() => {
        const channelsAsImages = tf.transpose(padded(images, pad), [3, 1, 2, 0]);
        const filter = tf.transpose(upstream, [1, 2, 0, 3]);
        const sums = tf.conv2d(channelsAsImages, filter, 1, 'valid', 'NHWC', stride);
        // Where the stride does not divide the padded input, the last rows and columns belong to no filter tap.
        const taps = tf.slice(sums, [0, 0, 0, 0], [channelsIn, height, width, channelsOut]);
        return tf.transpose(taps, [1, 2, 0, 3]);
      });
    if (perImage === 'sum') return gradient(x, dy);
    return reduceImages(x.shape[0], perImage, (n) => gradient(image(x, n), image(dy, n)));
  }),
);

function padded(images: tf.Tensor4D, pad: number): tf.Tensor4D {
  return tf.pad(images, [[0, 0], [pad, pad], [pad, pad], [0, 0]]);
}

function image(batch: tf.Tensor4D, index: number): tf.Tensor4D {
  return tf.slice(batch, [index, 0, 0, 0], [1, -1, -1, -1]);
}
