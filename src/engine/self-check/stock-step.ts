/** Stock TensorFlow.js on the same network: its tape, its momentum optimizer, its kernels. */
// The whole package registers the gradients with the core that the lab's kernels use.
import '@tensorflow/tfjs';
import * as tf from '@tensorflow/tfjs-core';
import { headLayer, isParametric, type LayerSpec } from '../model/spec.ts';
import type { NetworkState } from '../network-state.ts';

export interface StockStep {
  /** Takes one training step; the loss before it where it is asked for, else NaN. */
  step(readLoss: boolean): Promise<number>;
  dispose(): void;
}

/** What both train on: the first head of a network, and one batch. */
export interface StockSubject {
  readonly network: NetworkState;
  readonly config: { readonly learningRate: number; readonly momentum: number };
  readonly batch: { readonly x: tf.Tensor4D };
  readonly labels: Int32Array;
}

/** A step of stock TensorFlow.js from the subject's weights as they are now. What it keeps, {@link StockStep.dispose} frees. */
export function stockStep(subject: StockSubject): StockStep {
  provideFilterGradient();
  const { network, config, batch, labels } = subject;
  const { model } = network;
  const head = network.heads[0]!;
  const layers: readonly LayerSpec[] = [...model.layers, headLayer(model, head.get('fc.bias')!.size)];
  // A real copy: the lab updates its weights in place.
  const weights = new Map([...network.backbone, ...head].map(([name, value]) => [name, variableOf(value)]));
  const variables = [...weights.values()];
  const optimizer = tf.train.momentum(config.learningRate, config.momentum);
  const targets = tf.tidy(() => tf.oneHot(tf.tensor1d(labels, 'int32'), head.get('fc.bias')!.size));
  const loss = (): tf.Scalar => {
    const logits = layers.reduce((x, layer) => stockLayer(layer, weights, x), batch.x as tf.Tensor);
    return tf.losses.softmaxCrossEntropy(targets, logits) as tf.Scalar;
  };
  const step = async (readLoss: boolean): Promise<number> => {
    const value = optimizer.minimize(loss, true, variables)!;
    const read = readLoss ? (await value.data())[0]! : Number.NaN;
    value.dispose();
    return read;
  };
  return {
    step,
    dispose: () => {
      tf.dispose([...variables, targets]);
      optimizer.dispose();
    },
  };
}

function variableOf(value: tf.Tensor): tf.Variable {
  const copy = tf.mul(value, 1);
  const variable = tf.variable(copy);
  copy.dispose();
  return variable;
}

function stockLayer(layer: LayerSpec, weights: ReadonlyMap<string, tf.Variable>, x: tf.Tensor): tf.Tensor {
  const weight = (): tf.Variable => weights.get(`${(layer as { name: string }).name}.weight`)!;
  const biased = (y: tf.Tensor): tf.Tensor => {
    const sum = tf.add(y, weights.get(`${(layer as { name: string }).name}.bias`)!);
    return isParametric(layer) && layer.relu ? tf.relu(sum) : sum;
  };
  switch (layer.kind) {
    case 'conv':
      return biased(tf.conv2d(x as tf.Tensor4D, weight() as tf.Tensor as tf.Tensor4D, layer.stride, layer.pad));
    case 'linear':
      return biased(tf.matMul(x, weight()));
    case 'max-pool':
      return tf.maxPool(x as tf.Tensor4D, layer.size, layer.stride, 'valid');
    case 'adaptive-avg-pool':
      return repeatTo(x as tf.Tensor4D, layer.size);
    case 'flatten':
      return tf.reshape(x, [x.shape[0]!, -1]);
    case 'dropout':
      throw new Error('peers are compared without dropout');
  }
}

/** AdaptiveAvgPool2d for the case that occurs: `size` is a multiple of the image, so each pixel is repeated. */
function repeatTo(x: tf.Tensor4D, size: number): tf.Tensor {
  const [count, height, width, channels] = x.shape;
  if (size % height !== 0 || size % width !== 0) throw new Error(`${height}×${width} does not divide ${size}`);
  const rows = tf.mul(tf.reshape(x, [count, height, 1, width * channels]), tf.ones([1, 1, size / height, 1]));
  const columns = tf.mul(tf.reshape(rows, [count * size, width, 1, channels]), tf.ones([1, 1, size / width, 1]));
  return tf.reshape(columns, [count, size, size, channels]);
}

/**
 * Stock wasm has no gradient of a convolution's weights, so nobody can train one there. The peer gets the best that stock
 * operations give: a convolution with the axes exchanged, image positions as the filter.
 */
function provideFilterGradient(): void {
  const backend = tf.getBackend();
  if (backend !== 'wasm' || tf.getKernel('Conv2DBackpropFilter', backend)) return;
  tf.registerKernel({
    kernelName: 'Conv2DBackpropFilter',
    backendName: backend,
    kernelFunc: ({ inputs, attrs }) => {
      const { strides, pad, filterShape } = attrs as unknown as { strides: number | [number, number]; pad: number; filterShape: [number, number, number, number] };
      const stride = typeof strides === 'number' ? strides : strides[0];
      return tf.tidy(() => {
        const x = tf.transpose(inputs['x'] as tf.Tensor4D, [3, 1, 2, 0]);
        const dy = tf.transpose(inputs['dy'] as tf.Tensor4D, [1, 2, 0, 3]);
        const full = tf.conv2d(x as tf.Tensor4D, dy as tf.Tensor4D, 1, pad, 'NHWC', stride);
        const [kh, kw] = filterShape;
        return tf.transpose(tf.slice(full, [0, 0, 0, 0], [-1, kh, kw, -1]), [1, 2, 0, 3]);
      });
    },
  });
}
