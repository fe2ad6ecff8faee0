/** The network once more, of stock operations on TensorFlow.js's tape: a second opinion that shares none of the engine's backward pass. */
import '@tensorflow/tfjs-core/dist/register_all_gradients';
import * as tf from '@tensorflow/tfjs-core';
import { deriveSeed } from '../../src/core/random.ts';
import type { Params } from '../../src/engine/model/params.ts';
import { isParametric, type ModelSpec } from '../../src/engine/model/spec.ts';
import { dropout } from '../../src/kernels/ops.ts';

/** The backbone's output [N, features]. Dropout takes the lab's masks, as constants. */
export function tapeFeatures(model: ModelSpec, params: Params, x: tf.Tensor4D, dropoutSeed: number | null): tf.Tensor2D {
  let current: tf.Tensor = x;
  model.layers.forEach((layer, index) => {
    switch (layer.kind) {
      case 'conv':
        current = tf.conv2d(current as tf.Tensor4D, params.get(`${layer.name}.weight`) as tf.Tensor4D, layer.stride, layer.pad, 'NHWC', 1, 'floor');
        break;
      case 'linear':
        current = tf.matMul(current, params.get(`${layer.name}.weight`)!);
        break;
      case 'max-pool':
        current = tf.maxPool(current as tf.Tensor4D, layer.size, layer.stride, 'valid');
        break;
      case 'adaptive-avg-pool':
        if (current.shape[1] !== 1) throw new Error('only one pixel is spread here');
        current = tf.tile(current, [1, layer.size, layer.size, 1]);
        break;
      case 'flatten':
        current = tf.reshape(current, [current.shape[0]!, -1]);
        break;
      case 'dropout':
        if (dropoutSeed !== null) current = tf.mul(current, dropout(tf.ones(current.shape), layer.rate, deriveSeed(dropoutSeed, index)));
        break;
    }
    if (isParametric(layer)) current = tf.relu(tf.add(current, params.get(`${layer.name}.bias`)!));
  });
  return current as tf.Tensor2D;
}

/** Logits of one head on features. */
export function tapeLogits(features: tf.Tensor2D, head: Params): tf.Tensor2D {
  return tf.add(tf.matMul(features, head.get('fc.weight') as tf.Tensor2D), head.get('fc.bias')!) as tf.Tensor2D;
}

/** ∂f/∂ every tensor of `params`, by name, read to the host. */
export async function tapeGradients(params: Params, f: (params: Params) => tf.Scalar): Promise<Map<string, Float32Array>> {
  const names = [...params.keys()];
  const gradients = tf.grads((...values: tf.Tensor[]) => f(new Map(names.map((name, i) => [name, values[i]!]))))([...params.values()]);
  const out = new Map<string, Float32Array>();
  for (const [i, gradient] of gradients.entries()) {
    out.set(names[i]!, Float32Array.from(await gradient.data()));
    gradient.dispose();
  }
  return out;
}
