/**
 * Importance from the sensitivity of the network's output, one pass over a set of images (DESIGN.md section 2;
 * MAS: Aljundi et al. 2018, section 4; Fisher: Kirkpatrick et al. 2017). Dropout is off throughout.
 */
import {
  abs, add, cast, dispose, div, mul, oneHot, slice, softmax, sqrt, tensor1d, tidy, type Tensor, type Tensor1D, type Tensor2D, type Tensor4D,
} from '@tensorflow/tfjs-core';
import { createRandom } from '../../core/random.ts';
import { LabError } from '../../core/errors.ts';
import { softmaxCrossEntropy, type PerImage } from '../../kernels/ops.ts';
import { headForward, headInputGradient } from '../head.ts';
import type { ModelSpec } from '../model/spec.ts';
import type { Params } from '../model/params.ts';
import { backward, disposeTrace, firstTrained, forward, type GradientSink, type Trace } from '../network.ts';
import { localGradients } from './local-importance.ts';

export type ImportanceRule =
  /** 1/N Σₖ |∂‖F(xₖ)‖²/∂θ|: MAS, global, exact. */
  | { readonly kind: 'global' }
  /** The same with the absolute value of each batch's summed gradient: what the authors' code computes. */
  | { readonly kind: 'batch' }
  /** 1/N Σₖ Σ_c |∂F_c(xₖ)/∂θ| (paper, section 4.1). */
  | { readonly kind: 'vector-l1' }
  /** 1/N Σₖ √(Σ_c (∂F_c(xₖ)/∂θ)²). Costs a backward pass per image and output. */
  | { readonly kind: 'vector-l2' }
  /** 1/N Σₖ |∂‖ReLU(layer output)‖²/∂θ_layer|, the layer's input held constant: the Hebbian version. */
  | { readonly kind: 'local' }
  /** 1/N Σₖ (∂ log p(yₖ|xₖ)/∂θ)²: empirical Fisher of EWC, labels true or sampled from the model. */
  | { readonly kind: 'fisher'; readonly labels: 'true' | 'sampled'; readonly seed: number };

/** Images for one pass, in order; `labels` are class indices of the head. The receiver disposes `x`. */
export interface ImportanceBatch {
  readonly x: Tensor4D;
  readonly labels: Int32Array;
}

export interface ImportanceRequest {
  readonly model: ModelSpec;
  readonly backbone: Params;
  readonly head: Params;
  readonly trained: ReadonlySet<string>;
  readonly rule: ImportanceRule;
  readonly batches: AsyncIterable<ImportanceBatch> | Iterable<ImportanceBatch>;
  /** Told after each batch how many images are done. May wait (to yield, to stop by throwing). */
  readonly onProgress?: (images: number) => Promise<void> | void;
}

/**
 * Ω of every trained backbone parameter, same shapes, ≥ 0; the caller disposes.
 * @throws LabError 'importance-empty' when there are no images
 */
export async function measureImportance(request: ImportanceRequest): Promise<Params> {
  const totals = new Map<string, Tensor>();
  const include = (name: string, value: Tensor): void => {
    const before = totals.get(name);
    totals.set(name, before ? add(before, value) : value);
    if (before) dispose([before, value]);
  };
  let images = 0;
  try {
    for await (const { x, labels } of request.batches) {
      try {
        await addBatch(request, x, labels, images, include);
      } finally {
        x.dispose();
      }
      images += labels.length;
      await request.onProgress?.(images);
    }
    if (images === 0) {
      throw new LabError('importance-empty', 'Importance cannot be measured: there are no images to measure it on.', 'Choose an importance source with images.');
    }
    return new Map([...totals].map(([name, sum]) => [name, div(sum, images)] as const));
  } finally {
    for (const sum of totals.values()) sum.dispose();
  }
}

