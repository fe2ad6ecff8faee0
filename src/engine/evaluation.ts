/** What the network says about images: logits, accuracy, per-class counts. */
import { concat, dispose, type Tensor2D, type Tensor4D } from '@tensorflow/tfjs-core';
import { headForward } from './head.ts';
import { disposeTrace, forward } from './network.ts';
import type { Params } from './model/params.ts';
import type { ModelSpec } from './model/spec.ts';

/** Logits of N images under one head, on the host: row k at [k·classes, (k+1)·classes). */
export interface Predictions {
  readonly classes: number;
  readonly logits: Float32Array;
}

/**
 * Logits of all images that `batches` gives (each [n, H, W, C], disposed here), in evaluation mode, read back once.
 * @param heads the heads to read out; one result each, so that class-incremental read-out costs one forward pass
 */
export async function predict(
  model: ModelSpec,
  backbone: Params,
  heads: readonly Params[],
  batches: AsyncIterable<Tensor4D> | Iterable<Tensor4D>,
): Promise<Predictions[]> {
  const parts: Tensor2D[][] = heads.map(() => []);
  for await (const x of batches) {
    const trace = forward(model, backbone, x, { keepFrom: null, dropoutSeed: null });
    heads.forEach((head, h) => parts[h]!.push(headForward(head, trace.features)));
    disposeTrace(trace, x);
    x.dispose();
  }
  const results: Predictions[] = [];
  for (const logits of parts) {
    if (logits.length === 0) {
      results.push({ classes: 0, logits: new Float32Array(0) });
      continue;
    }
    const all = logits.length === 1 ? logits[0]! : concat(logits, 0);
    results.push({ classes: all.shape[1], logits: new Float32Array((await all.data()) as Float32Array) });
    dispose([all, ...logits]);
  }
  return results;
}

/** Index of the largest logit of image k; of equal ones the first. */
export function predictedClass(predictions: Predictions, k: number): number {
  const { classes, logits } = predictions;
  let best = 0;
  for (let c = 1; c < classes; c++) if (logits[k * classes + c]! > logits[k * classes + best]!) best = c;
  return best;
}

/** Share of images whose largest logit is their label's, in [0, 1]; null for no images. */
export function accuracy(predictions: Predictions, labels: ArrayLike<number>): number | null {
  if (labels.length === 0) return null;
  let right = 0;
  for (let k = 0; k < labels.length; k++) if (predictedClass(predictions, k) === labels[k]) right++;
  return right / labels.length;
}

/**
 * Predictions of several heads side by side: one classifier over all their classes, head after head (class-incremental read-out).
 * @param heads of the same images
 */
export function concatenated(heads: readonly Predictions[]): Predictions {
  const classes = heads.reduce((sum, head) => sum + head.classes, 0);
  const [first] = heads;
  const count = first && first.classes > 0 ? first.logits.length / first.classes : 0;
  const logits = new Float32Array(count * classes);
  let offset = 0;
  for (const head of heads) {
    for (let k = 0; k < count; k++) logits.set(head.logits.subarray(k * head.classes, (k + 1) * head.classes), k * classes + offset);
    offset += head.classes;
  }
  return { classes, logits };
}

/** Counts [true class][predicted class]. */
export function confusion(predictions: Predictions, labels: ArrayLike<number>): number[][] {
  const counts = Array.from({ length: predictions.classes }, () => new Array<number>(predictions.classes).fill(0));
  for (let k = 0; k < labels.length; k++) counts[labels[k]!]![predictedClass(predictions, k)]! += 1;
  return counts;
}

/** Softmax of image k's logits. */
export function probabilities(predictions: Predictions, k: number): number[] {
  const row = [...predictions.logits.subarray(k * predictions.classes, (k + 1) * predictions.classes)];
  const top = Math.max(...row);
  const weights = row.map((value) => Math.exp(value - top));
  const total = weights.reduce((a, b) => a + b, 0);
  return weights.map((weight) => weight / total);
}
