/**
 * Importance as published code computes it under the name MAS, on one state of the network (definitions and sources:
 * core/dialects.ts). Only what is measured here; shares of the first task and factors of the penalty are in the table there.
 */
import { abs, add, concat, dispose, div, maximum, mul, norm, split, tidy, type Tensor, type Tensor2D } from '@tensorflow/tfjs-core';
import type { DialectId } from '../../core/dialects.ts';
import { LabError } from '../../core/errors.ts';
import { deriveSeed } from '../../core/random.ts';
import { headForward, headGradients, headInputGradient } from '../head.ts';
import type { Params } from '../model/params.ts';
import type { ModelSpec } from '../model/spec.ts';
import { backward, disposeTrace, firstTrained, forward } from '../network.ts';
import { measureImportance, type ImportanceBatch } from './output-importance.ts';

/** Images per batch in the authors' code. */
const AUTHORS_BATCH = 200;
/** Divisor where all logits are 0: a normal float32, so that the direction there is 0. */
const SMALLEST = 1e-30;

export interface DialectRequest {
  readonly model: ModelSpec;
  readonly backbone: Params;
  /** All heads so far; the last is the current task's. */
  readonly heads: readonly Params[];
  readonly trained: ReadonlySet<string>;
  readonly images: number;
  /** Images per training batch. */
  readonly batchSize: number;
  /** Seed of dropout, where it is on. */
  readonly seed: number;
  /** The images in batches of at most `size`, in order. */
  batches(size: number): AsyncIterable<ImportanceBatch> | Iterable<ImportanceBatch>;
  /** Told after each batch; may wait, or stop by throwing. */
  readonly onProgress?: (images: number) => Promise<void> | void;
}

/**
 * Ω of every trained backbone parameter; with 'avalanche' also of the current head ('fc.weight', 'fc.bias'). The caller disposes.
 * @throws LabError 'importance-empty' when there are no images
 */
export async function measureDialect(dialect: DialectId, request: DialectRequest): Promise<Params> {
  const { model, backbone, heads, trained, onProgress, images, batchSize } = request;
  switch (dialect) {
    case 'paper':
      return measureImportance({
        model, backbone, trained, head: heads.at(-1)!, rule: { kind: 'global' }, batches: request.batches(Math.min(64, batchSize)), ...(onProgress ? { onProgress } : {}),
      });
    case 'authors':
      return batched(request, AUTHORS_BATCH, {
        heads: heads.slice(-1), squared: true, dropout: false, withHead: false,
        scale: () => 1,
        // ω ← (ω · index · n + |g|) / ((index + 1) · n), n the size of this batch even where earlier ones were larger.
        join: (omega, gradient, index, count) => div(add(mul(omega, index * count), gradient), (index + 1) * count),
      });
    case 'avalanche': {
      const total = Math.ceil(images / batchSize);
      return batched(request, batchSize, {
        heads: heads.slice(-1), squared: true, dropout: true, withHead: true,
        scale: (count) => 1 / count,
        join: (omega, gradient) => add(omega, div(gradient, total)),
      });
    }
    case 'facil': {
      // Only whole batches; of fewer images than one batch, that one.
      const total = Math.max(1, Math.floor(images / batchSize));
      return batched(request, batchSize, {
        heads, squared: false, dropout: true, withHead: false, most: total,
        scale: (count) => 1 / count,
        join: (omega, gradient) => add(omega, div(gradient, total)),
      });
    }
  }
}

interface BatchRule {
  /** Whose logits make up F. */
  readonly heads: readonly Params[];
  /** ‖F‖² or ‖F‖. */
  readonly squared: boolean;
  readonly dropout: boolean;
  /** Whether the last head has an importance too. */
  readonly withHead: boolean;
  /** Batches at most. */
  readonly most?: number;
  /** Factor of a batch's sum over its images. */
  scale(count: number): number;
  /** Ω with the next batch's |g|; inside a tidy. */
  join(omega: Tensor | number, gradient: Tensor, index: number, count: number): Tensor;
}

async function batched(request: DialectRequest, size: number, rule: BatchRule): Promise<Params> {
  const totals = new Map<string, Tensor>();
  let index = 0;
  let images = 0;
  try {
    for await (const { x, labels } of request.batches(size)) {
      try {
        if (index < (rule.most ?? Infinity)) {
          addBatch(request, rule, x, index, (name, gradient) => {
            const before = totals.get(name);
            totals.set(name, tidy(() => rule.join(before ?? 0, abs(gradient), index, labels.length)));
            dispose(before ? [before, gradient] : gradient);
          });
        }
      } finally {
        x.dispose();
      }
      index += 1;
      images += labels.length;
      await request.onProgress?.(images);
    }
    if (images === 0) throw new LabError('importance-empty', 'Importance cannot be measured: there are no images to measure it on.', 'Choose an importance source with images.');
    return totals;
  } catch (error) {
    for (const total of totals.values()) total.dispose();
    throw error;
  }
}

function addBatch(request: DialectRequest, rule: BatchRule, x: ImportanceBatch['x'], index: number, sink: (name: string, gradient: Tensor) => void): void {
  const { model, backbone, trained, seed } = request;
  const trace = forward(model, backbone, x, { keepFrom: firstTrained(model, trained), dropoutSeed: rule.dropout ? deriveSeed(seed, 'dialect', index) : null });
  const logits = rule.heads.map((head) => headForward(head, trace.features));
  const directions = tidy(() => outputDirections(logits, rule.squared, rule.scale(x.shape[0])));
  dispose(logits);
  const dFeatures = tidy(() => rule.heads.map((head, h) => headInputGradient(head, directions[h]!)).reduce((a, b) => add(a, b)));
  if (rule.withHead) for (const [name, gradient] of headGradients(trace.features, directions.at(-1)!)) sink(name, gradient);
  backward(model, backbone, trace, dFeatures, trained, 'sum', sink);
  dispose([dFeatures, ...directions]);
  disposeTrace(trace, x);
}

/** ∂/∂F of scale · Σ ‖F‖² = 2F, or of scale · Σ ‖F‖ = F/‖F‖, per head; F is all heads' logits side by side. */
function outputDirections(logits: readonly Tensor2D[], squared: boolean, scale: number): Tensor2D[] {
  const all = logits.length === 1 ? logits[0]! : concat([...logits], 1);
  const direction = squared ? mul(all, 2 * scale) : mul(div(all, maximum(norm(all, 2, 1, true), SMALLEST)), scale);
  return split(direction as Tensor2D, logits.map((part) => part.shape[1]), 1);
}
