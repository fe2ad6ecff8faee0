import * as tf from '@tensorflow/tfjs-core';
import { headLayer, isParametric, type LayerSpec } from '../../src/engine/model/spec.ts';
import type { Subject } from './subject.ts';

/** The logits of a batch by stock TensorFlow.js alone, from the subject's weights. The caller disposes them. */
export function stockForward({ model, network }: Subject, x: tf.Tensor4D): tf.Tensor2D {
  const head = network.heads[0]!;
  const weights = new Map([...network.backbone, ...head]);
  const layers = [...model.layers, headLayer(model, head.get('fc.bias')!.size)];
  return tf.tidy(() => layers.reduce((value, layer) => stockLayer(layer, weights, value), x as tf.Tensor)) as tf.Tensor2D;
}

function stockLayer(layer: LayerSpec, weights: ReadonlyMap<string, tf.Tensor>, x: tf.Tensor): tf.Tensor {
  const part = (name: 'weight' | 'bias'): tf.Tensor => weights.get(`${isParametric(layer) ? layer.name : ''}.${name}`)!;
  switch (layer.kind) {
    case 'conv':
      return tf.fused.conv2d({
        x: x as tf.Tensor4D, filter: part('weight') as tf.Tensor4D, strides: layer.stride, pad: layer.pad, bias: part('bias'), activation: layer.relu ? 'relu' : 'linear',
      });
    case 'linear':
      return tf.fused.matMul({ a: x, b: part('weight'), bias: part('bias'), activation: layer.relu ? 'relu' : 'linear' });
    case 'max-pool':
      return tf.maxPool(x as tf.Tensor4D, layer.size, layer.stride, 'valid');
    case 'adaptive-avg-pool': {
      const { shape } = x as tf.Tensor4D;
      const repeats = layer.size / shape[1];
      if (!Number.isInteger(repeats)) throw new Error(`${shape[1]} pixels do not divide ${layer.size}`);
      return tf.image.resizeNearestNeighbor(x as tf.Tensor4D, [layer.size, layer.size]);
    }
    case 'flatten':
      return tf.reshape(x, [x.shape[0]!, -1]);
    case 'dropout':
      return x;
  }
}
