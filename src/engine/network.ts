/**
 * Forward and backward over a chain of layers, without a tape: exactly the activations that the backward pass reads are
 * kept, and each parameter's gradient is handed out as soon as it is known, so that it can be used and freed at once.
 */
import { abs, clone, dispose, reshape, square, tidy, type Tensor, type Tensor1D, type Tensor2D, type Tensor4D } from '@tensorflow/tfjs-core';
import {
  adaptiveAvgPool, adaptiveAvgPoolGrad, channelSum, conv2d, conv2dFilterGrad, conv2dInputGrad, dense, dropout, matMul, maxPool,
  maxPoolGrad, reluGrad, type PerImage,
} from '../kernels/ops.ts';
import { deriveSeed } from '../core/random.ts';
import { isParametric, type ConvLayer, type LayerSpec, type LinearLayer, type ModelSpec } from './model/spec.ts';
import type { Params } from './model/params.ts';

export interface ForwardOptions {
  /** Index of the first layer whose input must be kept, or null when no backward pass follows. */
  readonly keepFrom: number | null;
  /** Seed of this step's dropout masks, or null for evaluation mode. */
  readonly dropoutSeed: number | null;
}

/** What a forward pass leaves behind. Dispose with {@link disposeTrace}. */
export interface Trace {
  /** Input of layer i, or null where it was not kept; entry `layers.length` is the backbone's output [N, features]. */
  readonly values: readonly (Tensor | null)[];
  readonly features: Tensor2D;
  readonly dropoutSeed: number | null;
}

/** Called once per trained parameter, in backward order; the callee takes the gradient over and disposes it. */
export type GradientSink = (name: string, gradient: Tensor) => void;

/**
 * Offered a layer's gradients as what they are made of, before they are made: its input and the gradient of its output, which stay the
 * caller's. Each returns true where it was used so and need not be made.
 */
export interface FactorSink {
  weight(layer: ConvLayer | LinearLayer, x: Tensor, dy: Tensor): boolean;
  bias(layer: ConvLayer | LinearLayer, dy: Tensor2D | Tensor4D): boolean;
}

/** Index of the first layer with a trained parameter; `layers.length` when none is trained. */
export function firstTrained(spec: ModelSpec, trained: ReadonlySet<string>): number {
  const index = spec.layers.findIndex((layer) => isParametric(layer) && trained.has(`${layer.name}.weight`));
  return index < 0 ? spec.layers.length : index;
}

/**
 * The backbone's output for a batch.
 * @param x [N, H, W, C] images; stays the caller's
 */
export function forward(spec: ModelSpec, params: Params, x: Tensor4D, options: ForwardOptions): Trace {
  const values: (Tensor | null)[] = [];
  let current: Tensor = x;
  spec.layers.forEach((layer, index) => {
    const next = layerForward(layer, index, params, current, options.dropoutSeed);
    if (options.keepFrom !== null && index >= options.keepFrom) {
      values.push(current);
    } else {
      values.push(null);
      if (current !== x && current !== next) current.dispose();
    }
    current = next;
  });
  values.push(current);
  return { values, features: current as Tensor2D, dropoutSeed: options.dropoutSeed };
}

/** Frees all a forward pass kept, but not the images it was given. */
export function disposeTrace(trace: Trace, x: Tensor4D): void {
  dispose(trace.values.filter((value): value is Tensor => value !== null && value !== x));
}

function layerForward(layer: LayerSpec, index: number, params: Params, x: Tensor, dropoutSeed: number | null): Tensor {
  switch (layer.kind) {
    case 'conv':
      return conv2d(x as Tensor4D, weight(params, layer) as Tensor4D, bias(params, layer), layer, layer.relu);
    case 'linear':
      return dense(x as Tensor2D, weight(params, layer) as Tensor2D, bias(params, layer), layer.relu);
    case 'max-pool':
      return maxPool(x as Tensor4D, layer.size, layer.stride);
    case 'adaptive-avg-pool':
      return adaptiveAvgPool(x as Tensor4D, layer.size);
    case 'flatten':
      return reshape(x, [x.shape[0]!, -1]);
    case 'dropout':
      return dropoutSeed === null ? clone(x) : dropout(x, layer.rate, deriveSeed(dropoutSeed, index));
  }
}

/**
 * The chain rule from the backbone's output down to the first trained layer.
 * @param dFeatures [N, features], gradient with respect to the backbone's output; stays the caller's
 * @param factors may take gradients in another form, where `perImage` is 'sum'
 * @param perImage 'sum' gives Σₙ gₙ; 'abs' and 'square' reduce each image's gradient before the sum (exact MAS, Fisher)
 */