async function addBatch(request: ImportanceRequest, x: Tensor4D, labels: Int32Array, seen: number, include: GradientSink): Promise<void> {
  const { model, backbone, head, trained, rule } = request;
  const trace = forward(model, backbone, x, { keepFrom: firstTrained(model, trained), dropoutSeed: null });
  const pass = (dlogits: Tensor2D, perImage: PerImage, sink: GradientSink): void => {
    const dFeatures = headInputGradient(head, dlogits);
    backward(model, backbone, trace, dFeatures, trained, perImage, sink);
    dFeatures.dispose();
    dlogits.dispose();
  };
  const logits = headForward(head, trace.features);
  try {
    switch (rule.kind) {
      case 'global':
        pass(mul<Tensor2D>(logits, 2), 'abs', include);
        break;
      case 'batch':
        pass(mul<Tensor2D>(logits, 2), 'sum', (name, gradient) => {
          include(name, tidy(() => abs(gradient)));
          gradient.dispose();
        });
        break;
      case 'vector-l1':
        for (let c = 0; c < logits.shape[1]; c++) pass(outputDirection(logits, c), 'abs', include);
        break;
      case 'vector-l2':
        vectorL2(request, x, logits, include);
        break;
      case 'local':
        localGradients(model, trace, trained, include);
        break;
      case 'fisher': {
        const used = rule.labels === 'true' ? labels : await sampledLabels(logits, rule.seed, seen);
        const target = tensor1d(used, 'int32');
        const { loss, dlogits } = softmaxCrossEntropy(logits, target as Tensor1D, 1);
        loss.dispose();
        target.dispose();
        pass(dlogits, 'square', include);
        break;
      }
    }
  } finally {
    logits.dispose();
    disposeTrace(trace, x);
  }
}

/** dlogits that picks output c of every image. */
function outputDirection(logits: Tensor2D, c: number): Tensor2D {
  return tidy(() => cast(oneHot(tensor1d(new Int32Array(logits.shape[0]).fill(c), 'int32'), logits.shape[1]), 'float32') as Tensor2D);
}

/**
 * The root must be taken per image after the sum over outputs, so images go one at a time: of a single image,
 * the 'square' reduction is its squared gradient.
 */
function vectorL2(request: ImportanceRequest, x: Tensor4D, logits: Tensor2D, include: GradientSink): void {
  const { model, backbone, head, trained } = request;
  const [count, outputs] = logits.shape;
  const keepFrom = firstTrained(model, trained);
  for (let k = 0; k < count; k++) {
    const image = slice(x, [k, 0, 0, 0], [1, -1, -1, -1]);
    const trace: Trace = forward(model, backbone, image, { keepFrom, dropoutSeed: null });
    const squares = new Map<string, Tensor>();
    for (let c = 0; c < outputs; c++) {
      const one = tidy(() => cast(oneHot(tensor1d([c], 'int32'), outputs), 'float32') as Tensor2D);
      const dFeatures = headInputGradient(head, one);
      backward(model, backbone, trace, dFeatures, trained, 'square', (name, gradient) => {
        const before = squares.get(name);
        squares.set(name, before ? tidy(() => add(before, gradient)) : gradient);
        if (before) {
          before.dispose();
          gradient.dispose();
        }
      });
      one.dispose();
      dFeatures.dispose();
    }
    for (const [name, sum] of squares) {
      include(name, tidy(() => sqrt(sum)));
      sum.dispose();
    }
    disposeTrace(trace, image);
    image.dispose();
  }
}

/** One label per image drawn from softmax(logits), by a stream of its own per image. */
async function sampledLabels(logits: Tensor2D, seed: number, seen: number): Promise<Int32Array> {
  const probabilities = softmax(logits);
  const values = await probabilities.data();
  probabilities.dispose();
  const [count, outputs] = logits.shape;
  return Int32Array.from({ length: count }, (_, k) => {
    let left = createRandom(seed, 'fisher', seen + k).uniform();
    for (let c = 0; c < outputs - 1; c++) {
      left -= values[k * outputs + c]!;
      if (left < 0) return c;
    }
    return outputs - 1;
  });
}