export function backward(
  spec: ModelSpec,
  params: Params,
  trace: Trace,
  dFeatures: Tensor2D,
  trained: ReadonlySet<string>,
  perImage: PerImage,
  sink: GradientSink,
  factors?: FactorSink,
): void {
  const lowest = firstTrained(spec, trained);
  let dy: Tensor = dFeatures;
  // True when dy is already the gradient before the ReLU of the layer below (the pooling gradient applied its mask).
  let masked = false;
  const advance = (next: Tensor): void => {
    if (dy !== dFeatures) dy.dispose();
    dy = next;
  };
  for (let index = spec.layers.length - 1; index >= lowest; index--) {
    const layer = spec.layers[index]!;
    const x = kept(trace, index);
    switch (layer.kind) {
      case 'conv':
      case 'linear': {
        if (layer.relu && !masked) advance(reluGrad(dy, kept(trace, index + 1)));
        const next = index > lowest ? inputGradient(layer, params, x, dy) : null;
        if (trained.has(`${layer.name}.weight`)) {
          // The input gradient comes first: the sink may update the weight in place.
          const taker = perImage === 'sum' ? factors : undefined;
          const upstream = dy as Tensor2D | Tensor4D;
          if (!taker?.weight(layer, x, dy)) sink(`${layer.name}.weight`, weightGradient(layer, x, dy, perImage));
          if (!taker?.bias(layer, upstream)) sink(`${layer.name}.bias`, channelSum(upstream, perImage));
        }
        if (next) advance(next);
        masked = false;
        break;
      }
      case 'max-pool': {
        const below = spec.layers[index - 1];
        masked = below !== undefined && isParametric(below) && below.relu;
        advance(maxPoolGrad(dy as Tensor4D, x as Tensor4D, kept(trace, index + 1) as Tensor4D, layer.size, layer.stride, masked));
        break;
      }
      case 'adaptive-avg-pool':
        advance(adaptiveAvgPoolGrad(dy as Tensor4D, x.shape as [number, number, number, number]));
        break;
      case 'flatten':
        advance(reshape(dy, x.shape));
        break;
      case 'dropout':
        if (trace.dropoutSeed !== null) advance(dropout(dy, layer.rate, deriveSeed(trace.dropoutSeed, index)));
        break;
    }
  }
  if (dy !== dFeatures) dy.dispose();
}

/**
 * A layer's weight gradient, reduced over images as asked. For a linear layer one image's gradient is the outer product
 * x dᵀ, so Σ|g| = |X|ᵀ|D| and Σg² = (X∘X)ᵀ(D∘D): exact, without any per-image gradient.
 */
export function weightGradient(layer: ConvLayer | LinearLayer, x: Tensor, dy: Tensor, perImage: PerImage): Tensor {
  if (layer.kind === 'conv') {
    const { kernel, inChannels, outChannels } = layer;
    return conv2dFilterGrad(x as Tensor4D, dy as Tensor4D, [kernel, kernel, inChannels, outChannels], layer, perImage);
  }
  switch (perImage) {
    case 'sum':
      return matMul(x as Tensor2D, dy as Tensor2D, true, false);
    case 'abs':
      return tidy(() => matMul(abs(x as Tensor2D), abs(dy as Tensor2D), true, false));
    case 'square':
      return tidy(() => matMul(square(x as Tensor2D), square(dy as Tensor2D), true, false));
  }
}

function inputGradient(layer: ConvLayer | LinearLayer, params: Params, x: Tensor, dy: Tensor): Tensor {
  return layer.kind === 'conv'
    ? conv2dInputGrad(dy as Tensor4D, weight(params, layer) as Tensor4D, x.shape as [number, number, number, number], layer)
    : matMul(dy as Tensor2D, weight(params, layer) as Tensor2D, false, true);
}

function kept(trace: Trace, index: number): Tensor {
  const value = trace.values[index];
  if (!value) throw new Error(`the input of layer ${index} was not kept`);
  return value;
}

function weight(params: Params, layer: ConvLayer | LinearLayer): Tensor {
  return param(params, `${layer.name}.weight`);
}

function bias(params: Params, layer: ConvLayer | LinearLayer): Tensor1D {
  return param(params, `${layer.name}.bias`) as Tensor1D;
}

function param(params: Params, name: string): Tensor {
  const value = params.get(name);
  if (!value) throw new Error(`no parameter ${name}`);
  return value;
}
